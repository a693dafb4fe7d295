using System.Buffers;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Commands;
using Google.Protobuf;

namespace ActorPhysics.Wire.Tests.Commands;

public sealed class CommandBatchTests
{
    [Fact]
    public void A_batch_of_copied_and_of_encoded_commands_equals_the_generated_one_byte_for_byte()
    {
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            var generated = new Protos.CommandBatch();
            var writer = new CommandBatchWriter();
            int cost = 0;
            for (int i = random.Next(20); i > 0; i--)
            {
                Protos.Command command = RandomCommand(random);
                generated.Commands.Add(command);
                byte[] encoded = command.ToByteArray();
                cost += CommandBatchWriter.CostBytes(encoded.Length);
                uint ordinal = (random.Next(2) == 0 ? writer.Add(encoded) : writer.Add(ViewOf(command))).Value;
                Assert.Equal((uint)generated.Commands.Count - 1, ordinal);
            }

            Assert.Equal(generated.ToByteArray(), writer.WrittenSpan);
            Assert.Equal((cost, generated.Commands.Count), (writer.ByteCount, writer.Count));
            AssertReads(generated, writer.WrittenSpan);
        }
    }

    [Fact]
    public void A_cleared_writer_begins_an_empty_batch()
    {
        var writer = new CommandBatchWriter();
        writer.Add([1, 2, 3]);
        writer.Clear();
        Assert.Equal((0, 0), (writer.Count, writer.ByteCount));
        Assert.Equal(0u, writer.Add(default(CommandView)).Value);
        Assert.Equal([0x0A, 0x00], writer.WrittenSpan.ToArray());
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public void A_command_of_an_unknown_kind_and_a_batch_with_an_unknown_field_are_refused_but_a_new_field_of_a_command_is_passed_over()
    {
        byte[] unknownKind = new Protos.Command { Kind = 7 }.ToByteArray();
        Assert.False(CommandView.TryRead(unknownKind, out _, out string? refusal));
        Assert.Equal("Command kind 7 is unknown.", refusal);
        Assert.Equal("Command 1: Command kind 7 is unknown.", RefusalOf([0x0A, 0x00, 0x0A, (byte)unknownKind.Length, .. unknownKind]));
        Assert.Equal("Field 2 of the command batch is unknown.", RefusalOf([0x10, 0x01]));
        Assert.Equal("The command batch is malformed at command 0.", RefusalOf([0x0A, 0x7F]));
        Assert.Null(RefusalOf([0x0A, 0x02, 0x78, 0x01]));
        Assert.Null(RefusalOf([]));
    }

    [Fact]
    public void Random_and_damaged_bytes_never_throw_and_a_sound_count_means_a_sound_batch()
    {
        var random = new Random(2);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(30)];
            random.NextBytes(bytes);
            if (i % 2 == 0)
            {
                var batch = new Protos.CommandBatch { Commands = { RandomCommand(random), RandomCommand(random) } };
                bytes = batch.ToByteArray();
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            if (CommandBatchReader.TryCount(bytes, out int count, out _))
            {
                Assert.Equal(count, Protos.CommandBatch.Parser.ParseFrom(bytes).Commands.Count);
            }
        }
    }

    [Fact]
    public void What_opening_a_session_answers_equals_the_generated_message_both_ways()
    {
        foreach (SessionOpened opened in new[] { new SessionOpened(new SessionId(ulong.MaxValue), 1024, 1_800_000), new SessionOpened(new SessionId(1), 0, 0) })
        {
            var generated = new Protos.SessionOpened { Session = opened.Session.Value, WindowCommands = opened.WindowCommands, IdleTimeoutMs = opened.IdleTimeoutMs };
            var output = new ArrayBufferWriter<byte>();
            opened.WriteTo(output);
            Assert.Equal(generated.ToByteArray(), output.WrittenSpan);
            Assert.True(SessionOpened.TryRead(output.WrittenSpan, out SessionOpened read));
            Assert.Equal(opened, read);
        }

        Assert.False(SessionOpened.TryRead([], out _));
        Assert.False(SessionOpened.TryRead([0x09, 0x01], out _));
    }

    private static void AssertReads(Protos.CommandBatch expected, ReadOnlySpan<byte> batch)
    {
        Assert.True(CommandBatchReader.TryCount(batch, out int count, out _));
        Assert.Equal(expected.Commands.Count, count);
        var reader = new CommandBatchReader(batch);
        for (int i = 0; i < count; i++)
        {
            Assert.True(reader.TryRead(out CommandView view));
            Protos.Command command = expected.Commands[i];
            Assert.Equal((uint)i, reader.Ordinal.Value);
            Assert.Equal(command.ToByteArray(), reader.Encoded);
            Assert.Equal(
                (command.Session, command.Sequence, command.CompletedThrough, command.Kind),
                (view.Session.Value, view.Sequence.Value, view.CompletedThrough.Value, (uint)view.Kind));
            Assert.Equal(command.Payload.Span, view.Payload);
        }

        Assert.False(reader.TryRead(out _));
        Assert.Null(reader.Refusal);
    }

    private static string? RefusalOf(byte[] batch) => CommandBatchReader.TryCount(batch, out _, out string? refusal) ? null : refusal;

    private static CommandView ViewOf(Protos.Command command) => new()
    {
        Session = new SessionId(command.Session),
        Sequence = new CommandSequence(command.Sequence),
        CompletedThrough = new CommandSequence(command.CompletedThrough),
        Kind = (CommandKind)command.Kind,
        Payload = command.Payload.Span,
    };

    private static Protos.Command RandomCommand(Random random)
    {
        byte[] payload = new byte[random.Next(3) == 0 ? random.Next(400) : random.Next(8)];
        random.NextBytes(payload);
        return new Protos.Command
        {
            Session = random.Next(3) == 0 ? 0 : (ulong)random.NextInt64(long.MinValue, long.MaxValue),
            Sequence = (ulong)random.NextInt64(0, 1L << random.Next(1, 60)),
            CompletedThrough = (ulong)random.NextInt64(0, 1L << random.Next(1, 60)),
            Kind = (uint)random.Next(4),
            Payload = ByteString.CopyFrom(payload),
        };
    }
}
