using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Client.Tests.Fakes;

/// <summary>Configurations of groups as they come to be.</summary>
internal static class Groups
{
    /// <summary>The settled configuration in which a new replica on one node has taken the place of that on another.</summary>
    public static GroupConfiguration Replaced(GroupConfiguration before, NodeId from, NodeId to)
    {
        Member[] members =
        [
            .. before.Members.Where(member => member.Node != from),
            new Member(new ReplicaId(before.HighestReplica.Value + 1), to, MemberRole.Voter),
        ];
        QuorumSystem quorums = QuorumSystem.TryCreate(new MajorityRule([.. members.Select(member => member.Replica)]), before.FailureModel, out QuorumRefusal? defect)
            ?? throw new ArgumentException(defect!.Explanation);
        return GroupConfiguration.TryCreate(
            before.Group, before.Incarnation, new ConfigEpoch(before.Epoch.Value + 3), [.. members], quorums, before.FailureModel, out string? refusal)
            ?? throw new ArgumentException(refusal);
    }
}
