using System.Net;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Time;
using ActorPhysics.Hosting.Loops;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Transport;

/// <summary>
/// A bidirectional stream of frames, plain or TLS, that belongs to one loop and is used only there. Both buffers are bounded, every wait
/// for the peer has an end, and whatever the peer does wrong ends this connection with one logged reason and harms nothing else.
/// </summary>
public abstract class Connection : IFlushable, IRunnable, ITimerTarget, IDisposable
{
    private const int KeepOutputBytes = 256 * 1024;

    private readonly TransportOptions _options;
    private readonly ILogger _logger;
    private readonly FrameReader _reader = new(FrameLimits.BeforeHello);
    private readonly MonotonicTime _openedAt;
    private TimeSpan _longestSilence;
    private TimerHandle _watchdog;
    private MonotonicTime _lastReceived;
    private MonotonicTime _lastSent;
    /// <summary>When output began to wait without any of it leaving; <see cref="MonotonicTime.Never"/> while none waits.</summary>
    private MonotonicTime _stalledSince = MonotonicTime.Never;
    /// <summary>When the first byte of an unfinished frame was seen; <see cref="MonotonicTime.Never"/> while there is none.</summary>
    private MonotonicTime _partialSince = MonotonicTime.Never;
    private bool _delivering;
    private bool _resuming;
    private bool _flushAsked;
    private bool _refusedAsFull;

    private protected Connection(EventLoop loop, EndPoint remote, IConnectionHandler handler, TransportOptions options, ILogger logger)
    {
        Loop = loop;
        RemoteEndPoint = remote;
        Handler = handler;
        _options = options;
        _logger = logger;
        _longestSilence = options.IdleTimeout;
        _openedAt = _lastReceived = _lastSent = loop.Now;
        // The last message let in may be as long as a frame, and its frame has a header.
        long bound = (long)options.OutgoingBufferBytes + options.MaxFrameBytes + (2 * FrameHeader.EncodedBytes);
        Output = new PooledBuffer(maxBytes: (int)Math.Min(bound, Array.MaxLength));
        Frames = new FrameWriter(Output, FrameLimits.BeforeHello);
    }

    public EventLoop Loop { get; }

    public EndPoint RemoteEndPoint { get; }

    /// <summary>Who hears of this connection's frames; replaced once the handshake has told who the peer is.</summary>
    public IConnectionHandler Handler { get; set; }

    public bool IsOpen { get; private set; } = true;

    /// <summary>Why it ended; null as long as it is open.</summary>
    public CloseReason? ClosedBy { get; private set; }

    /// <summary>Whether <see cref="Establish"/> was called.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>Whether frames are held back at the handler's wish.</summary>
    public bool IsReadingPaused { get; private set; }

    /// <summary>Bytes given to this connection and not yet to the operating system.</summary>
    public abstract int OutgoingBytes { get; }

    /// <summary>The names that the peer's certificate proves; none without TLS or without a certificate.</summary>
    public abstract PeerCertificate Certificate { get; }

    /// <summary>
    /// The frames under construction, for whoever collects messages by himself: he writes only after <see cref="TryBeginSend"/> said
    /// <see cref="SendResult.Accepted"/>, and within the same iteration. The open frame ends with the iteration.
    /// </summary>
    public FrameWriter Frames { get; }

    /// <summary>What <see cref="Frames"/> writes into.</summary>
    private protected PooledBuffer Output { get; }

    /// <summary>Encodes a message into the output, which leaves at the end of this iteration.</summary>
    public SendResult TrySend<TMessage>(in TMessage message, IFrameEncoder<TMessage> encoder)
        where TMessage : allows ref struct
    {
        SendResult result = TryBeginSend();
        if (result != SendResult.Accepted)
        {
            return result;
        }

        try
        {
            encoder.Encode(message, Frames);
            return SendResult.Accepted;
        }
        catch (BufferLimitException)
        {
            return SendResult.TooLong;
        }
        catch (Exception fault)
        {
            Frames.Abandon();
            Close(new CloseReason(CloseKind.Fault, $"encoding a message failed: {fault.Message}"));
            throw;
        }
    }

    /// <summary>
    /// Asks whether one more message may be written into <see cref="Frames"/>, and sees to it that it leaves at the end of this iteration.
    /// </summary>
    /// <returns><see cref="SendResult.Accepted"/>, <see cref="SendResult.Full"/> or <see cref="SendResult.Closed"/>.</returns>
    public SendResult TryBeginSend()
    {
        if (!IsOpen)
        {
            return SendResult.Closed;
        }

        if (OutgoingBytes >= _options.OutgoingBufferBytes)
        {
            _refusedAsFull = true;
            return SendResult.Full;
        }

        if (!_flushAsked)
        {
            _flushAsked = true;
            Loop.FlushLater(this);
        }

        return SendResult.Accepted;
    }

