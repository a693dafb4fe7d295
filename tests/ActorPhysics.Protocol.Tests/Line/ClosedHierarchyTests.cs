using System.Collections.Immutable;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Tests.Harness;
using ActorPhysics.Protocol.Tests.Scenarios;
using static ActorPhysics.Protocol.Tests.Harness.ReplicaUnderTest;

namespace ActorPhysics.Protocol.Tests.Line;

/// <summary>A forgotten case fails here, not in a cluster (STYLE, rule 3).</summary>
public sealed class ClosedHierarchyTests
{
    /// <summary>Completions of effects: without the effect they are a host's mistake, and stop the replica.</summary>
    private static readonly Type[] OnlyAfterAnEffect = [typeof(EntriesApplied), typeof(SnapshotCaptured)];

    private static readonly RequestToken Token = new(5, 5);

    /// <summary>What all the scenarios together met.</summary>
    private static readonly Lazy<Seen> Scenarios = new(() =>
    {
        var all = new Seen();
        foreach (string name in ScenarioFile.Names)
        {
            var runner = new ScenarioRunner();
            runner.Play(ScenarioFile.Load(name));
            all.Add(runner.Cluster.Seen);
        }

        return all;
    });

    [Fact]
    public void Every_message_reaches_a_handler_in_every_role()
    {
        foreach (Func<ReplicaUnderTest> role in Roles)
        {
            foreach (Type type in SubtypesOf<LineMessage>())
            {
                ReplicaUnderTest replica = role();
                LineMessage message = Assert.Single(MessagesTo(replica), sample => sample.GetType() == type);

                replica.Hear(message);
                replica.Line.Step(new RecordsDurable(replica.Now, default), []);
            }
        }
    }

    [Fact]
    public void Every_input_is_taken_in_every_role()
    {
        foreach (Func<ReplicaUnderTest> role in Roles)
        {
            foreach (Type type in SubtypesOf<LineInput>().Except([typeof(Started), .. OnlyAfterAnEffect]))
            {
                ReplicaUnderTest replica = role();

                replica.Step(Assert.Single(InputsOf(replica), sample => sample.GetType() == type));
            }
        }
    }

    [Fact]
    public void Every_message_has_a_consequence_in_some_scenario() =>
        Assert.Empty(SubtypesOf<LineMessage>().Except(Scenarios.Value.ConsequentialMessages));

    [Fact]
    public void Every_input_occurs_in_some_scenario() => Assert.Empty(SubtypesOf<LineInput>().Except(Scenarios.Value.Inputs));

    [Fact]
    public void Every_effect_is_produced_in_some_scenario() => Assert.Empty(SubtypesOf<LineEffect>().Except(Scenarios.Value.Effects));

    [Fact]
    public void Every_history_event_is_recorded_in_some_scenario()
    {
        // An operator's order writes it into a journal that no replica uses at the time: see the tests of recovery on nodes.
        Type[] ofOperators = [typeof(GroupRecovered)];
        Assert.Empty(SubtypesOf<HistoryEvent>().Except(Scenarios.Value.Records).Except(ofOperators));
    }

    private static IReadOnlyList<Func<ReplicaUnderTest>> Roles =>
    [
        () => new ReplicaUnderTest(RecoveredReplica.Fresh(Groups.Majority(3))),
        () => Holding(epoch: 5, [At(5, 1)]),
        () => InRole(replica => replica.Fire(LineTimer.Election), LineRole.PreCandidate),
        () => InRole(replica => replica.Campaign(), LineRole.Candidate),
        () => Leading(epoch: 5, [At(4, 1)]),
        () => Recovered([], Groups.Majority(3), damage: new JournalDamage("nothing is readable", PromiseLost: true)),
    ];

    private static ReplicaUnderTest InRole(Action<ReplicaUnderTest> become, LineRole role)
    {
        ReplicaUnderTest replica = Holding(epoch: 4, [At(4, 1)]);
        replica.Pass(replica.Options.ElectionTimeoutMaximum);
        become(replica);
        Assert.Equal(role, replica.Line.RoleKind);
        return replica;
    }

    private static IEnumerable<LineMessage> MessagesTo(ReplicaUnderTest replica)
    {
        // From the leader of a later epoch, so that no role may take it for stale or for a second leader.
        Envelope envelope = replica.From(2, 9);
        SnapshotDescription snapshot = Trims.Snapshot(replica.Configuration, At(8, 7));
        yield return new PreVoteRequest(envelope, new LeaderEpoch(10), At(8, 8));
        yield return new PreVoteAnswer(envelope, new LeaderEpoch(10), granted: true);
        yield return new VoteRequest(envelope, At(8, 8), leadershipTransfer: true);
        yield return new VoteAnswer(envelope, granted: true);
        yield return new EpochFenced(envelope);
        yield return new TransferNow(envelope);
        yield return new AppendEntries(envelope, default, [Entry(At(9, 1))], commit: null);
        yield return new AppendAccepted(envelope, new LogIndex(1));
        yield return new AppendConflict(envelope, At(4, 1), default);
        yield return new Heartbeat(envelope, new ReadRound(1), commit: null);
        yield return new HeartbeatAnswer(envelope, new ReadRound(1));
        yield return new SnapshotChunk(envelope, snapshot, 0, new byte[4]);
        yield return new SnapshotProgress(envelope, snapshot.Position, 4);
        yield return new SnapshotInstalled(envelope, snapshot.Position);
        yield return new ReadIndexRequest(envelope, new ReadIndexToken(3));
        yield return new ReadIndexAnswer(envelope, new ReadIndexToken(3), evidence: null);
        yield return new RepairRequest(envelope, new RepairToken(3));
        yield return new RepairAnswer(envelope, new RepairToken(3), At(8, 8));
        yield return new Quiesce(envelope, At(8, 8), new ReadRound(1));
        yield return new QuiesceAccepted(envelope, new ReadRound(1));
        yield return new WakeUp(envelope);
        yield return new MembershipInquiry(envelope);
        yield return new MembershipEnded(envelope, replica.Configuration, replica.Evidence(2, At(8, 8)));
    }

    private static IEnumerable<LineInput> InputsOf(ReplicaUnderTest replica)
    {
        SnapshotDescription snapshot = Trims.Snapshot(replica.Configuration, At(5, 1));
        var now = replica.Now;
        yield return new MessageArrived(now, new EpochFenced(replica.From(2, 9)));
        yield return new TimerFired(now, LineTimer.Election);
        yield return new RecordsDurable(now, default);
        yield return new WriteRequested(now, default, "x"u8.ToArray(), [Token]);
        yield return new ReadRequested(now, ReadLevel.Strong, [Token]);
        yield return new TransferRequested(now, Token, new ReplicaId(2));
        yield return new MembershipRequested(now, Token, replica.Configuration.Epoch, new MembershipTarget(replica.Configuration.Members, replica.Configuration.Quorums.Rule));
        yield return new PeerConnected(now, new ReplicaId(2));
        yield return new PeerDisconnected(now, new ReplicaId(2));
        yield return new SnapshotCaptureFailed(now);
        yield return new SnapshotChunkRead(now, new ReplicaId(2), snapshot, 0, new byte[4]);
        yield return new SnapshotChunkStored(now, snapshot, 4);
        yield return new SnapshotPrepared(now, SnapshotShelf.Verify(Trims.Snapshot(replica.Configuration, At(9, 9)), new byte[8])!, Trims.Snapshot(replica.Configuration, At(9, 9)));
    }

    private static ImmutableArray<Type> SubtypesOf<T>() => [.. typeof(T).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(T)) && !type.IsAbstract)];
}
