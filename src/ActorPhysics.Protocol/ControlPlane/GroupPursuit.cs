using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>Founds groups and retires them.</summary>
internal sealed class GroupPursuit(ControlDesk desk)
{
    // Founding replicas of serving groups that their nodes are not known to hold. Soft: whole reports tell of them again.
    private readonly SortedSet<(GroupId Group, NodeId Node)> _missing = [];

    // Replicas of groups that are forgotten, which their nodes are not known to have ended. Soft as well.
    private readonly SortedDictionary<(GroupId Group, NodeId Node), GroupIncarnation> _leftovers = [];

    public void Clear()
    {
        _missing.Clear();
        _leftovers.Clear();
    }

    /// <summary>The group serves before all of its founding replicas are hosted, since a majority is enough; the orders for the others go on.</summary>
    public void GoOnFounding(GroupRecord group)
    {
        foreach (Member member in group.Charter.Founding.Members)
        {
            _missing.Add((group.Group, member.Node));
        }

        Complete();
    }

    /// <summary>A group is forgotten although nodes that were absent were not told; they are told when they are there again.</summary>
    public void GoOnRetiring(GroupRecord gone)
    {
        foreach (NodeId node in HomesOf(gone))
        {
            if (!desk.Orders.IsDone(node, RetirementOf(gone)))
            {
                _leftovers[(gone.Group, node)] = gone.Charter.Incarnation;
            }
        }
    }

    /// <summary>Orders what is missing until it is there, and away what is left over until it is gone, or nobody counts on it any more.</summary>
    public void Complete()
    {
        _missing.RemoveWhere(missing =>
            !desk.State.Groups.TryGetValue(missing.Group, out GroupRecord? group)
            || group.Stage != GroupStage.Serving
            || FounderOn(group, missing.Node) is not { } founder
            || (desk.IsPresent(missing.Node) && desk.Order(missing.Node, new HostOrder(group.Charter, founder.Replica))));
        foreach (((GroupId group, NodeId node), GroupIncarnation incarnation) in _leftovers.ToArray())
        {
            bool isOver = !desk.State.Nodes.ContainsKey(node)
                || (desk.IsPresent(node) && desk.Order(node, new RetireOrder(group, incarnation, "the config group has forgotten it")));
            if (isOver)
            {
                _leftovers.Remove((group, node));
            }
        }
    }

    /// <summary>Has the founding replicas hosted; the group serves when it has a leader.</summary>
    public void Found(GroupRecord group)
    {
        foreach (Member member in group.Charter.Founding.Members)
        {
            desk.Order(member.Node, new HostOrder(group.Charter, member.Replica));
        }

        if (desk.Sight.Find(group.Group) is { } sight && sight.Report.Configuration.Incarnation == group.Charter.Incarnation)
        {
            desk.Propose(new NoteServing(group.Group), group.Group.Value);
        }
    }

    /// <summary>
    /// Ends a group's replicas. A node that is absent cannot be told, and need not be waited for: when it reports what lives there it is told then.
    /// </summary>
    public void Retire(GroupRecord group)
    {
        bool isOver = true;
        foreach (NodeId node in HomesOf(group))
        {
            if (desk.State.Nodes.ContainsKey(node))
            {
                isOver &= desk.Order(node, RetirementOf(group)) || !desk.IsPresent(node);
            }
        }

        if (isOver)
        {
            desk.Propose(new ForgetGroup(group.Group), group.Group.Value);
        }
    }

    /// <summary>
    /// Compares what lives on a node with what shall live there, after the node told everything: a group that was forgotten is retired there, and a replica that
    /// its group counts on and that the node does not hold, because it was away when it was ordered, is ordered again.
    /// </summary>
    public void Compare(NodeId node, NodeSight sight)
    {
        foreach ((GroupId group, HostedReplica hosted) in sight.Hosted)
        {
            // Only ids that were given: a state that is behind knows nothing of newer ones. An id is never given twice, so what is gone stays gone.
            bool isForgotten = group.CompareTo(GroupCharter.FirstMadeGroup) >= 0 && group.CompareTo(desk.State.LastGroup) <= 0 && !desk.State.Groups.ContainsKey(group);
            if (isForgotten)
            {
                _leftovers[(group, node)] = hosted.Incarnation;
            }
        }

        Complete();
    }

    /// <summary>Has the founding replicas of a serving group hosted that their node lacks although the group still counts on them.</summary>
    public void CompleteOn(NodeId node, NodeSight sight, GroupRecord group)
    {
        if (group.Stage != GroupStage.Serving || sight.Hosted.ContainsKey(group.Group))
        {
            return;
        }

        if (FounderOn(group, node) is not null)
        {
            _missing.Add((group.Group, node));
        }
    }

    /// <summary>
    /// The member of a group on a node that was there at the founding; null when there is none. A later replica is hosted before it becomes a member; only a
    /// founding one can be missing because nobody could reach its node.
    /// </summary>
    private static Member? FounderOn(GroupRecord group, NodeId node)
    {
        foreach (Member member in group.Configuration.Members)
        {
            if (member.Node == node && group.Charter.Founding.Find(member.Replica) is not null)
            {
                return member;
            }
        }

        return null;
    }

    private static RetireOrder RetirementOf(GroupRecord group) => new(group.Group, group.Charter.Incarnation, $"{group.Charter.Name} is over");

    /// <summary>Every node on which a replica of the group may live.</summary>
    private SortedSet<NodeId> HomesOf(GroupRecord group)
    {
        var homes = new SortedSet<NodeId>(desk.Sight.OrderedTo(group.Group));
        foreach (Member member in group.Configuration.Members.AddRange(group.Charter.Founding.Members))
        {
            homes.Add(member.Node);
        }

        foreach ((NodeId node, NodeSight sight) in desk.Sight.Nodes)
        {
            if (sight.Hosted.ContainsKey(group.Group))
            {
                homes.Add(node);
            }
        }

        return homes;
    }
}
