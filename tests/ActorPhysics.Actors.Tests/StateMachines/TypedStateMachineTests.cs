using System.Collections.Immutable;
using System.Text;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Actors.Tests.StateMachines;

public sealed class TypedStateMachineTests
{
    [Fact]
    public void Commands_results_queries_and_answers_are_json_by_default()
    {
        MachineDriver accounts = Driver("accounts");
        Assert.Equal("""{"balance":5,"refused":null}""", Apply(accounts, """{"account":"ann","amount":5}"""));
        Assert.Equal("""{"balance":5,"refused":"balance too low"}""", Apply(accounts, """{"account":"ann","amount":-6}"""));
        Assert.Equal("5", Encoding.UTF8.GetString(accounts.Query("\"ann\""u8.ToArray()).Answer));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"account":"ann"}""")]
    [InlineData("""{"account":null,"amount":1}""")]
    [InlineData("""{"account":"ann","amount":1,"amuont":2}""")]
    [InlineData("""{"account":"ann","amount":1,"amount":2}""")]
    [InlineData("""{"account":"ann","amount":1} trailing""")]
    [InlineData("""{"account":"","amount":1}""")]
    [InlineData("""{"$type":"System.IO.FileInfo","account":"ann","amount":1}""")]
    [Trait("Pitfall", "61")]
    public void What_does_not_decode_is_refused_with_a_fixed_text_before_it_reaches_the_machine(string json)
    {
        MachineDriver accounts = Driver("accounts");
        byte[] before = accounts.CapturedBytes();
        Assert.Equal("The payload is no JSON of Deposit.", accounts.RefusalOf(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(before, accounts.CapturedBytes());
    }

    [Fact]
    [Trait("Pitfall", "M21")]
    public void Nesting_of_any_depth_is_refused_without_exhausting_the_stack()
    {
        byte[] deep = [.. Enumerable.Repeat((byte)'[', 100_000), .. Enumerable.Repeat((byte)']', 100_000)];
        Assert.Equal("The payload is no JSON of Deposit.", Driver("accounts").RefusalOf(deep));
    }

    [Fact]
    public void A_capture_of_immutable_values_keeps_their_moment_and_restores()
    {
        MachineDriver accounts = Driver("accounts");
        Apply(accounts, """{"account":"ann","amount":5}""");
        using IStateCapture capture = accounts.Capture();
        Apply(accounts, """{"account":"ann","amount":5}""");
        MachineDriver restored = accounts.Restored(MachineDriver.BytesOf(capture));
        Assert.Equal("5", Encoding.UTF8.GetString(restored.Query("\"ann\""u8.ToArray()).Answer));
        Assert.Throws<InvalidDataException>(() => accounts.Restored("{"u8.ToArray()));
        Assert.Throws<InvalidDataException>(() => accounts.Restored("null"u8.ToArray()));
    }

    [Fact]
    public void A_machine_may_bring_its_own_bytes_and_have_no_queries()
    {
        var registry = new StateMachineRegistry().Add<int, int, NoQuery, NoAnswer>(
            "sum", () => new Sum(), new StateMachineCodecs<int, int, NoQuery, NoAnswer>(
                new OneByte(), new OneByte(), new JsonCommandCodec<NoQuery>(JsonPayload.Strict), new JsonCommandCodec<NoAnswer>(JsonPayload.Lenient)));
        Assert.True(registry.TryGet("sum", out StateMachineDefinition? definition));
        definition.RequireRestorable();
        var driver = new MachineDriver(definition, definition.Create());
        Assert.Equal([7], driver.Apply([7]).Result);
        Assert.Equal([16], driver.Apply([9]).Result);
        Assert.Equal("one byte, please", driver.RefusalOf([1, 2]));
        Assert.Equal("{}", Encoding.UTF8.GetString(driver.Query("{}"u8.ToArray()).Answer));
    }

    [Fact]
    [Trait("Pitfall", "63")]
    public void Collections_in_hash_order_are_refused_in_commands_results_and_states()
    {
        NotSupportedException fault = Assert.Throws<NotSupportedException>(() => new JsonCommandCodec<Unordered>(JsonPayload.Strict));
        Assert.StartsWith("Unordered.tags is a HashSet", fault.Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => StateCapture.Json(new Dictionary<string, int>()));
        Assert.Throws<NotSupportedException>(() => StateCapture.JsonNow(ImmutableList<ImmutableDictionary<string, int>>.Empty));
        using IStateCapture ordered = StateCapture.Json(ImmutableSortedDictionary<string, int[]>.Empty);
        Assert.Equal("{}", Encoding.UTF8.GetString(MachineDriver.BytesOf(ordered)));
    }

    [Fact]
    public void A_registry_knows_the_built_ins_and_refuses_a_name_twice_or_of_another_form()
    {
        StateMachineRegistry registry = StateMachineRegistry.WithBuiltIns();
        Assert.Equal(["config", "kv", "register"], registry.Names);
        Assert.All(registry.Names, name => Assert.True(registry.TryGet(name, out StateMachineDefinition? built) && Restorable(built)));
        Assert.False(registry.TryGet("KV", out _));
        Assert.Throws<ArgumentException>(() => registry.Add("kv", () => new Accounts()));
        foreach (string name in new[] { "", "Accounts", "1st", "a b", new string('a', 65) })
        {
            Assert.Throws<ArgumentException>(() => registry.Add(name, () => new Accounts()));
        }
    }

    [Fact]
    public void A_machine_that_loses_its_state_in_a_snapshot_is_refused_at_start()
    {
        var forgetful = new StateMachineDefinition("forgetful", 1, () => new Forgetful());
        InvalidOperationException fault = Assert.Throws<InvalidOperationException>(forgetful.RequireRestorable);
        Assert.Contains("captures other bytes", fault.Message, StringComparison.Ordinal);
    }

    private static bool Restorable(StateMachineDefinition definition)
    {
        definition.RequireRestorable();
        return true;
    }

    private static MachineDriver Driver(string name)
    {
        Assert.True(new StateMachineRegistry().Add(name, () => new Accounts()).TryGet(name, out StateMachineDefinition? definition));
        definition.RequireRestorable();
        return new MachineDriver(definition, definition.Create());
    }

    private static string Apply(MachineDriver driver, string json) => Encoding.UTF8.GetString(driver.Apply(Encoding.UTF8.GetBytes(json)).Result);

    private sealed record Deposit(string Account, long Amount)
    {
        public string Account { get; } = Account.Length > 0 ? Account : throw new ArgumentException("An account has a name.", nameof(Account));
    }

    private sealed record Receipt(long Balance, string? Refused);

    private sealed record Unordered(HashSet<string> Tags);

    private sealed class Accounts : StateMachine<Deposit, Receipt, string, long>
    {
        private ImmutableSortedDictionary<string, long> _balances = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

        public override Receipt Apply(in ApplyContext context, Deposit command)
        {
            long balance = _balances.GetValueOrDefault(command.Account);
            if (balance + command.Amount < 0)
            {
                return new Receipt(balance, "balance too low");
            }

            _balances = _balances.SetItem(command.Account, balance + command.Amount);
            return new Receipt(balance + command.Amount, null);
        }

        public override long Query(string query) => _balances.GetValueOrDefault(query);

        public override IStateCapture Capture() => StateCapture.Json(_balances);

        public override void Restore(Stream snapshot) =>
            _balances = StateCapture.ReadJson<ImmutableSortedDictionary<string, long>>(snapshot).WithComparers(StringComparer.Ordinal);
    }

    private sealed class Sum : StateMachine<int, int>
    {
        private int _sum;

        public override int Apply(in ApplyContext context, int command) => _sum += command;

        public override IStateCapture Capture() => StateCapture.JsonNow(_sum);

        public override void Restore(Stream snapshot) => _sum = StateCapture.ReadJson<int>(snapshot);
    }

    private sealed class OneByte : ICommandCodec<int>
    {
        public void Encode(int value, System.Buffers.IBufferWriter<byte> output)
        {
            output.GetSpan(1)[0] = (byte)value;
            output.Advance(1);
        }

        public bool TryDecode(ReadOnlySpan<byte> encoded, out int value, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out string? refusal)
        {
            value = encoded.Length == 1 ? encoded[0] : 0;
            refusal = encoded.Length == 1 ? null : "one byte, please";
            return refusal is null;
        }
    }

    private sealed class Forgetful : IReplicatedStateMachine
    {
        private byte _state = 1;

        public MachineOutcome Apply(in ApplyContext context, ReadOnlySpan<byte> command, System.Buffers.IBufferWriter<byte> result) => MachineOutcome.Done;

        public MachineOutcome Query(ReadOnlySpan<byte> query, System.Buffers.IBufferWriter<byte> answer) => MachineOutcome.Done;

        public IStateCapture Capture() => StateCapture.OfBytes(new[] { _state });

        public void Restore(Stream snapshot) => _state = 0;
    }
}
