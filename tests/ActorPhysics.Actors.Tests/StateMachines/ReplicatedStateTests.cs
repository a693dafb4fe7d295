using System.Buffers;
using System.Text;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Commands;

namespace ActorPhysics.Actors.Tests.StateMachines;

public sealed class ReplicatedStateTests
{
    private static readonly GroupId Group = new(7);

    [Fact]
    public void A_command_without_a_session_takes_effect_each_time_it_is_in_the_log()
    {
        var replica = new Replica();
        Assert.Equal(["Applied:5", "Applied:10"], replica.Apply(Command("5"), Command("5")));
    }

    [Fact]
    [Trait("Seed", "5.5")]
    public void A_repeated_command_of_a_session_returns_its_first_result_and_place()
    {
        var replica = new Replica();
        SessionId session = replica.Open(nonce: 11);
        Assert.Equal(["Applied:5"], replica.Apply(Command("5", session, 1)));
        Assert.Equal(["Applied:12"], replica.Apply(Command("7", session, 2)));

        Assert.Equal(["Applied:5 again", "Applied:13"], replica.Apply(Command("5", session, 1), Command("1", session, 3)));
        Assert.Equal(2UL, replica.Batch[EntryOrdinal.First].Place.Coordinate.Index.Value);
    }

    [Fact]
    public void A_refusal_is_kept_and_repeated_like_any_result()
    {
        var replica = new Replica();
        SessionId session = replica.Open(nonce: 11);
        Assert.Equal(["Refused:no number", "Refused:no number again"], replica.Apply(Command("x", session, 1), Command("x", session, 1)));
    }

    [Fact]
    public void An_opened_session_tells_its_window_and_timeout_and_closing_it_ends_it()
    {
        var replica = new Replica(new SessionLimits { WindowCommands = 9, IdleTimeoutMs = 77 });
        SessionId session = replica.Open(nonce: 11);
        Assert.True(SessionOpened.TryRead(replica.Batch[EntryOrdinal.First].Result, out SessionOpened opened));
        Assert.Equal(new SessionOpened(session, 9, 77), opened);

        CommandView close = new() { Kind = CommandKind.CloseSession, Session = session };
        CommandView keepAlive = new() { Kind = CommandKind.KeepAlive, Session = session };
        Assert.Equal(["Applied:"], replica.Apply(Encode(keepAlive)));
        Assert.Equal(["Applied:", "SessionExpired:"], replica.Apply(Encode(close), Encode(keepAlive)));
    }

    [Fact]
    public void An_open_command_without_a_nonce_is_malformed()
    {
        var replica = new Replica();
        Assert.Equal(["Malformed:"], replica.Apply(Encode(new CommandView { Kind = CommandKind.OpenSession })));
    }

    [Fact]
    public void A_result_beyond_the_limit_is_dropped_though_the_command_took_effect()
    {
        var definition = new StateMachineDefinition("echo", 1, () => new EchoMachine());
        var state = new ReplicatedState(definition, Group, new SessionLimits { MaxResultBytes = 256 });
        using var batch = new AppliedBatch();
        var writer = new CommandBatchWriter();
        writer.Add(new CommandView { Payload = new byte[256] });
        writer.Add(new CommandView { Payload = new byte[257] });
        writer.Add(new CommandView { Payload = "after"u8 });
        state.ApplyCommands(At(1), default, writer.WrittenSpan, batch);

        Assert.Equal(CommandStatus.Applied, batch[new EntryOrdinal(0)].Status);
        Assert.Equal(CommandStatus.ResultTooLarge, batch[new EntryOrdinal(1)].Status);
        Assert.Equal(0, batch[new EntryOrdinal(1)].Result.Length);
        Assert.Equal("after", Encoding.ASCII.GetString(batch[new EntryOrdinal(2)].Result));
    }

    [Fact]
    public void A_machine_that_throws_stops_the_replica_for_good()
    {
        var replica = new Replica();
        InvariantViolationException first = Assert.Throws<InvariantViolationException>(() => replica.Apply(Command("throw")));
        Assert.Equal("StateMachineTotal", first.Invariant);
        Assert.Contains("half done", first.Message, StringComparison.Ordinal);

        Assert.Same(first, Assert.Throws<InvariantViolationException>(() => replica.Apply(Command("1"))));
        Assert.Same(first, Assert.Throws<InvariantViolationException>(() => replica.State.Capture(default)));
        Assert.Same(first, Assert.Throws<InvariantViolationException>(() => replica.State.Query("1"u8, scope: null, new PooledBuffer())));
    }

    [Fact]
    public void A_query_that_throws_is_refused_and_leaves_the_state_serving()
    {
        var replica = new Replica();
        replica.Apply(Command("3"));
        using var answer = new PooledBuffer();
        answer.Write("kept "u8);
        Assert.Equal(QueryOutcome.Refused, replica.State.Query("throw"u8, scope: null, answer));
        Assert.Equal("kept The query failed: InvalidOperationException: no answer", Encoding.UTF8.GetString(answer.WrittenSpan));
        Assert.Equal(["Applied:4"], replica.Apply(Command("1")));
    }

