using System.Buffers;
using System.Text;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Machines;
using Google.Protobuf;
using Generated = ActorPhysics.Wire.Protos.Machines;

namespace ActorPhysics.Wire.Tests.Machines;

public sealed class MachinePayloadTests
{
    private static readonly ByteString Key = ByteString.CopyFromUtf8("kéy");
    private static readonly ByteString Value = ByteString.CopyFromUtf8("value");

    [Fact]
    public void Kv_requests_equal_the_generated_messages()
    {
        AssertSame(new Generated.KvRequest { Put = new() { Key = Key, Value = Value } }, KvCommands.Put("kéy", Value.Span));
        AssertSame(new Generated.KvRequest { Put = new() { Key = Key, IfAbsent = true } }, KvCommands.Put("kéy", default, ifAbsent: true));
        AssertSame(new Generated.KvRequest { Delete = new() { Key = Key } }, KvCommands.Delete("kéy"));
        AssertSame(new Generated.KvRequest { Get = new() { Key = Key } }, KvQueries.Get("kéy"));
        AssertSame(new Generated.KvRequest { CompareAndSet = new() { Key = Key, Value = Value } }, KvCommands.CompareAbsentAndSet("kéy", Value.Span));
        AssertSame(
            new Generated.KvRequest { CompareAndSet = new() { Key = Key, Value = Value, Expected = ByteString.Empty } },
            KvCommands.CompareAndSet("kéy", default, Value.Span));
        AssertSame(new Generated.KvRequest { Range = new() }, KvQueries.Range());
        AssertSame(
            new Generated.KvRequest { Range = new() { From = Key, To = Value, Prefix = ByteString.CopyFromUtf8("p"), Limit = 300 } },
            KvQueries.Range("kéy", "value", "p", 300));
    }

    [Fact]
    public void Kv_requests_are_read_as_they_were_written()
    {
        Assert.True(KvRequest.TryRead(KvCommands.CompareAndSet("k", "old"u8, "new"u8), out KvRequest set, out _));
        Assert.Equal("k old new True", $"{Text(set.Key)} {Text(set.Expected)} {Text(set.Value)} {set.ExpectsValue}");
        Assert.True(KvRequest.TryRead(KvCommands.Put("k", "v"u8, ifAbsent: true), out KvRequest put, out _));
        Assert.Equal("k v True", $"{Text(put.Key)} {Text(put.Value)} {put.IfAbsent}");
        Assert.True(KvRequest.TryRead(KvQueries.Range("a", "b", "p", 7), out KvRequest range, out _));
        Assert.Equal("a b p 7 True", $"{Text(range.Key)} {Text(range.To)} {Text(range.Prefix)} {range.Limit} {range.IsReadOnly}");
    }

    [Fact]
    public void Kv_results_equal_the_generated_messages_both_ways()
    {
        var version = new ValueVersion(new LogIndex(300), new EntryOrdinal(2));
        var output = new ArrayBufferWriter<byte>();
        KvResults.Write(output, KvOutcome.Found, version, default);
        var found = new Generated.KvResult { Outcome = Generated.KvResult.Types.Outcome.Found, VersionIndex = 300, VersionOrdinal = 2, Value = ByteString.Empty };
        Assert.Equal(found.ToByteArray(), output.WrittenSpan);
        KvResult? read = KvResult.Read(output.WrittenSpan);
        Assert.Equal((KvOutcome.Found, version, 0), (read?.Outcome, read?.Version, read?.Value?.Length));

        output.ResetWrittenCount();
        KvResults.BeginRange(output);
        KvResults.WriteItem(output, "a"u8, version, "1"u8);
        KvResults.WriteItem(output, "b"u8, default, default);
        KvResults.EndRange(output, more: true);
        var range = new Generated.KvResult
        {
            Outcome = Generated.KvResult.Types.Outcome.Range,
            Items =
            {
                new Generated.KvItem { Key = ByteString.CopyFromUtf8("a"), Value = ByteString.CopyFromUtf8("1"), VersionIndex = 300, VersionOrdinal = 2 },
                new Generated.KvItem { Key = ByteString.CopyFromUtf8("b") },
            },
            More = true,
        };
        Assert.Equal(range.ToByteArray(), output.WrittenSpan);
        read = KvResult.Read(output.WrittenSpan);
        Assert.Equal(["a", "b"], read!.Items.Select(item => item.Key));
        Assert.Equal((version, "1", true), (read.Items[0].Version, Text(read.Items[0].Value.Span), read.More));
        Assert.Null(read.Value);
    }

    [Fact]
    public void Register_payloads_equal_the_generated_messages()
    {
        AssertSame(new Generated.RegisterRequest { Read = new() }, RegisterCommands.Read());
        AssertSame(new Generated.RegisterRequest { Write = new() { Value = Value } }, RegisterCommands.Write(Value.Span));
        AssertSame(new Generated.RegisterRequest { CompareAndSet = new() { Value = Value } }, RegisterCommands.CompareAbsentAndSet(Value.Span));
        AssertSame(
            new Generated.RegisterRequest { CompareAndSet = new() { Value = Value, Expected = ByteString.Empty } },
            RegisterCommands.CompareAndSet(default, Value.Span));

        var output = new ArrayBufferWriter<byte>();
        RegisterResult.Write(output, RegisterOutcome.Mismatch, new ValueVersion(new LogIndex(9), default), Value.Span);
        var mismatch = new Generated.RegisterResult { Outcome = Generated.RegisterResult.Types.Outcome.Mismatch, VersionIndex = 9, Value = Value };
        Assert.Equal(mismatch.ToByteArray(), output.WrittenSpan);
        RegisterResult? read = RegisterResult.Read(output.WrittenSpan);
        Assert.Equal((RegisterOutcome.Mismatch, "value"), (read?.Outcome, Text(read!.Value!.Value.Span)));
        output.ResetWrittenCount();
        RegisterResult.Write(output, RegisterOutcome.Read, default);
        Assert.Null(RegisterResult.Read(output.WrittenSpan)?.Value);
    }

    [Fact]
    public void Outcomes_and_operations_have_the_numbers_of_the_generated_ones()
    {
        AssertSameNumbers<KvOutcome, Generated.KvResult.Types.Outcome>();
        AssertSameNumbers<RegisterOutcome, Generated.RegisterResult.Types.Outcome>();
        AssertSameNumbers<KvOperation, Generated.KvRequest.OperationOneofCase>();
        AssertSameNumbers<RegisterOperation, Generated.RegisterRequest.OperationOneofCase>();
    }

    [Fact]
    public void Random_bytes_never_throw_in_any_reader()
    {
        var random = new Random(4);
        byte[] sound = KvCommands.CompareAndSet("key", "expected"u8, "value"u8);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            if (i % 2 == 0)
            {
                bytes = [.. sound];
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            bool isRequest = KvRequest.TryRead(bytes, out _, out string? refusal);
            Assert.Equal(isRequest, refusal is null);
            RegisterRequest.TryRead(bytes, out _, out _);
            KvResult.Read(bytes);
            RegisterResult.Read(bytes);
        }
    }

    private static void AssertSame(IMessage expected, byte[] actual) => Assert.Equal(expected.ToByteArray(), actual);

    private static void AssertSameNumbers<TOurs, TGenerated>()
        where TOurs : struct, Enum
        where TGenerated : struct, Enum =>
        Assert.Equal(
            Enum.GetValues<TGenerated>().ToDictionary(value => value.ToString(), value => Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)),
            Enum.GetValues<TOurs>().ToDictionary(value => value.ToString(), value => Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture)));

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
