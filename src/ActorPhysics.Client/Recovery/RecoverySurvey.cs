using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Recovery;

/// <summary>A replica that answered, as it is now.</summary>
public sealed record Survivor(NodeAddress Address, NodeId Node, string NodeName, GroupStatus Group, ReplicaStatus Replica)
{
    public LogPosition Tail => new(Replica.TailEpoch, Replica.Appended);

    /// <summary>Whether the group could begin anew from it: it has the group's state, and knows what was promised.</summary>
    public bool IsUsable => Replica.Role is ReplicaRole.Follower or ReplicaRole.PreCandidate or ReplicaRole.Candidate or ReplicaRole.Learner;
}

/// <summary>What is left of a group, as far as nodes answer.</summary>
/// <param name="Survivors">The replicas that answered, the best first.</param>
/// <param name="Silent">Nodes that gave no answer, and why.</param>
public sealed record RecoverySurvey(GroupId Group, ImmutableArray<Survivor> Survivors, ImmutableArray<NodeReport> Silent)
{
    /// <summary>The one whose log is longest: of the newest epoch, and in it of the highest index (the rule by which voters vote). Null when none is usable.</summary>
    public Survivor? Best => Survivors.FirstOrDefault(survivor => survivor.IsUsable);

    /// <summary>The replica that leads, if any does: then nothing is lost.</summary>
    public Survivor? Leader => Survivors.FirstOrDefault(survivor => survivor.Replica.Role == ReplicaRole.Leader);

    /// <summary>No ConfigEpoch above this one was seen.</summary>
    public ConfigEpoch HighestConfigEpoch => Survivors.IsEmpty ? default : Survivors.MaxBy(survivor => survivor.Group.ConfigEpoch)!.Group.ConfigEpoch;

    /// <summary>No higher commit frontier was seen.</summary>
    public LogIndex HighestCommitted => Survivors.IsEmpty ? default : Survivors.MaxBy(survivor => survivor.Replica.Committed)!.Replica.Committed;

    internal static RecoverySurvey Of(GroupId group, IReadOnlyList<NodeReport> reports)
    {
        var survivors = new List<Survivor>();
        foreach (NodeReport report in reports)
        {
            if (report.Status is { } status
                && status.Groups.FirstOrDefault(candidate => candidate.Group == group) is { } found
                && found.Replicas.FirstOrDefault(replica => replica.IsLocal) is { } replica)
            {
                string name = status.Nodes.FirstOrDefault(node => node.Node == status.Node).Name ?? status.Node.ToString();
                survivors.Add(new Survivor(report.Address, status.Node, name, found, replica));
            }
        }

        return new RecoverySurvey(
            group,
            [.. survivors.OrderByDescending(survivor => survivor.IsUsable).ThenByDescending(survivor => survivor.Tail).ThenByDescending(survivor => survivor.Replica.Committed)],
            [.. reports.Where(report => report.Status is null)]);
    }
}
