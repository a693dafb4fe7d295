using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Requests;
using Google.Protobuf;

namespace ActorPhysics.Wire.Tests.Requests;

public class BatchTests
{
    [Fact]
    public void Requests_between_two_flushes_share_a_frame_that_generated_code_reads()
    {
        using var output = new PooledBuffer();
        var batch = new ClientRequestBatch(new FrameWriter(output, FrameLimits.Default));
        for (ulong id = 1; id <= 3; id++)
        {
            batch.Add(new ClientRequest { RequestId = new RequestId(id), Group = new GroupId(1), Kind = RequestKind.Status });
        }

        batch.Flush();

        Frame frame = Assert.Single(Frames(output));
        Assert.Equal(FrameKind.ClientRequests, frame.Kind);
        var expected = new Protos.ClientRequests();
        expected.Requests.AddRange(Enumerable.Range(1, 3).Select(id => new Protos.ClientRequest { RequestId = (ulong)id, Group = 1, Status = new Protos.Status() }));
        Assert.Equal(expected.ToByteArray(), frame.Body.ToArray());

        var seen = new List<ulong>();
        var reader = new ClientRequestBatchReader(frame.Body.Span);
        while (reader.TryNext(out ClientRequest request))
        {
            seen.Add(request.RequestId.Value);
        }

        Assert.Equal([1UL, 2, 3], seen);
        Assert.False(reader.Failed);
    }

    [Fact]
    public void Command_written_in_place_has_the_bytes_of_generated_code()
    {
        byte[] payload = new byte[200];
        using var output = new PooledBuffer();
        var batch = new ClientRequestBatch(new FrameWriter(output, FrameLimits.Default));
        batch.Add(
            new ClientRequest { RequestId = new RequestId(300), Group = new GroupId(2), PatienceMs = 9, Kind = RequestKind.Command },
            new CommandView
            {
                Session = new SessionId(0xFEED),
                Sequence = new CommandSequence(129),
                CompletedThrough = new CommandSequence(128),
                Kind = CommandKind.KeepAlive,
                Payload = payload,
            });
        batch.Add<TransferOperation.Encoder, TransferOperation>(
            new ClientRequest { RequestId = new RequestId(301), Kind = RequestKind.TransferLeadership }, new TransferOperation(new NodeId(5)));
        batch.Flush();

        var expected = new Protos.ClientRequests();
        expected.Requests.Add(new Protos.ClientRequest
        {
            RequestId = 300,
            Group = 2,
            PatienceMs = 9,
            Command = new Protos.Command { Session = 0xFEED, Sequence = 129, CompletedThrough = 128, Kind = 3, Payload = ByteString.CopyFrom(payload) },
        });
        expected.Requests.Add(new Protos.ClientRequest { RequestId = 301, TransferLeadership = new Protos.TransferLeadership { TargetNode = 5 } });
        Assert.Equal(expected.ToByteArray(), Assert.Single(Frames(output)).Body.ToArray());
    }

    [Fact]
    public void Proof_is_written_once_per_frame_and_found_by_every_response_that_shares_it()
    {
        byte[] first = [1, 1, 1];
        byte[] second = [2, 2];
        using var output = new PooledBuffer();
        var batch = new ClientResponseBatch(new FrameWriter(output, FrameLimits.Default));
        batch.Add(Response(1), first);
        batch.Add(Response(2), first);
        batch.Add(Response(3));
        batch.Add(Response(4), second);
        batch.Flush();
        batch.Add(Response(5), second);
        batch.Flush();

        List<Frame> frames = Frames(output);
        Assert.Equal(2, frames.Count);
        Assert.Equal([3, 2], Protos.ClientResponses.Parser.ParseFrom(frames[0].Body.Span).Proofs.Select(p => p.Length));
        Assert.Equal([first, first, [], second], Proofs(frames[0]));
        Assert.Equal([second], Proofs(frames[1]));
    }

    [Fact]
    public void Copy_of_a_proof_is_made_once_and_outlives_the_frame()
    {
        using var output = new PooledBuffer();
        var batch = new ClientResponseBatch(new FrameWriter(output, FrameLimits.Default));
        ReadOnlyMemory<byte> proof = new byte[] { 7, 7 };
        batch.Add(Response(1), proof);
        batch.Add(Response(2), proof);
        batch.Flush();
        byte[] body = Frames(output)[0].Body.ToArray();

        var reader = new ClientResponseBatchReader();
        reader.Start(body);
        Assert.True(reader.TryNext(out ClientResponse one));
        ReadOnlyMemory<byte> copy = reader.CopyOf(one.Proof);
        Assert.True(reader.TryNext(out ClientResponse two));
        Assert.True(copy.Equals(reader.CopyOf(two.Proof)));
        Array.Clear(body);
        Assert.Equal<byte>([7, 7], copy.ToArray());
    }