    /// <summary>Ends the handshake: from now on both sides may send frames up to their agreed bounds.</summary>
    /// <param name="peerMaxBodyBytes">The longest body that the peer accepts; 0 when it did not say.</param>
    /// <param name="longestSilence">How long the peer may say nothing before it is taken for dead.</param>
    public void Establish(int peerMaxBodyBytes, TimeSpan longestSilence)
    {
        IsEstablished = true;
        _longestSilence = longestSilence;
        _reader.Limit(new FrameLimits(_options.MaxFrameBytes));
        int longest = peerMaxBodyBytes > 0 ? Math.Min(peerMaxBodyBytes, _options.MaxFrameBytes) : _options.MaxFrameBytes;
        Frames.EndIfOpen();
        Frames.Limit(new FrameLimits(longest));
    }

    /// <summary>
    /// Holds back frames, and soon the peer: bytes are no longer taken from the network, so its own output fills up. May be called from
    /// inside <see cref="IConnectionHandler.FrameArrived"/>; no further frame is delivered then.
    /// </summary>
    public void PauseReading()
    {
        if (!IsReadingPaused && IsOpen)
        {
            IsReadingPaused = true;
            ReadingChanged();
        }
    }

    /// <summary>Goes on reading; frames that had arrived already are delivered in the loop's next turn.</summary>
    public void ResumeReading()
    {
        if (!IsReadingPaused || !IsOpen)
        {
            return;
        }

        IsReadingPaused = false;
        _lastReceived = Loop.Now; // silence while this side did not listen says nothing of the peer
        if (!_resuming)
        {
            _resuming = true;
            Loop.Schedule(this);
        }
    }

    /// <summary>Ends the connection; the reason's last words are sent if they can be at once. Nothing happens when it has ended already.</summary>
    public void Close(CloseReason reason)
    {
        if (!IsOpen)
        {
            return;
        }

        Frames.EndIfOpen();
        bool saysGoodbye = reason.Kind != CloseKind.Peer && reason.LastWords is not null;
        if (saysGoodbye)
        {
            ControlFrames.Encoder.Encode(reason.LastWords!, Frames);
        }

        IsOpen = false;
        ClosedBy = reason;
        Loop.CancelTimer(_watchdog);
        Loop.Disown(this);
        EndTransport(saysGoodbye);
        if (!_delivering)
        {
            _reader.Dispose();
        }

        TransportLog.Closed(_logger, this, reason);
        Handler.ConnectionClosed(this, reason);
    }

    /// <summary>Ends the connection because its loop ends.</summary>
    public void Dispose() => Close(CloseReason.ShuttingDown);

    void IFlushable.Flush()
    {
        _flushAsked = false;
        if (IsOpen)
        {
            Frames.EndIfOpen();
            FlushOutput();
        }
    }

    void IRunnable.Run()
    {
        _resuming = false;
        if (IsOpen && !IsReadingPaused)
        {
            DeliverFrames();
            ReadingChanged();
        }
    }

    void ITimerTarget.TimerFired(TimerHandle timer, ulong tag)
    {
        if (FindOverdue(Loop.Now) is { } overdue)
        {
            Close(overdue);
            return;
        }

        if (IsEstablished && Loop.Now - _lastSent >= _options.IdleTimeout / 3 && OutgoingBytes == 0 && TryBeginSend() == SendResult.Accepted)
        {
            Frames.Write(FrameKind.KeepAlive, []);
        }

        SetWatchdog();
    }

    /// <summary>Begins to watch over time and belongs to the loop from here on; the last step of construction.</summary>
    private protected void Begin()
    {
        Loop.Own(this);
        SetWatchdog();
    }

    /// <summary>Gives the operating system what it takes now of the output, in which no frame is open.</summary>
    private protected abstract void FlushOutput();

    /// <summary><see cref="IsReadingPaused"/> changed.</summary>
    private protected abstract void ReadingChanged();

    /// <summary>Gives up the socket. Called once.</summary>
    /// <param name="sayGoodbye">Whether the output, in which no frame is open, ends with last words that are worth one more send.</param>
    private protected abstract void EndTransport(bool sayGoodbye);

    /// <summary>Takes what was sent out of the output, and gives a large array back once it is empty.</summary>
    private protected void ConsumeOutput(int bytes)
    {
        Output.Consume(bytes);
        Output.ReleaseIfIdle(KeepOutputBytes);
    }

    /// <summary>Where the next bytes from the network go.</summary>
    private protected Span<byte> ReceiveSpan() => _reader.GetReceiveSpan();

