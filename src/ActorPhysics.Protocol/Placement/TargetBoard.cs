namespace ActorPhysics.Protocol.Placement;

/// <summary>
/// Finds the neediest node that a group may have a member on. Usable nodes with room in the budget stand in one sorted set per zone, so a search
/// takes the number of zones, and few steps more for nodes that the group is on already.
/// </summary>
internal sealed class TargetBoard
{
    private readonly NodeBoard _nodes;
    private readonly MoveBudget _budget;
    private readonly SortedSet<(long Excess, int Node)>[] _zones;
    private readonly long[] _listedAt;
    private readonly bool[] _isListed;
    private readonly bool[] _isHeldBack;
    private int _heldBack;
    private int _full;

    public TargetBoard(NodeBoard nodes, MoveBudget budget)
    {
        (_nodes, _budget) = (nodes, budget);
        _zones = new SortedSet<(long, int)>[nodes.ZoneCount];
        for (int zone = 0; zone < _zones.Length; zone++)
        {
            _zones[zone] = [];
        }

        (_listedAt, _isListed, _isHeldBack) = (new long[nodes.Held.Length], new bool[nodes.Held.Length], new bool[nodes.Held.Length]);
        for (int node = 0; node < nodes.Held.Length; node++)
        {
            _full += nodes.IsUsable(node) && !budget.CanReceive(node) ? 1 : 0;
            Update(node);
        }
    }

    /// <summary>Whether a usable node is missing here because it receives as much as it may.</summary>
    public bool SomeAreFull => _full > 0;

    /// <summary>Whether such a node is below its share.</summary>
    public bool SomeAreHeldBack => _heldBack > 0;

    /// <summary>Whether a node that can receive is below its share.</summary>
    public bool SomeAreNeedy
    {
        get
        {
            foreach (SortedSet<(long Excess, int Node)> zone in _zones)
            {
                if (zone.Count > 0 && zone.Min.Excess < 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>To be called when a node was given or lost a replica.</summary>
    public void Update(int node)
    {
        if (!_nodes.IsUsable(node))
        {
            return;
        }

        bool canReceive = _budget.CanReceive(node);
        SortedSet<(long Excess, int Node)> zone = _zones[_nodes.ZoneOf[node]];
        if (_isListed[node])
        {
            zone.Remove((_listedAt[node], node));
            _full += canReceive ? 0 : 1;
        }

        long excess = _nodes.Excess(node);
        _isListed[node] = canReceive;
        _listedAt[node] = excess;
        if (canReceive)
        {
            zone.Add((excess, node));
        }

        bool heldBack = !canReceive && excess < 0;
        _heldBack += (heldBack ? 1 : 0) - (_isHeldBack[node] ? 1 : 0);
        _isHeldBack[node] = heldBack;
    }

    /// <summary>The node furthest below its share, or least above it, that the group may have a member on; or <see cref="ClusterView.Nowhere"/>.</summary>
    public int Find(GroupSeats seats)
    {
        (int best, long least) = (ClusterView.Nowhere, long.MaxValue);
        for (int zone = 0; zone < _zones.Length; zone++)
        {
            if (!seats.HasRoomIn(zone) || _zones[zone].Count == 0 || _zones[zone].Min.Excess >= least)
            {
                continue;
            }

            foreach ((long excess, int node) in _zones[zone])
            {
                if (excess >= least)
                {
                    break;
                }

                if (!seats.IsTaken(node))
                {
                    (best, least) = (node, excess);
                    break;
                }
            }
        }

        return best;
    }
}
