using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Line;
using Google.Protobuf;

namespace ActorPhysics.Wire.Tests.Line;

public class LineMessageTests
{
    private const int Rounds = 60;

    public static TheoryData<Type> Kinds => [.. Fabricator.SealedSubtypes(typeof(LineMessage))];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_message_survives_the_wire_in_every_field(Type kind)
    {
        for (ulong seed = 1; seed <= Rounds; seed++)
        {
            var fabricator = new Fabricator(new RandomValues(seed));
            var message = (LineMessage)fabricator.Make(kind);

            LineMessage back = Assert.Single(Read(Body(message), fabricator));

            Assert.Equal(Structure.Of(message), Structure.Of(back));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_message_has_a_field_of_its_own_in_the_schema(Type kind)
    {
        var message = (LineMessage)new Fabricator(new RandomValues(1)).Make(kind);
        Protos.LineMessages body = Protos.LineMessages.Parser.WithDiscardUnknownFields(true).ParseFrom(Body(message));
        Assert.Equal(kind.Name, Assert.Single(body.Messages).BodyCase.ToString());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Damaged_message_is_refused_or_read_but_never_throws(Type kind)
    {
        var values = new RandomValues(5);
        var fabricator = new Fabricator(values);
        for (int round = 0; round < 400; round++)
        {
            byte[] bytes = Body((LineMessage)fabricator.Make(kind));
            for (ulong flips = values.Below(3) + 1; flips > 0; flips--)
            {
                bytes[values.Below((ulong)bytes.Length)] ^= (byte)(1 << (int)values.Below(8));
            }

            TryRead(bytes, fabricator);
            TryRead(bytes[..(int)values.Below((ulong)bytes.Length)], fabricator);
        }
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        var values = new RandomValues(6);
        var fabricator = new Fabricator(values);
        for (int round = 0; round < 50_000; round++)
        {
            TryRead(values.Bytes(60), fabricator);
        }
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public void Message_of_an_unknown_kind_is_refused_not_skipped()
    {
        var fabricator = new Fabricator(new RandomValues(2));
        byte[] unknown = [0x08, (byte)(fabricator.Configuration.Group.Value & 0x7F), 0xEA, 0x02, 0x00];
        Assert.False(LineMessageCodec.TryRead(
            (byte[])[0x0A, (byte)unknown.Length, .. unknown], _ => ConfigurationTrail.Of(fabricator.Configuration), [], out string? refusal));
        Assert.NotEmpty(refusal);
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public void Entry_of_an_unknown_kind_makes_the_whole_append_unreadable()
    {
        var fabricator = new Fabricator(new RandomValues(2));
        var append = new Protos.LineMessages
        {
            Messages =
            {
                new Protos.LineMessage
                {
                    Group = 1,
                    AppendEntries = new Protos.AppendEntries { Entries = { new Protos.LogEntry { Position = new Protos.Position { Epoch = 1, Index = 2 } } } },
                },
            },
        };
        Assert.False(TryRead(append.ToByteArray(), fabricator));
        append.Messages[0].AppendEntries.Entries[0].Commands = new Protos.LogEntry.Types.Commands();
        Assert.True(TryRead(append.ToByteArray(), fabricator));
    }

    [Fact]
    [Trait("Pitfall", "10")]
    public void Message_for_a_group_that_does_not_live_here_is_passed_over()
    {
        var fabricator = new Fabricator(new RandomValues(2));
        byte[] body = Body((LineMessage)fabricator.Make(typeof(Heartbeat)));
        var messages = new List<Unverified<LineMessage>>();
        Assert.True(LineMessageCodec.TryRead(body, _ => null, messages, out _));
        Assert.Empty(messages);
    }

    [Fact]
    [Trait("Seed", "3.1")]
    public void Read_answer_whose_evidence_proves_nothing_is_an_answer_without_evidence()
    {
        var fabricator = new Fabricator(new RandomValues(4));
        var other = new Fabricator(new RandomValues(8));
        var answer = new ReadIndexAnswer(default, new ReadIndexToken(3), fabricator.MakeReadEvidence());

        var decoded = Assert.IsType<ReadIndexAnswer>(Assert.Single(Read(Body(answer), other)));

        Assert.Null(decoded.Evidence);
        Assert.Equal(new ReadIndexToken(3), decoded.Token);
    }

    [Fact]
    [Trait("Pitfall", "64")]
    public void Decoded_entries_do_not_point_into_the_frame_that_they_came_in()
    {
        var fabricator = new Fabricator(new RandomValues(3));
        var entry = new CommandEntry(new LogPosition(new LeaderEpoch(1), new LogIndex(1)), new byte[] { 1, 2, 3 }, 1, default);
        byte[] bytes = Body(new AppendEntries(default, default, [entry], null));

        var append = Assert.IsType<AppendEntries>(Assert.Single(Read(bytes, fabricator)));
        Array.Clear(bytes);

        Assert.Equal<byte>([1, 2, 3], Assert.IsType<CommandEntry>(append.Entries[0]).Commands.ToArray());
    }

    [Fact]
    public void Messages_between_two_flushes_share_a_frame()
    {
        var fabricator = new Fabricator(new RandomValues(9));
        LineMessage[] messages = [.. Fabricator.SealedSubtypes(typeof(LineMessage)).Select(kind => (LineMessage)fabricator.Make(kind))];
        Assert.Equal(messages.Select(Structure.Of), Read(Body(messages), fabricator).Select(Structure.Of));
    }

    private static byte[] Body(params LineMessage[] messages)
    {
        using var output = new PooledBuffer();
        var frames = new FrameWriter(output, FrameLimits.Default);
        foreach (LineMessage message in messages)
        {
            LineMessageCodec.Write(frames, message);
        }

        frames.End();
        return output.WrittenSpan[FrameHeader.EncodedBytes..].ToArray();
    }

    private static bool TryRead(byte[] body, Fabricator fabricator) => LineMessageCodec.TryRead(body, _ => ConfigurationTrail.Of(fabricator.Configuration), [], out _);

    private static List<LineMessage> Read(byte[] body, Fabricator fabricator)
    {
        var claims = new List<Unverified<LineMessage>>();
        Assert.True(LineMessageCodec.TryRead(body, _ => ConfigurationTrail.Of(fabricator.Configuration), claims, out string? refusal), refusal);
        return claims.ConvertAll(claim => claim.TryTrust(_ => null, out LineMessage? message, out _) ? message : throw new InvalidOperationException());
    }
}