    [Fact]
    public void Generated_responses_are_read_by_our_reader()
    {
        var message = new Protos.ClientResponses();
        message.Proofs.Add(ByteString.CopyFrom(5));
        message.Responses.Add(new Protos.ClientResponse { RequestId = 4, Proof = 1, Result = ByteString.CopyFromUtf8("x") });
        var reader = new ClientResponseBatchReader();
        reader.Start(message.ToByteArray());
        Assert.True(reader.TryNext(out ClientResponse response));
        Assert.Equal(new RequestId(4), response.RequestId);
        Assert.Equal<byte>([5], reader.CopyOf(response.Proof).ToArray());
        Assert.False(reader.TryNext(out _));
        Assert.False(reader.Failed);
    }

    [Fact]
    public void Response_that_names_a_proof_not_yet_seen_makes_the_body_malformed()
    {
        var message = new Protos.ClientResponses();
        message.Responses.Add(new Protos.ClientResponse { RequestId = 4, Proof = 1 });
        var reader = new ClientResponseBatchReader();
        reader.Start(message.ToByteArray());
        Assert.False(reader.TryNext(out _));
        Assert.True(reader.Failed);
    }

    [Fact]
    [Trait("Pitfall", "M9")]
    public void Batch_at_the_size_limit_is_cut_into_frames_without_loss()
    {
        var limits = new FrameLimits(200);
        foreach (int size in Enumerable.Range(80, 110))
        {
            using var output = new PooledBuffer();
            var batch = new ClientRequestBatch(new FrameWriter(output, limits));
            for (ulong id = 1; id <= 5; id++)
            {
                batch.Add(new ClientRequest { RequestId = new RequestId(id), Kind = RequestKind.Command, Operation = new byte[size] });
            }

            batch.Flush();
            var seen = new List<ulong>();
            foreach (Frame frame in Frames(output))
            {
                Assert.InRange(frame.Body.Length, 1, 200);
                var reader = new ClientRequestBatchReader(frame.Body.Span);
                while (reader.TryNext(out ClientRequest request))
                {
                    seen.Add(request.RequestId.Value);
                }
            }

            Assert.Equal([1UL, 2, 3, 4, 5], seen);
        }
    }

    [Fact]
    public void Request_beyond_a_frame_is_refused_and_leaves_the_batch_usable()
    {
        using var output = new PooledBuffer();
        var batch = new ClientRequestBatch(new FrameWriter(output, new FrameLimits(50)));
        batch.Add(new ClientRequest { RequestId = new RequestId(1), Kind = RequestKind.Status });
        Assert.Throws<BufferLimitException>(() => batch.Add(new ClientRequest { RequestId = new RequestId(2), Kind = RequestKind.Command, Operation = new byte[60] }));
        batch.Add(new ClientRequest { RequestId = new RequestId(3), Kind = RequestKind.Status });
        batch.Flush();
        Assert.Equal(2, Protos.ClientRequests.Parser.ParseFrom(Assert.Single(Frames(output)).Body.Span).Requests.Count);
    }

    [Fact]
    public void Writing_and_reading_a_warm_batch_allocates_nothing()
    {
        using var output = new PooledBuffer(1 << 16);
        var writer = new ClientRequestBatch(new FrameWriter(output, FrameLimits.Default));
        byte[] command = new byte[200];
        Round();
        Round();

        long before = GC.GetAllocatedBytesForCurrentThread();
        int read = Round();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(100, read);
        Assert.Equal(0, allocated);

        int Round()
        {
            output.Clear();
            for (ulong id = 1; id <= 100; id++)
            {
                writer.Add(new ClientRequest { RequestId = new RequestId(id), Group = new GroupId(1), Kind = RequestKind.Command, Operation = command });
            }

            writer.Flush();
            int count = 0;
            var reader = new ClientRequestBatchReader(output.WrittenSpan[FrameHeader.EncodedBytes..]);
            while (reader.TryNext(out _))
            {
                count++;
            }

            return count;
        }
    }

    private static ClientResponse Response(ulong id) => new() { RequestId = new RequestId(id) };

    private static List<byte[]> Proofs(Frame frame)
    {
        var proofs = new List<byte[]>();
        var reader = new ClientResponseBatchReader();
        reader.Start(frame.Body);
        while (reader.TryNext(out ClientResponse response))
        {
            proofs.Add(reader.CopyOf(response.Proof).ToArray());
        }

        Assert.False(reader.Failed);
        return proofs;
    }

    private static List<Frame> Frames(PooledBuffer output)
    {
        var frames = new List<Frame>();
        var reader = new FrameReader(FrameLimits.Default);
        output.WrittenSpan.CopyTo(Room(reader, output.Count));
        reader.Received(output.Count);
        while (reader.TryRead(out Frame frame) == FrameReadResult.Frame)
        {
            frames.Add(frame with { Body = frame.Body.ToArray() });
        }

        Assert.Equal(0, reader.PendingBytes);
        reader.Dispose();
        return frames;
    }

    private static Span<byte> Room(FrameReader reader, int bytes)
    {
        Span<byte> room = reader.GetReceiveSpan();
        Assert.True(room.Length >= bytes);
        return room;
    }
}
