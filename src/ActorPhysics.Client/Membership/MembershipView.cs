using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Membership;

/// <summary>A group's members as the nodes tell of them at one moment.</summary>
/// <param name="Configuration">The newest configuration that any node told of.</param>
/// <param name="IsCommitted">Whether that configuration is on the trunk as far as any node knows.</param>
/// <param name="Leader">The node that leads, by the newest era that any node told of; <c>default</c> while none is known.</param>
/// <param name="Members">Its members, by replica.</param>
/// <param name="Retired">What nodes keep of former members.</param>
/// <param name="NextReplica">The lowest id that was never used, as far as the nodes that answered know.</param>
/// <param name="Nodes">Where the cluster's nodes are reached.</param>
public sealed record MembershipView(
    GroupConfiguration Configuration,
    bool IsCommitted,
    NodeId Leader,
    ImmutableArray<MemberView> Members,
    ImmutableArray<ReplicaStatus> Retired,
    ReplicaId NextReplica,
    ImmutableArray<ClusterNodeStatus> Nodes)
{
    /// <summary>How far a membership change has come.</summary>
    public MembershipStage Stage => Configuration.Stage;

    /// <summary>Whether no change is under way, and that is certain.</summary>
    public bool IsSettled => Stage == MembershipStage.Settled && IsCommitted;

    internal static MembershipView? Of(GroupId group, IReadOnlyCollection<NodeReport> reports)
    {
        NodeStatus[] nodes = [.. reports.Select(report => report.Status).OfType<NodeStatus>()];
        (NodeStatus Node, GroupStatus Group)[] seen =
            [.. nodes.SelectMany(node => node.Groups.Where(candidate => candidate.Group == group).Select(candidate => (node, candidate)))];
        GroupStatus[] configured = [.. seen.Select(each => each.Group).Where(each => each.Configuration is not null)];
        if (configured.Length == 0)
        {
            return null;
        }

        // A leader's log decides between two branches that give one ConfigEpoch to different configurations.
        GroupStatus newest = configured
            .OrderByDescending(each => each.Configuration!.Epoch)
            .ThenByDescending(each => each.IsConfigurationCommitted)
            .ThenByDescending(each => each.LeaderEpoch)
            .First();
        GroupConfiguration configuration = newest.Configuration!;
        GroupStatus? leader = seen.Where(each => each.Group.LeaderNode == each.Node.Node).Select(each => each.Group).OrderByDescending(each => each.LeaderEpoch).FirstOrDefault();
        ReplicaId highest = seen.Select(each => each.Group.HighestReplicaHere).Append(configuration.HighestReplica).Max();
        return new MembershipView(
            configuration,
            newest.IsConfigurationCommitted,
            leader?.LeaderNode ?? default,
            [.. configuration.Members.Select(member => MemberView.Of(member, configuration, seen, leader))],
            [.. seen.SelectMany(each => each.Group.Replicas).Where(replica => replica is { IsLocal: true, Role: ReplicaRole.Retired }).OrderBy(replica => replica.Replica)],
            new ReplicaId(highest.Value + 1),
            [.. nodes.SelectMany(node => node.Nodes).DistinctBy(node => node.Node).OrderBy(node => node.Node)]);
    }
}

/// <summary>One member of a group.</summary>
/// <param name="Member">Its place in the configuration.</param>
/// <param name="Becomes">Its place at the end of the change under way; null when it leaves. As now when no change is under way.</param>
/// <param name="Role">What it does, as its own node says; <see cref="ReplicaRole.Unknown"/> when that does not answer.</param>
/// <param name="Appended">How far its log reaches, as its own node says.</param>
/// <param name="LagEntries">How far it is behind the leader, as the leader says; null while nobody leads.</param>
/// <param name="Trouble">Why it takes no part; empty while it does.</param>
public sealed record MemberView(Member Member, MemberRole? Becomes, ReplicaRole Role, LogIndex Appended, ulong? LagEntries, string Trouble)
{
    internal static MemberView Of(Member member, GroupConfiguration configuration, (NodeStatus Node, GroupStatus Group)[] seen, GroupStatus? leader)
    {
        ReplicaStatus? own = seen.SelectMany(each => each.Group.Replicas).FirstOrDefault(replica => replica.IsLocal && replica.Replica == member.Replica);
        ReplicaStatus? led = leader?.Replicas.FirstOrDefault(replica => replica.Replica == member.Replica);
        MemberRole? end = configuration.Target is { } target ? target.Find(member.Replica)?.Role : member.Role;
        string trouble = own is not null ? own.StoppedBecause
            : seen.Any(each => each.Node.Node == member.Node) ? "its node holds another replica" : "its node does not tell of it";
        return new MemberView(member, end, own?.Role ?? ReplicaRole.Unknown, own?.Appended ?? default, led?.LagEntries, trouble);
    }
}
