using System.Collections.Immutable;
using System.Text;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Specifications;
using ActorPhysics.Wire.Machines;
using static ActorPhysics.Core.Specifications.KeyValueSpecification;

namespace ActorPhysics.Actors.Tests.StateMachines;

public sealed class KvMachineTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [Trait("Seed", "1.1")]
    public void The_machine_refines_its_sequential_specification_through_captures_and_restores(int seed)
    {
        var random = new Random(seed);
        var kv = new MachineDriver("kv");
        KeyValueState state = KeyValueSpecification.Instance.Initial;
        var captures = new List<(IStateCapture Capture, KeyValueState State)>();
        for (int step = 0; step < 4_000; step++)
        {
            if (random.Next(200) == 0)
            {
                captures.Add((kv.Capture(), state));
            }

            Operation operation = RandomOperation(random);
            (state, Result expected) = KeyValueSpecification.Instance.Apply(state, operation);
            (MachineOutcome outcome, byte[] result) = kv.Apply(Encode(operation));
            Assert.Equal(MachineOutcome.Done, outcome);
            Assert.Equal(expected, Told(result));

            if (KeyValueSpecification.Instance.IsReadOnly(operation))
            {
                Assert.Equal(expected, Told(kv.Query(Encode(operation)).Answer));
            }
        }

        foreach ((IStateCapture capture, KeyValueState then) in captures)
        {
            MachineDriver restored = kv.Restored(MachineDriver.BytesOf(capture));
            Assert.Equal(then.Entries, Told(restored.Query(KvQueries.Range(limit: 5000)).Answer).Items);
        }
    }

    [Fact]
    public void Equal_states_capture_equal_bytes_whatever_way_they_came_about()
    {
        var straight = new MachineDriver("kv");
        var winding = new MachineDriver("kv");
        string[] keys = [.. Enumerable.Range(0, 500).Select(i => $"key {i}")];
        foreach (string key in keys)
        {
            straight.Apply(KvCommands.Put(key, "v"u8));
            winding.Apply(KvCommands.Put(key, "v"u8));
        }

        foreach (string key in keys.Reverse())
        {
            winding.Apply(KvCommands.Put(key + " too", "w"u8));
        }

        foreach (string key in keys)
        {
            winding.Apply(KvCommands.Delete(key + " too"));
        }

        Assert.Equal(straight.CapturedBytes(), winding.CapturedBytes());
        Assert.Equal(straight.CapturedBytes(), winding.Restored(winding.CapturedBytes()).CapturedBytes());
    }

    [Fact]
    public void A_version_names_the_command_that_wrote_last_even_within_one_entry()
    {
        var kv = new MachineDriver("kv");
        kv.Apply(KvCommands.Put("k", "1"u8), ordinal: 4);
        KvResult found = Read(kv.Query(KvQueries.Get("k")).Answer);
        Assert.Equal(new ValueVersion(new LogIndex(1), new EntryOrdinal(4)), found.Version);

        KvResult refused = Read(kv.Apply(KvCommands.Put("k", "2"u8, ifAbsent: true)).Result);
        Assert.Equal((KvOutcome.AlreadyPresent, found.Version), (refused.Outcome, refused.Version));
        KvResult mismatch = Read(kv.Apply(KvCommands.CompareAndSet("k", "7"u8, "2"u8)).Result);
        Assert.Equal((KvOutcome.Mismatch, found.Version), (mismatch.Outcome, mismatch.Version));
        KvResult stored = Read(kv.Apply(KvCommands.CompareAndSet("k", "1"u8, "2"u8)).Result);
        Assert.Equal(new ValueVersion(new LogIndex(4), EntryOrdinal.First), stored.Version);
        Assert.Equal(stored.Version, Read(kv.Query(KvQueries.Get("k")).Answer).Version);
    }

    [Fact]
    public void An_empty_value_is_a_value_and_not_absence()
    {
        var kv = new MachineDriver("kv");
        kv.Apply(KvCommands.Put("k", default));
        Assert.Equal(0, Read(kv.Query(KvQueries.Get("k")).Answer).Value!.Value.Length);
        Assert.Equal(KvOutcome.Mismatch, Read(kv.Apply(KvCommands.CompareAbsentAndSet("k", "1"u8)).Result).Outcome);
        Assert.Equal(KvOutcome.Stored, Read(kv.Apply(KvCommands.CompareAndSet("k", default, "1"u8)).Result).Outcome);
    }

    [Fact]
    public void A_range_stops_at_its_limit_or_size_says_so_and_can_go_on()
    {
        var kv = new MachineDriver("kv");
        for (int i = 0; i < 5; i++)
        {
            kv.Apply(KvCommands.Put($"k{i}", new byte[KvLimits.MaxRangeBytes / 2]));
        }

        KvResult bySize = Read(kv.Query(KvQueries.Range()).Answer);
        Assert.Equal(["k0", "k1"], bySize.Items.Select(item => item.Key));
        Assert.True(bySize.More);
        KvResult byLimit = Read(kv.Query(KvQueries.Range(from: bySize.Items[^1].Key + "\0", limit: 1)).Answer);
        Assert.Equal(["k2"], byLimit.Items.Select(item => item.Key));
        Assert.True(byLimit.More);
        KvResult rest = Read(kv.Query(KvQueries.Range(from: "k3")).Answer);
        Assert.Equal(["k3", "k4"], rest.Items.Select(item => item.Key));
        Assert.False(rest.More);
    }

    [Fact]
    public void Bytes_that_are_no_command_are_refused_alike_by_every_replica_and_change_nothing()
    {
        var random = new Random(5);
        var one = new MachineDriver("kv");
        var two = new MachineDriver("kv");
        byte[] valid = KvCommands.CompareAndSet("some key", "expected"u8, "value"u8);
        for (int i = 0; i < 5_000; i++)
        {
            byte[] bytes = i % 2 == 0 ? new byte[random.Next(40)] : [.. valid];
            if (i % 2 == 0)
            {
                random.NextBytes(bytes);
            }
            else
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            (MachineOutcome Outcome, byte[] Result) first = one.Apply(bytes);
            (MachineOutcome Outcome, byte[] Result) second = two.Apply(bytes);
            Assert.Equal(first.Outcome, second.Outcome);
            Assert.Equal(first.Result, second.Result);
        }

        Assert.Equal(one.CapturedBytes(), two.CapturedBytes());
    }

    [Fact]
    public void Requests_beyond_the_limits_are_refused_with_the_limit()
    {
        static byte[] Raw(KvRequest request)
        {
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            KvCommands.Write(output, request);
            return output.WrittenSpan.ToArray();
        }

        var kv = new MachineDriver("kv");
        byte[] longKey = new byte[KvLimits.MaxKeyBytes + 1];
        longKey.AsSpan().Fill((byte)'k');
        Assert.Equal("A kv key has 1 to 1024 bytes.", kv.RefusalOf(Raw(new KvRequest { Operation = KvOperation.Put, Key = longKey })));
        Assert.Equal("A kv key has 1 to 1024 bytes.", kv.RefusalOf(Raw(new KvRequest { Operation = KvOperation.Get })));
        Assert.Equal("A kv key is UTF-8.", kv.RefusalOf(Raw(new KvRequest { Operation = KvOperation.Get, Key = [0xC3, 0x28] })));
        byte[] bigValue = new byte[KvLimits.MaxValueBytes + 1];
        Assert.Equal("A kv value has at most 1048576 bytes.", kv.RefusalOf(Raw(new KvRequest { Operation = KvOperation.Put, Key = "k"u8, Value = bigValue })));
        Assert.Equal("A bound of a kv range is longer than 1024 bytes.", kv.RefusalOf(Raw(new KvRequest { Operation = KvOperation.Range, Prefix = longKey })));
        Assert.Equal("A kv request has exactly one operation.", kv.RefusalOf([]));
        Assert.Equal("A kv request has exactly one operation.", kv.RefusalOf([.. KvCommands.Get("a"), .. KvCommands.Delete("a")]));
        Assert.Equal("The kv request names an unknown operation.", kv.RefusalOf([0x7A, 0x00]));
        Assert.Equal(MachineOutcome.Refused, kv.Query(KvCommands.Put("k", "v"u8)).Outcome);
        Assert.Throws<ArgumentException>(() => KvCommands.Put(new string('k', 1025), default));
    }

    [Fact]
    public void A_damaged_snapshot_is_refused()
    {
        var kv = new MachineDriver("kv");
        kv.Apply(KvCommands.Put("a", "1"u8));
        kv.Apply(KvCommands.Put("b", "2"u8));
        byte[] sound = kv.CapturedBytes();
        Assert.Equal(sound, kv.Restored(sound).CapturedBytes());
        for (int length = 0; length < sound.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => kv.Restored(sound[..length]));
        }

        byte[] disordered = [.. sound];
        disordered[sizeof(ulong) + 20] = (byte)'c';
        Assert.Throws<InvalidDataException>(() => kv.Restored(disordered));
        byte[] overlong = [.. sound];
        overlong[sizeof(ulong) + 7] = 0x7F;
        Assert.Throws<InvalidDataException>(() => kv.Restored(overlong));
    }

    private static Operation RandomOperation(Random random)
    {
        string key = $"{"abé𝄞￰"[..random.Next(3)]}{random.Next(60)}";
        string value = random.Next(4).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return random.Next(8) switch
        {
            0 or 1 => new Put(key, value),
            2 => new PutIfAbsent(key, value),
            3 => new CompareAndSet(key, random.Next(3) == 0 ? null : value, value + "'"),
            4 => new CompareAndSet(key, value, value),
            5 => new Delete(key),
            6 => new Get(key),
            _ => new KeyValueSpecification.Range(random.Next(2) == 0 ? "" : key, random.Next(2) == 0 ? "" : "b", random.Next(2) == 0 ? "" : "a", random.Next(1, 20)),
        };
    }

    private static byte[] Encode(Operation operation) => operation switch
    {
        Put put => KvCommands.Put(put.Key, Encoding.UTF8.GetBytes(put.Value)),
        PutIfAbsent put => KvCommands.Put(put.Key, Encoding.UTF8.GetBytes(put.Value), ifAbsent: true),
        CompareAndSet { Expected: null } set => KvCommands.CompareAbsentAndSet(set.Key, Encoding.UTF8.GetBytes(set.Value)),
        CompareAndSet set => KvCommands.CompareAndSet(set.Key, Encoding.UTF8.GetBytes(set.Expected), Encoding.UTF8.GetBytes(set.Value)),
        Delete delete => KvCommands.Delete(delete.Key),
        Get get => KvCommands.Get(get.Key),
        KeyValueSpecification.Range range => KvCommands.Range(range.From, range.To, range.Prefix, range.Limit),
        _ => throw new ArgumentException($"{operation} has no encoding.", nameof(operation)),
    };

    private static KvResult Read(byte[] result) => Assert.IsType<KvResult>(KvResult.Read(result));

    /// <summary>A machine's result in the specification's words.</summary>
    private static Result Told(byte[] encoded)
    {
        static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

        KvResult result = Read(encoded);
        ImmutableArray<KeyValuePair<string, string>> items = [.. result.Items.Select(item => KeyValuePair.Create(item.Key, Text(item.Value)))];
        return new Result(Enum.Parse<Outcome>(result.Outcome.ToString()), result.Value is { } value ? Text(value) : null, items);
    }
}
