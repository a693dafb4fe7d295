using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>Writes to a stream and hashes what it writes.</summary>
internal sealed class HashingWriter(Stream output)
{
    private XxHash3 _hash = new();

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _hash.Append(bytes);
        output.Write(bytes);
    }

    public void UInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Write(bytes);
    }

    public void Section(ReadOnlySpan<byte> bytes)
    {
        UInt32((uint)bytes.Length);
        Write(bytes);
    }

    /// <summary>Writes the hash of everything since the start or <see cref="Restart"/>, which is not hashed itself.</summary>
    public ulong WriteHash()
    {
        ulong hash = _hash.GetCurrentHashAsUInt64();
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, hash);
        output.Write(bytes);
        return hash;
    }

    public void Restart(ulong seed) => _hash = new XxHash3((long)seed);
}

/// <summary>The reading side of <see cref="HashingWriter"/>; lengths are bounded before anything is allocated for them.</summary>
internal sealed class HashingReader(Stream input)
{
    private XxHash3 _hash = new();
    private byte[] _section = [];

    /// <exception cref="InvalidDataException">The stream ends before.</exception>
    public void Read(Span<byte> bytes)
    {
        ReadUnhashed(bytes);
        _hash.Append(bytes);
    }

    public uint UInt32()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Read(bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    /// <summary>A section's bytes, valid until the next section is read.</summary>
    public ReadOnlyMemory<byte> Section(int maximumBytes)
    {
        uint length = UInt32();
        if (length > (uint)maximumBytes)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"A section of {length} bytes exceeds the limit of {maximumBytes}."));
        }

        // Grown as bytes arrive: a damaged length must not allocate what the stream does not hold (the hash is checked only at the end).
        const int StepBytes = 1024 * 1024;
        int read = 0;
        while (read < length)
        {
            int next = (int)Math.Min(length - read, StepBytes);
            if (_section.Length < read + next)
            {
                Array.Resize(ref _section, (int)Math.Min(length, Math.Max(read + next, 2L * _section.Length)));
            }

            Read(_section.AsSpan(read, next));
            read += next;
        }

        return _section.AsMemory(0, read);
    }

    /// <summary>Compares the hash that follows in the stream with that of everything read since the start or <see cref="Restart"/>.</summary>
    public ulong CheckHash(string what)
    {
        ulong hash = _hash.GetCurrentHashAsUInt64();
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        ReadUnhashed(bytes);
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes) != hash)
        {
            throw new InvalidDataException($"The snapshot's {what} does not match its hash.");
        }

        return hash;
    }

    public void Restart(ulong seed) => _hash = new XxHash3((long)seed);

    private void ReadUnhashed(Span<byte> bytes)
    {
        if (input.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw new InvalidDataException("The snapshot ends too early.");
        }
    }
}

/// <summary>Frames a machine's bytes in chunks; the empty chunk of <see cref="Complete"/> ends them.</summary>
internal sealed class ChunkWriteStream(HashingWriter output) : Stream
{
    public const int ChunkBytes = 64 * 1024;

    private readonly byte[] _chunk = new byte[ChunkBytes];
    private int _filled;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int taken = Math.Min(buffer.Length, ChunkBytes - _filled);
            buffer[..taken].CopyTo(_chunk.AsSpan(_filled));
            _filled += taken;
            buffer = buffer[taken..];
            if (_filled == ChunkBytes)
            {
                WriteChunk();
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Does nothing: where chunks end must depend on the bytes alone, not on when a machine flushes, or equal states hash differently.</summary>
    public override void Flush()
    {
    }

    public void Complete()
    {
        WriteChunk();
        output.UInt32(0);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    private void WriteChunk()
    {
        if (_filled > 0)
        {
            output.Section(_chunk.AsSpan(0, _filled));
            _filled = 0;
        }
    }
}

/// <summary>Yields the bytes that a <see cref="ChunkWriteStream"/> framed, and ends where they end.</summary>
internal sealed class ChunkReadStream(HashingReader input) : Stream
{
    private ReadOnlyMemory<byte> _chunk;
    private bool _ended;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || AtEnd())
        {
            return 0;
        }

        int taken = Math.Min(buffer.Length, _chunk.Length);
        _chunk.Span[..taken].CopyTo(buffer);
        _chunk = _chunk[taken..];
        return taken;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Whether everything was read; reads the next chunk's header if that is what it takes to know.</summary>
    public bool AtEnd()
    {
        if (_chunk.IsEmpty && !_ended)
        {
            _chunk = input.Section(ChunkWriteStream.ChunkBytes);
            _ended = _chunk.IsEmpty;
        }

        return _ended;
    }

    public override void Flush()
    {
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}