    /// <summary>Bytes have been put into <see cref="ReceiveSpan"/>: delivers the frames that they complete.</summary>
    private protected void Received(int bytes)
    {
        _lastReceived = Loop.Now;
        _reader.Received(bytes);
        DeliverFrames();
    }

    /// <summary>The peer will send no more.</summary>
    private protected void ReceivedEnd() => Close(_reader.PendingBytes == 0
        ? new CloseReason(CloseKind.Peer, "the peer closed the connection")
        : new CloseReason(CloseKind.Peer, "the peer closed the connection in the middle of a frame"));

    /// <summary>Some output has left.</summary>
    /// <param name="bytes">How much in this attempt; 0 when the operating system took nothing.</param>
    private protected void OutputMoved(int bytes)
    {
        if (bytes > 0)
        {
            _lastSent = Loop.Now;
        }

        if (OutgoingBytes == 0)
        {
            _stalledSince = MonotonicTime.Never;
        }
        else if (bytes > 0 || _stalledSince == MonotonicTime.Never)
        {
            _stalledSince = Loop.Now;
        }

        if (_refusedAsFull && OutgoingBytes <= _options.OutgoingBufferBytes / 2)
        {
            _refusedAsFull = false;
            Handler.OutputDrained(this);
        }
    }

    private void DeliverFrames()
    {
        _delivering = true;
        try
        {
            bool more = true;
            while (more && IsOpen && !IsReadingPaused)
            {
                more = DeliverNext();
            }
        }
        catch (Exception fault)
        {
            TransportLog.HandlerFaulted(_logger, this, fault);
            Close(new CloseReason(CloseKind.Fault, $"handling a frame failed: {fault.Message}"));
        }
        finally
        {
            _delivering = false;
            if (!IsOpen)
            {
                _reader.Dispose();
            }
        }
    }

    private bool DeliverNext()
    {
        switch (_reader.TryRead(out Frame frame))
        {
            case FrameReadResult.Frame:
                _partialSince = MonotonicTime.Never;
                Dispatch(frame);
                return true;
            case FrameReadResult.Malformed:
                Close(CloseReason.Malformed(_reader.Fault));
                return false;
            default:
                if (_reader.PendingBytes == 0)
                {
                    _partialSince = MonotonicTime.Never;
                }
                else if (_partialSince == MonotonicTime.Never)
                {
                    _partialSince = Loop.Now;
                }

                return false;
        }
    }

    /// <summary>Frames about the connection itself are dealt with here, all others by the handler.</summary>
    private void Dispatch(in Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.KeepAlive when IsEstablished:
                if (!frame.Body.IsEmpty)
                {
                    Close(CloseReason.Malformed("a keep-alive frame has a body"));
                }

                break;
            case FrameKind.Goodbye:
                Close(Goodbye.TryRead(frame.Body.Span, out Goodbye? goodbye)
                    ? new CloseReason(CloseKind.Peer, $"the peer said goodbye: {goodbye.Reason}: {goodbye.Detail}", goodbye)
                    : CloseReason.Malformed("a goodbye cannot be read"));
                break;
            default:
                Handler.FrameArrived(this, frame);
                break;
        }
    }

    private CloseReason? FindOverdue(MonotonicTime now)
    {
        if (!IsEstablished && now - _openedAt >= _options.HandshakeTimeout)
        {
            return CloseReason.TimedOut("the handshake took too long");
        }

        // A frame that is held back by this side's own wish is not the peer's fault.
        if (!IsReadingPaused && IsOlder(_partialSince, _options.FrameTimeout, now))
        {
            return CloseReason.TimedOut("a frame took too long to arrive");
        }

        if (!IsReadingPaused && now - _lastReceived >= _longestSilence)
        {
            return CloseReason.TimedOut("nothing arrived within the idle bound; the connection is taken for dead");
        }

        return IsOlder(_stalledSince, _options.IdleTimeout, now)
            ? CloseReason.TimedOut("the peer took nothing within the idle bound")
            : null;
    }

    private static bool IsOlder(MonotonicTime since, TimeSpan bound, MonotonicTime now) =>
        since != MonotonicTime.Never && now - since >= bound;

    /// <summary>Every bound is looked at about four times within its length, which is exact enough for all of them.</summary>
    private void SetWatchdog()
    {
        TimeSpan shortest = _options.IdleTimeout / 3;
        shortest = _options.FrameTimeout < shortest ? _options.FrameTimeout : shortest;
        if (!IsEstablished && _options.HandshakeTimeout < shortest)
        {
            shortest = _options.HandshakeTimeout;
        }

        TimeSpan step = shortest / 4;
        TimeSpan smallest = TimeSpan.FromMilliseconds(1);
        _watchdog = Loop.SetTimer(Loop.Now + (step > smallest ? step : smallest), this, tag: 0);
    }
}
