using System.Net;
using System.Net.Security;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Loops;
using ActorPhysics.Wire.Buffers;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Transport;

/// <summary>
/// A connection through TLS. Encryption runs on the thread pool and the frames on the loop; between them at most one chunk of input and
/// one batch of output change hands at a time, so the peer is held back by whichever side is slower.
/// </summary>
internal sealed class TlsConnection : Connection
{
    private const int ChunkBytes = 32 * 1024;
    private static readonly TimeSpan LastSendBound = TimeSpan.FromSeconds(2);

    private readonly SslStream _stream;
    private readonly CancellationTokenSource _ended = new();
    private readonly byte[] _chunk = new byte[ChunkBytes];
    private readonly SemaphoreSlim _chunkTaken = new(0, 1);
    private readonly LoopCall _chunkArrived;
    private readonly LoopCall _bufferSent;
    /// <summary>Invariant: while a send is pending, only that send touches it.</summary>
    private readonly PooledBuffer _sending;
    private Task? _pendingSend;
    private int _sendingBytes;
    private bool _chunkHeld;
    /// <summary>Written by the reading task before it posts <see cref="_chunkArrived"/>, read on the loop after.</summary>
    private int _chunkCount;
    private Exception? _readFault;
    private Exception? _sendFault;

    public TlsConnection(
        EventLoop loop,
        SslStream stream,
        PeerCertificate certificate,
        EndPoint remote,
        IConnectionHandler handler,
        TransportOptions options,
        ILogger logger)
        : base(loop, remote, handler, options, logger)
    {
        _stream = stream;
        _sending = new PooledBuffer(maxBytes: Array.MaxLength);
        _chunkArrived = new LoopCall(ChunkArrived);
        _bufferSent = new LoopCall(BufferSent);
        Certificate = certificate;
        Begin();
        _ = ReadAsync();
    }

    public override int OutgoingBytes => Output.Count + _sendingBytes;

    public override PeerCertificate Certificate { get; }

    private protected override void FlushOutput()
    {
        if (_pendingSend is not null || Output.IsEmpty)
        {
            return;
        }

        _sending.Write(Output.WrittenSpan);
        _sendingBytes = _sending.Count;
        ConsumeOutput(_sendingBytes);
        _pendingSend = SendAsync(_sending.WrittenMemory);
        OutputMoved(0);
    }

    private protected override void ReadingChanged()
    {
        if (!IsReadingPaused && _chunkHeld)
        {
            _chunkHeld = false;
            _chunkTaken.Release();
        }
    }

    private protected override void EndTransport(bool sayGoodbye)
    {
        _ended.Cancel();
        _ = EndAsync(_pendingSend, sayGoodbye);
    }

    private async Task ReadAsync()
    {
        // The loop's thread must not decrypt: it has other connections.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            do
            {
                _chunkCount = await _stream.ReadAsync(_chunk, _ended.Token).ConfigureAwait(false);
                Loop.Post(_chunkArrived);
                await _chunkTaken.WaitAsync(_ended.Token).ConfigureAwait(false);
            }
            while (_chunkCount > 0);
        }
        catch (OperationCanceledException)
        {
            // This side has ended the connection; nobody waits for more.
        }
        catch (Exception fault)
        {
            _readFault = fault;
            Loop.Post(_chunkArrived);
        }
    }

    private void ChunkArrived()
    {
        if (!IsOpen)
        {
            return;
        }

        if (_readFault is not null)
        {
            Close(CloseReason.Broken($"receiving failed: {_readFault.Message}"));
            return;
        }

        if (_chunkCount == 0)
        {
            ReceivedEnd();
            return;
        }

        for (ReadOnlySpan<byte> rest = _chunk.AsSpan(0, _chunkCount); !rest.IsEmpty && IsOpen;)
        {
            Span<byte> room = ReceiveSpan();
            int taken = Math.Min(room.Length, rest.Length);
            rest[..taken].CopyTo(room);
            rest = rest[taken..];
            Received(taken);
        }

        if (IsOpen && IsReadingPaused)
        {
            _chunkHeld = true;
        }
        else if (IsOpen)
        {
            _chunkTaken.Release();
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> frames)
    {
        // Nor encrypt.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await _stream.WriteAsync(frames, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            _sendFault = fault;
        }

        Loop.Post(_bufferSent);
    }

    private void BufferSent()
    {
        if (!IsOpen)
        {
            return; // EndAsync waits for the send itself and gives the buffers back
        }

        _pendingSend = null;
        if (_sendFault is not null)
        {
            Close(CloseReason.Broken($"sending failed: {_sendFault.Message}"));
            return;
        }

        int sent = _sendingBytes;
        _sendingBytes = 0;
        _sending.Clear();
        _sending.ReleaseIfIdle(ChunkBytes);
        OutputMoved(sent);
        if (IsOpen)
        {
            Frames.EndIfOpen();
            FlushOutput();
        }
    }

    /// <summary>
    /// Off the loop: lets a pending send and the last words leave within a bound, then gives up the stream, and only when nothing reads
    /// the buffers any more returns them to their pool.
    /// </summary>
    private async Task EndAsync(Task? pendingSend, bool sayGoodbye)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var bound = new CancellationTokenSource(LastSendBound);
        Task lastWords = LastWordsAsync(pendingSend ?? Task.CompletedTask, sayGoodbye, bound.Token);
        await lastWords.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stream.DisposeAsync().ConfigureAwait(false);
        await (pendingSend ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Output.Dispose();
        _sending.Dispose();
    }

    private async Task LastWordsAsync(Task pendingSend, bool sayGoodbye, CancellationToken cancel)
    {
        await pendingSend.WaitAsync(cancel).ConfigureAwait(false);
        if (sayGoodbye && _sendFault is null && !Output.IsEmpty)
        {
            await _stream.WriteAsync(Output.WrittenMemory, cancel).ConfigureAwait(false);
        }

        if (_sendFault is null)
        {
            await _stream.ShutdownAsync().WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Reusable work: allocated once per connection and direction.</summary>
    private sealed class LoopCall(Action action) : ILoopWork
    {
        public void RunOnLoop() => action();
    }
}
