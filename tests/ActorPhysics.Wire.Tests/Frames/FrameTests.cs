using System.Buffers.Binary;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Frames;

namespace ActorPhysics.Wire.Tests.Frames;

public class FrameTests
{
    private static readonly FrameLimits Small = new(1000);

    [Fact]
    public void Header_has_the_documented_layout()
    {
        byte[] frame = Written((FrameKind.LineMessages, [1, 2, 3]));

        Assert.Equal(15, frame.Length);
        Assert.Equal(3u, BinaryPrimitives.ReadUInt32LittleEndian(frame));
        Assert.Equal(ActorPhysics.Wire.Checksums.Crc32C.Of(frame.AsSpan(8)).Value, BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(4)));
        Assert.Equal<byte>([5, 1, 0, 0, 1, 2, 3], frame[8..]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(13)]
    [InlineData(4000)]
    public void Frames_come_out_whole_however_the_stream_is_cut(int piece)
    {
        byte[] longest = Enumerable.Range(0, 1000).Select(i => (byte)i).ToArray();
        byte[] stream = Written((FrameKind.Hello, [9]), (FrameKind.KeepAlive, []), (FrameKind.ClientRequests, longest), (FrameKind.Goodbye, [7, 7]));

        using var reader = new FrameReader(Small);
        var seen = new List<(FrameKind, byte[])>();
        for (int at = 0; at < stream.Length; at += piece)
        {
            Feed(reader, stream.AsSpan(at, Math.Min(piece, stream.Length - at)));
            Assert.Equal(FrameReadResult.NeedsMore, Drain(reader, seen));
        }

        Assert.Equal([FrameKind.Hello, FrameKind.KeepAlive, FrameKind.ClientRequests, FrameKind.Goodbye], seen.Select(f => f.Item1));
        Assert.Equal([1, 0, 1000, 2], seen.Select(f => f.Item2.Length));
        Assert.Equal(longest, seen[2].Item2);
        Assert.Equal(0, reader.PendingBytes);
    }

    [Fact]
    [Trait("Pitfall", "62")]
    public void Length_beyond_the_bound_is_refused_from_the_header_alone_and_allocates_nothing()
    {
        byte[] header = new byte[FrameHeader.EncodedBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, uint.MaxValue);
        header[8] = (byte)FrameKind.Hello;
        header[9] = FrameHeader.CurrentVersion;
        using var reader = new FrameReader(FrameLimits.Default);
        Feed(reader, header);

        long before = GC.GetAllocatedBytesForCurrentThread();
        FrameReadResult result = reader.TryRead(out _);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(FrameReadResult.Malformed, result);
        Assert.Equal(FrameFault.BodyTooLong, reader.Fault);
        Assert.InRange(allocated, 0, 1024);
    }

    [Fact]
    [Trait("Pitfall", "62")]
    public void Claimed_length_within_the_bound_reserves_no_memory_before_its_bytes_arrive()
    {
        byte[] header = new byte[FrameHeader.EncodedBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 16 * 1024 * 1024);
        header[8] = (byte)FrameKind.Hello;
        header[9] = FrameHeader.CurrentVersion;
        using var reader = new FrameReader(FrameLimits.Default);
        Feed(reader, header);

        Assert.Equal(FrameReadResult.NeedsMore, reader.TryRead(out _));
        Assert.InRange(reader.GetReceiveMemory().Length, 1, 64 * 1024);
    }

    [Fact]
    [Trait("Pitfall", "31")]
    public void Any_flipped_bit_is_noticed_or_leaves_the_frame_incomplete()
    {
        byte[] whole = Written((FrameKind.ClientRequests, [1, 2, 3, 4, 5]));
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] damaged = [.. whole];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            using var reader = new FrameReader(Small);
            Feed(reader, damaged);
            Assert.NotEqual(FrameReadResult.Frame, reader.TryRead(out _));
        }
    }

    [Fact]
    public void Malformed_stream_stays_malformed()
    {
        byte[] damaged = Written((FrameKind.ClientRequests, [1]));
        damaged[^1] ^= 1;
        using var reader = new FrameReader(Small);
        Feed(reader, damaged);
        Feed(reader, Written((FrameKind.ClientRequests, [1])));

        Assert.Equal(FrameReadResult.Malformed, reader.TryRead(out _));
        Assert.Equal(FrameReadResult.Malformed, reader.TryRead(out _));
        Assert.Equal(FrameFault.ChecksumMismatch, reader.Fault);
    }

    [Fact]
    public void Limit_raised_after_the_handshake_admits_longer_frames()
    {
        byte[] stream = Written((FrameKind.ClientRequests, new byte[500]));
        using var strict = new FrameReader(new FrameLimits(499));
        Feed(strict, stream);
        Assert.Equal(FrameReadResult.Malformed, strict.TryRead(out _));

        using var raised = new FrameReader(new FrameLimits(499));
        raised.Limit(new FrameLimits(500));
        Feed(raised, stream);
        Assert.Equal(FrameReadResult.Frame, raised.TryRead(out _));
    }

    [Fact]
    public void Body_beyond_the_writers_limit_is_dropped_and_leaves_earlier_frames_whole()
    {
        using var output = new PooledBuffer();
        var writer = new FrameWriter(output, Small);
        writer.Write(FrameKind.Hello, [1]);
        byte[] before = output.WrittenSpan.ToArray();

        Assert.Throws<BufferLimitException>(() => writer.Write(FrameKind.Hello, new byte[1001]));

        Assert.Equal(before, output.WrittenSpan.ToArray());
        Assert.False(writer.IsOpen);
    }

    [Fact]
    public void Abandoned_frame_leaves_no_trace()
    {
        using var output = new PooledBuffer();
        var writer = new FrameWriter(output, Small);
        writer.Begin(FrameKind.ClientResponses);
        output.Write([1, 2, 3]);
        writer.Abandon();
        Assert.True(output.IsEmpty);
    }

    [Fact]
    public void A_second_frame_cannot_begin_inside_an_open_one()
    {
        using var output = new PooledBuffer();
        var writer = new FrameWriter(output, Small);
        writer.Begin(FrameKind.Hello);
        Assert.Throws<InvalidOperationException>(() => writer.Begin(FrameKind.Hello));
    }

    private static byte[] Written(params (FrameKind Kind, byte[] Body)[] frames)
    {
        using var output = new PooledBuffer();
        var writer = new FrameWriter(output, Small);
        foreach ((FrameKind kind, byte[] body) in frames)
        {
            writer.Write(kind, body);
        }

        return output.WrittenSpan.ToArray();
    }

    private static void Feed(FrameReader reader, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> room = reader.GetReceiveSpan();
            int count = Math.Min(room.Length, bytes.Length);
            bytes[..count].CopyTo(room);
            reader.Received(count);
            bytes = bytes[count..];
        }
    }

    private static FrameReadResult Drain(FrameReader reader, List<(FrameKind Kind, byte[] Body)> into)
    {
        FrameReadResult result;
        while ((result = reader.TryRead(out Frame frame)) == FrameReadResult.Frame)
        {
            into.Add((frame.Kind, frame.Body.ToArray()));
        }

        return result;
    }
}
