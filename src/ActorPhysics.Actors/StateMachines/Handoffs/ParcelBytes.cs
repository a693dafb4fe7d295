using System.IO.Hashing;
using ActorPhysics.Protocol.Ownership;

namespace ActorPhysics.Actors.StateMachines.Handoffs;

/// <summary>
/// A parcel, or as much of it as has come: bytes that are only ever added to. What was added never changes, so pictures of it share the memory. Used by
/// one thread; pictures may be read by any.
/// </summary>
internal sealed class ParcelBytes
{
    /// <summary>Small enough that a piece in flight costs little, large enough that a parcel has few of them.</summary>
    private const int SegmentBytes = 256 * 1024;
    private const int SmallestBytes = 4096;

    /// <summary>Invariant: all but the last have <see cref="SegmentBytes"/> and are full.</summary>
    private readonly List<byte[]> _segments = [];
    private readonly XxHash3 _hash = new();

    public long LengthBytes { get; private set; }

    public ParcelSeal Seal => new(LengthBytes, _hash.GetCurrentHashAsUInt64());

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _hash.Append(bytes);
        while (!bytes.IsEmpty)
        {
            int filled = (int)(LengthBytes % SegmentBytes);
            if (filled == 0)
            {
                _segments.Add(new byte[Math.Clamp(bytes.Length, SmallestBytes, SegmentBytes)]);
            }

            int taken = Math.Min(bytes.Length, SegmentBytes - filled);
            byte[] last = _segments[^1];
            if (filled + taken > last.Length)
            {
                // Into another array: a picture may be looking at this one.
                Array.Resize(ref last, Math.Min(SegmentBytes, Math.Max(filled + taken, 2 * last.Length)));
                _segments[^1] = last;
            }

            bytes[..taken].CopyTo(last.AsSpan(filled));
            bytes = bytes[taken..];
            LengthBytes += taken;
        }
    }

    /// <summary>At most <paramref name="maxBytes"/> bytes from an offset on, fewer at the end of a segment; empty at the end and beyond.</summary>
    public ReadOnlyMemory<byte> Slice(long offsetBytes, int maxBytes)
    {
        if (offsetBytes < 0 || offsetBytes >= LengthBytes || maxBytes <= 0)
        {
            return default;
        }

        int start = (int)(offsetBytes % SegmentBytes);
        int length = (int)Math.Min(Math.Min(maxBytes, SegmentBytes - start), LengthBytes - offsetBytes);
        return _segments[(int)(offsetBytes / SegmentBytes)].AsMemory(start, length);
    }

    public ParcelPicture Picture() => new([.. _segments], LengthBytes);
}

/// <summary>A parcel as it was at one moment.</summary>
internal sealed class ParcelPicture(byte[][] segments, long lengthBytes)
{
    public static ParcelPicture Empty { get; } = new([], 0);

    public void WriteTo(Stream output)
    {
        long rest = lengthBytes;
        foreach (byte[] segment in segments)
        {
            int length = (int)Math.Min(rest, segment.Length);
            output.Write(segment, 0, length);
            rest -= length;
        }
    }

    public Stream OpenRead() => new Reader(segments, lengthBytes);

    private sealed class Reader(byte[][] segments, long lengthBytes) : Stream
    {
        private int _segment;
        private int _place;
        private long _read;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => lengthBytes;
        public override long Position { get => _read; set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            if (_read == lengthBytes || buffer.IsEmpty)
            {
                return 0;
            }

            byte[] segment = segments[_segment];
            int taken = (int)Math.Min(Math.Min(buffer.Length, segment.Length - _place), lengthBytes - _read);
            segment.AsSpan(_place, taken).CopyTo(buffer);
            _read += taken;
            _place += taken;
            if (_place == segment.Length)
            {
                (_segment, _place) = (_segment + 1, 0);
            }

            return taken;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

/// <summary>Adds what is written to a parcel.</summary>
internal sealed class ParcelOutput(ParcelBytes parcel) : Stream
{
    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => parcel.LengthBytes;
    public override long Position { get => parcel.LengthBytes; set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer) => parcel.Append(buffer);

    public override void Write(byte[] buffer, int offset, int count) => parcel.Append(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
