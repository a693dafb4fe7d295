using ActorPhysics.Wire.Buffers;

namespace ActorPhysics.Wire.Frames;

/// <summary>One received frame. The body lies in the reader's buffer and is valid until the reader next receives or is disposed.</summary>
public readonly record struct Frame(FrameKind Kind, ReadOnlyMemory<byte> Body);

/// <summary>What <see cref="FrameReader.TryRead"/> found.</summary>
public enum FrameReadResult
{
    /// <summary>A whole frame; ask again, there may be more.</summary>
    Frame,

    /// <summary>Receive more bytes first.</summary>
    NeedsMore,

    /// <summary>The stream is not made of frames; see <see cref="FrameReader.Fault"/>. It stays so.</summary>
    Malformed,
}

/// <summary>
/// Cuts a byte stream into frames. Bytes are received into <see cref="GetReceiveMemory"/>, announced by <see cref="Received"/>, then
/// frames are taken with <see cref="TryRead"/> until it needs more. Memory follows the bytes that have arrived, never the length that a
/// header claims, and is bounded by one frame of the longest allowed kind plus one receive. One thread at a time.
/// </summary>
public sealed class FrameReader : IDisposable
{
    private const int ReceiveBytes = 16 * 1024;
    private const int KeepBytes = 256 * 1024;

    private readonly PooledBuffer _input;
    private FrameLimits _limits;
    private int _readBytes;

    public FrameReader(FrameLimits limits)
    {
        _limits = limits;
        _input = new PooledBuffer(ReceiveBytes, int.MaxValue / 2);
    }

    /// <summary>What made the stream malformed; <see cref="FrameFault.None"/> as long as it is sound.</summary>
    public FrameFault Fault { get; private set; }

    /// <summary>Bytes received and not yet given out as a frame. Not zero at the end of the stream means that a frame was cut short.</summary>
    public int PendingBytes => _input.Count - _readBytes;

    /// <summary>Replaces the bounds for frames read from now on, for instance after the handshake.</summary>
    public void Limit(FrameLimits limits) => _limits = limits;

    /// <summary>Room for the next receive, at least one byte. Bodies given out earlier are invalid from here on.</summary>
    public Memory<byte> GetReceiveMemory()
    {
        _input.Consume(_readBytes);
        _readBytes = 0;
        _input.ReleaseIfIdle(KeepBytes);
        return _input.GetMemory(ReceiveBytes / 4);
    }

    /// <summary>As <see cref="GetReceiveMemory"/>.</summary>
    public Span<byte> GetReceiveSpan() => GetReceiveMemory().Span;

    /// <summary>Says how many bytes the last receive put into <see cref="GetReceiveMemory"/>.</summary>
    public void Received(int bytes) => _input.Advance(bytes);

    /// <summary>Takes the next frame, if it has arrived whole.</summary>
    public FrameReadResult TryRead(out Frame frame)
    {
        frame = default;
        if (Fault != FrameFault.None)
        {
            return FrameReadResult.Malformed;
        }

        ReadOnlyMemory<byte> pending = _input.WrittenMemory[_readBytes..];
        if (pending.Length < FrameHeader.EncodedBytes)
        {
            return FrameReadResult.NeedsMore;
        }

        Fault = FrameHeader.Read(pending.Span, _limits.MaxBodyBytes, out FrameHeader header);
        if (Fault != FrameFault.None)
        {
            return FrameReadResult.Malformed;
        }

        int frameBytes = FrameHeader.EncodedBytes + header.BodyBytes;
        if (pending.Length < frameBytes)
        {
            return FrameReadResult.NeedsMore;
        }

        if (FrameHeader.ChecksumOf(pending.Span[..frameBytes]) != header.Checksum)
        {
            Fault = FrameFault.ChecksumMismatch;
            return FrameReadResult.Malformed;
        }

        frame = new Frame(header.Kind, pending[FrameHeader.EncodedBytes..frameBytes]);
        _readBytes += frameBytes;
        return FrameReadResult.Frame;
    }

    public void Dispose() => _input.Dispose();
}