    [Theory]
    [Trait("Pitfall", "15")]
    [InlineData(7, 1, true)]
    [InlineData(7, 2, false)]
    [InlineData(7, 0, false)]
    [InlineData(8, 1, false)]
    public void Only_the_next_entry_of_the_group_is_applied(ulong group, ulong index, bool next)
    {
        var state = new ReplicatedState(CounterMachine.Definition, Group, SessionLimits.Default);
        var at = new Coordinate(new GroupId(group), ConfigEpoch.Founding, new LeaderEpoch(1), new LogIndex(index));
        using var batch = new AppliedBatch();
        Exception? fault = Record.Exception(() => state.ApplyCommands(at, default, default, batch));
        Assert.Equal(next ? null : "ContiguousApply", (fault as InvariantViolationException)?.Invariant);
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public void An_entry_that_this_build_cannot_read_stops_the_replica_before_any_of_it_is_applied()
    {
        var replica = new Replica();
        byte[] unknown = Encode(new CommandView { Kind = (CommandKind)99 });
        InvariantViolationException fault = Assert.Throws<InvariantViolationException>(() => replica.Apply(Command("1"), unknown));
        Assert.Equal("EntryDecodable", fault.Invariant);
        Assert.Equal(LogIndex.Zero, replica.State.Applied.Index);
    }

    [Fact]
    [Trait("Pitfall", "41")]
    public void The_time_that_a_machine_sees_never_goes_back()
    {
        var seen = new List<ulong>();
        var definition = new StateMachineDefinition("clock", 1, () => new EchoMachine(context => seen.Add(context.Time.UnixMilliseconds)));
        var state = new ReplicatedState(definition, Group, SessionLimits.Default);
        using var batch = new AppliedBatch();
        var writer = new CommandBatchWriter();
        writer.Add(default(CommandView));
        foreach ((ulong index, ulong time) in new[] { (1UL, 100UL), (2UL, 90UL), (3UL, 110UL) })
        {
            state.ApplyCommands(At(index), new LogTime(time), writer.WrittenSpan, batch);
        }

        Assert.Equal([100UL, 100UL, 110UL], seen);
    }

    [Fact]
    [Trait("Pitfall", "21")]
    public void A_restored_replica_goes_on_exactly_like_the_one_that_was_captured()
    {
        var original = new Replica();
        SessionId session = original.Open(nonce: 11);
        original.Apply(Command("5", session, 1), Command("x", session, 2));
        original.State.PassEntry(original.Next());

        using var stream = new MemoryStream();
        using (ReplicatedStateCapture capture = original.State.Capture("configuration"u8.ToArray()))
        {
            original.Apply(Command("1000", session, 3));
            capture.WriteTo(stream);
        }

        stream.Position = 0;
        var restored = new Replica(ReplicatedState.Restore(CounterMachine.Definition, stream, out ReadOnlyMemory<byte> configuration));
        Assert.Equal("configuration", Encoding.ASCII.GetString(configuration.Span));
        Assert.Equal(3UL, restored.State.Applied.Index.Value);

        restored.Apply(Command("1000", session, 3));
        Assert.Equal(original.State.ComputeHash(), restored.State.ComputeHash());
        Assert.Equal(original.State.Digest, restored.State.Digest);
        Assert.Equal(["Applied:5 again", "Refused:no number again"], restored.Apply(Command("5", session, 1), Command("x", session, 2)));
    }

    [Fact]
    public void The_digest_tells_replicas_apart_that_differ_in_an_outcome_a_place_or_a_time()
    {
        static StateDigest DigestOf(string command, ulong epoch, ulong time)
        {
            var state = new ReplicatedState(CounterMachine.Definition, Group, SessionLimits.Default);
            var writer = new CommandBatchWriter();
            writer.Add(Command(command));
            using var batch = new AppliedBatch();
            state.ApplyCommands(new Coordinate(Group, ConfigEpoch.Founding, new LeaderEpoch(epoch), new LogIndex(1)), new LogTime(time), writer.WrittenSpan, batch);
            return state.Digest;
        }

        StateDigest reference = DigestOf("1", 1, 1);
        Assert.Equal(reference, DigestOf("1", 1, 1));
        Assert.Equal(4, new HashSet<StateDigest> { reference, DigestOf("2", 1, 1), DigestOf("1", 2, 1), DigestOf("1", 1, 2) }.Count);
    }

    [Fact]
    public void A_snapshot_damaged_in_any_byte_is_refused()
    {
        var original = new Replica();
        SessionId session = original.Open(nonce: 11);
        original.Apply(Command("5", session, 1));
        using var stream = new MemoryStream();
        using (ReplicatedStateCapture capture = original.State.Capture("configuration"u8.ToArray()))
        {
            capture.WriteTo(stream);
        }

        byte[] sound = stream.ToArray();
        for (int i = 0; i < sound.Length; i++)
        {
            byte[] damaged = [.. sound];
            damaged[i] ^= 0x40;
            Assert.Throws<InvalidDataException>(() => ReplicatedState.Restore(CounterMachine.Definition, new MemoryStream(damaged), out _));
            Assert.Throws<InvalidDataException>(() => ReplicatedState.Restore(CounterMachine.Definition, new MemoryStream(sound[..i]), out _));
        }
    }

    [Fact]
    public void A_snapshot_of_another_machine_or_of_a_later_version_is_refused()
    {
        using var stream = new MemoryStream();
        var later = new StateMachineDefinition("counter", 2, () => new CounterMachine());
        using (ReplicatedStateCapture capture = new ReplicatedState(later, Group, SessionLimits.Default).Capture(default))
        {
            capture.WriteTo(stream);
        }

        Exception? RestoreAs(StateMachineDefinition definition)
        {
            stream.Position = 0;
            return Record.Exception(() => ReplicatedState.Restore(definition, stream, out _));
        }

        Assert.Null(RestoreAs(later));
        Assert.Contains("version 2", RestoreAs(CounterMachine.Definition)!.Message, StringComparison.Ordinal);
        Assert.Contains("not of 'other'", RestoreAs(new StateMachineDefinition("other", 2, () => new CounterMachine()))!.Message, StringComparison.Ordinal);
    }

    private static Coordinate At(ulong index) => new(Group, ConfigEpoch.Founding, new LeaderEpoch(1), new LogIndex(index));

    private static byte[] Command(string payload, SessionId session = default, ulong sequence = 0, ulong completedThrough = 0) => Encode(new CommandView
    {
        Session = session,
        Sequence = new CommandSequence(sequence),
        CompletedThrough = new CommandSequence(completedThrough),
        Payload = Encoding.ASCII.GetBytes(payload),
    });

    private static byte[] Encode(in CommandView command)
    {
        var output = new ArrayBufferWriter<byte>();
        command.WriteTo(output);
        return output.WrittenSpan.ToArray();
    }

    private sealed class EchoMachine(Action<ApplyContext>? onApply = null) : IReplicatedStateMachine
    {
        public MachineOutcome Apply(in ApplyContext context, ReadOnlySpan<byte> command, IBufferWriter<byte> result)
        {
            onApply?.Invoke(context);
            result.Write(command);
            return MachineOutcome.Done;
        }

        public MachineOutcome Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) => MachineOutcome.Refused;

        public IStateCapture Capture() => StateCapture.OfBytes(default);

        public void Restore(Stream snapshot)
        {
        }
    }

