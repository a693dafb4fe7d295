using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>What the pursuits of one stay in office share: the decided state, what was heard, what was ordered and proposed, and what the step asks for.</summary>
internal sealed class ControlDesk(ConfigPolicy policy)
{
    private static readonly TimeSpan ProposalPatience = TimeSpan.FromSeconds(1);

    // When a proposal may be made again, because its outcome has not shown in the state.
    private readonly SortedDictionary<ProposalKey, MonotonicTime> _proposed = [];

    /// <summary>What a proposal is about, so that it is made once while its outcome is awaited.</summary>
    private readonly record struct ProposalKey(string Kind, ulong About, ulong Detail) : IComparable<ProposalKey>
    {
        public int CompareTo(ProposalKey other)
        {
            int order = string.CompareOrdinal(Kind, other.Kind);
            order = order != 0 ? order : About.CompareTo(other.About);
            return order != 0 ? order : Detail.CompareTo(other.Detail);
        }
    }

    public ConfigPolicy Policy { get; } = policy;
    public OrderBook Orders { get; } = new(policy);
    public ClusterSight Sight { get; } = new();
    public ConfigState State { get; set; } = ConfigState.Empty;
    public MonotonicTime Now { get; set; }
    public LogTime WallTime { get; set; }

    /// <summary>Set for the duration of a step.</summary>
    public List<ConfigEffect> Effects { get; set; } = [];

    /// <summary>Proposes a command, unless its outcome is awaited already.</summary>
    /// <param name="about">With <paramref name="detail"/>, what tells this proposal from others of its kind.</param>
    public void Propose(ConfigCommand command, ulong about, ulong detail = 0)
    {
        var key = new ProposalKey(command.GetType().Name, about, detail);
        if (_proposed.TryGetValue(key, out MonotonicTime due) && Now < due)
        {
            return;
        }

        _proposed[key] = Now + ProposalPatience;
        Effects.Add(new ProposeCommand(command));
    }

    /// <summary>Whether the order was done at the node; if not, it is on its way or will be sent when it is due.</summary>
    public bool Order(NodeId node, NodeOrder order)
    {
        if (order is HostOrder)
        {
            Sight.NoteOrdered(order.Group, node);
        }

        return Orders.Ensure(Now, node, order, Effects);
    }

    /// <summary>What the group's leader said last; null when it did not, or when who spoke is of another incarnation than the group is on record.</summary>
    public GroupSight? SightOf(GroupId group) =>
        Sight.Find(group) is { } sight && State.Groups.TryGetValue(group, out GroupRecord? record) && sight.Report.Configuration.Incarnation == record.Configuration.Incarnation
            ? sight
            : null;

    /// <summary>Whether the node is registered and was not found absent: an order to it has a chance.</summary>
    public bool IsPresent(NodeId node) => State.Nodes.TryGetValue(node, out NodeRecord? record) && record.AbsentSince is null;

    /// <summary>Forgets outcomes that have shown, or never will.</summary>
    public void Tidy()
    {
        List<ProposalKey>? over = null;
        foreach ((ProposalKey key, MonotonicTime due) in _proposed)
        {
            if (due <= Now)
            {
                (over ??= []).Add(key);
            }
        }

        over?.ForEach(key => _proposed.Remove(key));
    }

    public void Clear()
    {
        _proposed.Clear();
        Orders.Clear();
        Sight.Clear();
    }
}
