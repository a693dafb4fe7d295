using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Tests.Harness;
using static ActorPhysics.Protocol.Tests.Harness.ReplicaUnderTest;

namespace ActorPhysics.Protocol.Tests.Line;

/// <summary>What a replica makes of the configurations in its log (Raft §6, thesis §4).</summary>
[Trait("Seed", "5.1")]
public sealed class MembershipTests
{
    private static readonly GroupConfiguration Founding = Groups.Majority(3);
    private static readonly GroupConfiguration Joint = Reconfiguration.TryBegin(Founding, TargetOf(2, 3), out _)!;
    private static readonly GroupConfiguration Final = Reconfiguration.LeaveJoint(Joint);

    [Fact]
    [Trait("Pitfall", "M12")]
    public void Without_its_first_snapshot_the_whole_log_is_applied_under_the_configurations_that_were_in_force()
    {
        RecoveredReplica recovered = Fold(
            new EntriesAppended([Entry(At(1, 1)), new ConfigurationEntry(At(1, 2), Joint), new ConfigurationEntry(At(1, 3), Final), Entry(At(1, 4))]),
            Trims.Saved(Final, At(1, 4)));

        recovered.LoseSnapshot("damaged");

        Assert.Equal<ConfigEpoch>([new(1), new(2), new(3)], recovered.Configurations.Placed.Select(placed => placed.Configuration.Epoch));
        Assert.Equal(ConfigEpoch.Founding, recovered.Configurations.EpochOfEntryAt(new LogIndex(2)));
    }

    [Fact]
    public void A_pruned_configuration_is_not_in_force_after_a_restart_either()
    {
        RecoveredReplica recovered = Fold(
            new EntriesAppended([Entry(At(1, 1)), new ConfigurationEntry(At(1, 2), Joint)]),
            new BranchPruned(new LogIndex(1), new LeaderEpoch(2)));

        Assert.Equal(ConfigEpoch.Founding, recovered.Configuration.Epoch);
    }

    [Fact]
    [Trait("Pitfall", "36")]
    public void A_voter_left_out_by_a_wet_configuration_stands_even_when_it_remembers_little_of_the_trunk()
    {
        ReplicaUnderTest replica = Holding(
            epoch: 1, [At(1, 1)], Founding, more: new EntriesAppended([new ConfigurationEntry(At(1, 2), Joint), new ConfigurationEntry(At(1, 3), Final)]));
        replica.Pass(replica.Options.ElectionTimeoutMaximum);

        replica.Fire(LineTimer.Election);

        Assert.Equal(LineRole.PreCandidate, replica.Line.RoleKind);
        Assert.Equal<ReplicaId>([new(2), new(3)], replica.Sent.OfType<PreVoteRequest>().Select(request => request.Envelope.To));
    }

    private static RecoveredReplica Fold(params HistoryEvent[] events)
    {
        HistoryEvent[] all = [new EpochPromised(new LeaderEpoch(1), ReplicaId.None, default(ReplicaRun).Next), .. events];
        return RecoveredReplica.Fold(Founding, new RecordNumber(1), all, new RecordNumber((ulong)all.Length), guarded: null, damage: null);
    }

    private static MembershipTarget TargetOf(params ulong[] voters) => new(
        [.. voters.Select(id => new Member(new ReplicaId(id), new NodeId(id), MemberRole.Voter))], new MajorityRule([.. voters.Select(id => new ReplicaId(id))]));
}
