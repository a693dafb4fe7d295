using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.ControlPlane;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>Groups that no settings name.</summary>
internal static class Charters
{
    public static GroupCharter Of(GroupId group, params ulong[] nodes)
    {
        ImmutableArray<Member> members =
            [.. nodes.Select((node, index) => new Member(new ReplicaId((ulong)index + 1), new NodeId(node), MemberRole.Voter))];
        QuorumSystem quorums = QuorumSystem.TryCreate(new MajorityRule([.. members.Select(member => member.Replica)]), CrashRecovery.Instance, out _)!;
        GroupConfiguration founding = GroupConfiguration.Create(
            group, new GroupIncarnation(group.Value | 1), ConfigEpoch.Founding, members, quorums, CrashRecovery.Instance);
        return new GroupCharter($"orders-{group.Value - GroupCharter.FirstMadeGroup.Value}", "kv", founding, Keys: null);
    }
}
