using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>What was heard of a node during this stay in office.</summary>
internal sealed class NodeSight
{
    public MonotonicTime LastHeard { get; set; }

    /// <summary>Whether it told everything once.</summary>
    public bool IsWhole { get; set; }

    /// <summary>Whether what it told was compared with what shall live there.</summary>
    public bool WasCompared { get; set; }

    /// <summary>The replicas that live there, by the last whole report.</summary>
    public SortedDictionary<GroupId, HostedReplica> Hosted { get; } = [];
}

/// <summary>What was heard of a group: its newest leader's last word.</summary>
internal sealed record GroupSight(NodeId Leader, GroupReport Report);

/// <summary>What the reports of nodes amount to. Soft: it is lost with the office and heard again.</summary>
internal sealed class ClusterSight
{
    private readonly SortedDictionary<NodeId, NodeSight> _nodes = [];
    private readonly SortedDictionary<GroupId, GroupSight> _groups = [];

    // Where this office ordered replicas to, whatever became of the order.
    private readonly SortedDictionary<GroupId, SortedSet<NodeId>> _ordered = [];

    public IReadOnlyDictionary<NodeId, NodeSight> Nodes => _nodes;

    /// <summary>The nodes to which a replica of the group was ordered.</summary>
    public IEnumerable<NodeId> OrderedTo(GroupId group) => _ordered.TryGetValue(group, out SortedSet<NodeId>? nodes) ? nodes : [];

    /// <summary>A replica was ordered to a node: from now on it may live there.</summary>
    public void NoteOrdered(GroupId group, NodeId node)
    {
        if (!_ordered.TryGetValue(group, out SortedSet<NodeId>? nodes))
        {
            _ordered.Add(group, nodes = []);
        }

        nodes.Add(node);
    }

    public GroupSight? Find(GroupId group) => _groups.GetValueOrDefault(group);

    public void Learn(MonotonicTime now, NodeReport report)
    {
        if (!_nodes.TryGetValue(report.Node, out NodeSight? sight))
        {
            _nodes.Add(report.Node, sight = new NodeSight());
        }

        sight.LastHeard = now;
        sight.IsWhole |= report.IsWhole;
        if (report.IsWhole)
        {
            sight.Hosted.Clear();
            sight.WasCompared = false;
            foreach (HostedReplica hosted in report.Hosted)
            {
                sight.Hosted[hosted.Group] = hosted;
            }
        }

        foreach (GroupReport group in report.Led)
        {
            // Two nodes may both believe that they lead; the later epoch is right, and of one epoch there is one leader.
            if (!_groups.TryGetValue(group.Group, out GroupSight? known)
                || known.Report.Configuration.Incarnation != group.Configuration.Incarnation
                || group.Epoch >= known.Report.Epoch)
            {
                _groups[group.Group] = new GroupSight(report.Node, group);
            }
        }
    }

    public void Forget(GroupId group)
    {
        _groups.Remove(group);
        _ordered.Remove(group);
    }

    public void Clear()
    {
        _nodes.Clear();
        _groups.Clear();
        _ordered.Clear();
    }
}