    [Fact]
    public void A_witness_passes_entries_and_has_nothing_to_apply_them_to()
    {
        ReplicatedState witness = ReplicatedState.LogOnly(CounterMachine.Definition, At(4));
        witness.PassEntry(At(5));
        Assert.Equal(5UL, witness.Applied.Index.Value);
        using (ReplicatedStateCapture capture = witness.Capture(new byte[] { 1 }))
        {
            var body = new MemoryStream();
            Assert.Equal(default, capture.WriteTo(body));
            Assert.Equal(0, body.Length);
        }

        Assert.Throws<InvariantViolationException>(() => witness.PassEntry(At(7)));
        var whole = new Replica(ReplicatedState.LogOnly(CounterMachine.Definition, At(4)));
        Assert.Equal("StateMachineSafety", Assert.Throws<InvariantViolationException>(() => whole.Apply(Command("5"))).Invariant);
    }

    /// <summary>A state with its log: entries get consecutive indices and outcomes are told as text.</summary>
    private sealed class Replica(ReplicatedState state)
    {
        public Replica(SessionLimits? limits = null)
            : this(new ReplicatedState(CounterMachine.Definition, Group, limits ?? SessionLimits.Default))
        {
        }

        public ReplicatedState State { get; } = state;
        public AppliedBatch Batch { get; } = new();

        public Coordinate Next() => At(State.Applied.Index.Next.Value);

        public List<string> Apply(params byte[][] commands)
        {
            var writer = new CommandBatchWriter();
            foreach (byte[] command in commands)
            {
                writer.Add(command);
            }

            State.ApplyCommands(Next(), default, writer.WrittenSpan, Batch);
            var told = new List<string>();
            for (uint ordinal = 0; ordinal < Batch.Count; ordinal++)
            {
                AppliedCommand outcome = Batch[new EntryOrdinal(ordinal)];
                told.Add($"{outcome.Status}:{Encoding.ASCII.GetString(outcome.Result)}{(outcome.Repeated ? " again" : "")}");
            }

            return told;
        }

        public SessionId Open(ulong nonce)
        {
            var writer = new CommandBatchWriter();
            writer.Add(new CommandView { Kind = CommandKind.OpenSession, Session = new SessionId(nonce) });
            State.ApplyCommands(Next(), default, writer.WrittenSpan, Batch);
            Assert.True(SessionOpened.TryRead(Batch[EntryOrdinal.First].Result, out SessionOpened opened));
            return opened.Session;
        }
    }
}
