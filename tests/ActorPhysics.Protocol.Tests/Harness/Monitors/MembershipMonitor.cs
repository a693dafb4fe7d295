using ActorPhysics.Core;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness.Monitors;

/// <summary>
/// The steps of membership changes (Raft §6): a leader proposes one only over a committed one, after a commit of its own epoch; on the trunk each
/// follows from the one before; no replica id ever comes back.
/// </summary>
internal sealed class MembershipMonitor(Cluster cluster, TrunkMonitor trunk) : Monitor(cluster)
{
    public override void AfterStep(SimulatedReplica replica, IReadOnlyList<LineEffect> effects)
    {
        foreach (ConfigurationEntry entry in effects.OfType<Persist>().SelectMany(persist => persist.Records).OfType<EntriesAppended>()
            .SelectMany(record => record.Entries).OfType<ConfigurationEntry>())
        {
            PlacedConfiguration former = replica.Line!.Configurations.Placed.LastOrDefault(placed => placed.From < entry.Position.Index);
            Require(former.Configuration is null || IsStep(former.Configuration, entry.Configuration), InvariantNames.QuorumIntersection,
                $"{replica.Id} goes from {former.Configuration} to {entry.Configuration}");
            bool proposes = entry.Position.Epoch == replica.Line.Epoch && (replica.Line.RoleKind == LineRole.Leader || effects.Any(effect => effect is RoleChanged));
            Require(!proposes || trunk.End.Index >= former.From, InvariantNames.QuorumIntersection, $"{replica.Id} proposes {entry.Configuration} over a wet {former.Configuration}");
            Require(!proposes || trunk.End.Epoch >= entry.Position.Epoch, InvariantNames.QuorumIntersection, $"{replica.Id} proposes {entry.Configuration} before a commit of its own");
        }
    }

    private static bool IsStep(GroupConfiguration from, GroupConfiguration to)
    {
        bool knownStage = (from.Stage, to.Stage) is (MembershipStage.Settled or MembershipStage.Learning, _) or (MembershipStage.Joint, MembershipStage.Settled);
        bool sameQuorums = to.Stage == MembershipStage.Joint || from.Stage == MembershipStage.Joint || from.Quorums.Rule == to.Quorums.Rule;
        bool freshIds = to.Members.All(member => from.Find(member.Replica) is not null || member.Replica.CompareTo(from.HighestReplica) > 0);
        return knownStage && sameQuorums && freshIds && to.Epoch == from.Epoch.Next;
    }
}
