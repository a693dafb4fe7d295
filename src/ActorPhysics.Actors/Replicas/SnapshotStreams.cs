using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Actors.Replicas;

/// <summary>A snapshot being written, as a stream.</summary>
internal sealed class SnapshotOutput(ISnapshotWriter writer) : Stream
{
    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => writer.LengthBytes;

    public override long Position
    {
        get => writer.LengthBytes;
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => writer.Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer) => writer.Write(buffer);

    public override void Flush()
    {
        // Durability comes with the writer's Complete, once, for the whole.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}

/// <summary>A verified snapshot, as a stream from its beginning. It does not own the reader.</summary>
internal sealed class SnapshotInput(ISnapshotReader reader) : Stream
{
    // Readers verify whole chunks: what restores in small pieces should not pay for one each time.
    private const int BufferBytes = 256 * 1024;

    private long _position;

    public static Stream Buffered(ISnapshotReader reader) => new BufferedStream(new SnapshotInput(reader), BufferBytes);

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => reader.LengthBytes;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int read = reader.Read(_position, buffer);
        _position += read;
        return read;
    }

    public override void Flush()
    {
        // Nothing is buffered here.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
