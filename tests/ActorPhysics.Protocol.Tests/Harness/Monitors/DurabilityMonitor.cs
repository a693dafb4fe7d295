using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line.Effects;

namespace ActorPhysics.Protocol.Tests.Harness.Monitors;

/// <summary>
/// CommitQuorumDurability (seed §4.1): at every moment some commit quorum durably holds the trunk through everything ever committed. A replica
/// whose journal was damaged holds less than it said; what must then be true is that nobody can be elected without a voter that holds it all.
/// </summary>
internal sealed class DurabilityMonitor(Cluster cluster, TrunkMonitor trunk) : Monitor(cluster)
{
    /// <summary>What the replica's word stands for under the failure model.</summary>
    public static ShadowLog HeldBy(SimulatedReplica replica, FailureModel failureModel) =>
        failureModel.Acknowledgement == AcknowledgementMeaning.Durable ? replica.Disk : replica.Memory;

    public override void AfterStep(SimulatedReplica replica, IReadOnlyList<LineEffect> effects)
    {
        LogPosition end = trunk.End;
        QuorumSystem quorums = Cluster.Configurations.Deciding(trunk.IsTrunk);
        MemberSet holders = MemberSet.Empty;
        MemberSet silent = MemberSet.Empty;
        foreach (SimulatedReplica each in Cluster.Replicas)
        {
            int position = quorums.PositionOf(each.Id);
            if (position < 0)
            {
                continue;
            }

            holders = HeldBy(each, Cluster.Configuration.FailureModel).Contains(end) ? holders.With(position) : holders;
            silent = each.Journal.OwesRepair ? silent.With(position) : silent;
        }

        bool held = silent.IsEmpty ? quorums.IsCommitQuorum(holders) : quorums.MeetsEveryElectionQuorum(holders.Union(silent));
        Require(held || end == default, "CommitQuorumDurability", $"{end} is committed and durably held only by {quorums.Describe(holders)}");
    }
}
