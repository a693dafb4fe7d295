namespace ActorPhysics.Protocol.Placement;

/// <summary>
/// Moves replicas from nodes above their upper bound to nodes below their share, then from nodes above their share to nodes below their lower bound.
/// </summary>
/// <remarks>
/// No node leaves its bounds by a move, so each one brings the sum of what lies outside of them down by a replica or more: the moves end, no replica goes
/// back to where it came from, and there are hardly more of them than there must be. Zones are never crowded for balance. Where all single moves are done and
/// some node is still out of its bounds, a chain of moves does the same.
/// </remarks>
internal sealed class ReplicaBalance
{
    /// <summary>How many of its groups a node offers before the search for a single move ends.</summary>
    private const int MostTries = 2_000;

    private readonly PlacementDraft _draft;
    private readonly GroupsByNode _groups;
    private readonly ReplicaChains _chains;
    private readonly SortedSet<(long Excess, int Node)> _ranking = [];
    private readonly long[] _rankedAt;

    public ReplicaBalance(PlacementDraft draft, GroupsByNode groups)
    {
        (_draft, _groups, _chains) = (draft, groups, new ReplicaChains(draft, groups));
        _rankedAt = new long[draft.View.Nodes.Length];
        for (int n = 0; n < _rankedAt.Length; n++)
        {
            _rankedAt[n] = draft.Nodes.Excess(n);
            if (draft.Nodes.IsUsable(n))
            {
                _ranking.Add((_rankedAt[n], n));
            }
        }
    }

    public void Balance()
    {
        Even(Push, Pull);
        if (_draft.IsEmpty)
        {
            Even(node => Took(_chains.From(node)), node => Took(_chains.To(node, Donors())));
        }
    }

    /// <summary>Pushes from the fullest nodes first, then pulls to the emptiest.</summary>
    private void Even(Func<int, bool> push, Func<int, bool> pull)
    {
        (long, int Node)[] ascending = [.. _ranking];
        for (int i = ascending.Length - 1; i >= 0; i--)
        {
            while (IsOver(ascending[i].Node) && push(ascending[i].Node))
            {
            }
        }

        for (int i = 0; i < ascending.Length; i++)
        {
            while (IsUnder(ascending[i].Node) && pull(ascending[i].Node))
            {
            }
        }
    }

    private bool IsOver(int node) => _draft.Nodes.Held[node] > _draft.Nodes.Upper[node] && !_draft.Budget.IsExhausted;

    private bool IsUnder(int node) => _draft.Nodes.Held[node] < _draft.Nodes.Lower[node] && !_draft.Budget.IsExhausted;

    /// <summary>One replica from the node to the neediest that may have it; one that does not lead, if there is any.</summary>
    private bool Push(int node)
    {
        foreach (bool leading in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (int group in _groups.On(node))
            {
                if (!_draft.Targets.SomeAreNeedy)
                {
                    ThrottleIf(_draft.Targets.SomeAreHeldBack);
                    return false;
                }

                if (!_draft.IsHealthy[group] || _draft.LeaderOf[group] == node != leading)
                {
                    continue;
                }

                int to = _draft.Targets.Find(_draft.Seats.Of(group, node));
                if (to != ClusterView.Nowhere && _draft.Nodes.Held[to] >= _draft.Nodes.Lower[to] && _draft.Targets.SomeAreHeldBack)
                {
                    // Whoever needs it more is only busy.
                    ThrottleIf(true);
                    return false;
                }

                if (to != ClusterView.Nowhere && _draft.Nodes.Excess(to) < 0 && Move(group, node, to))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>One replica to the node from the fullest that has one to give.</summary>
    private bool Pull(int node)
    {
        if (!_draft.Budget.CanReceive(node))
        {
            ThrottleIf(true);
            return false;
        }

        int tries = 0;
        foreach ((long excess, int donor) in _ranking.Reverse())
        {
            if (excess <= 0 || tries > MostTries)
            {
                break;
            }

            foreach (bool leading in (ReadOnlySpan<bool>)[false, true])
            {
                foreach (int group in _groups.On(donor))
                {
                    if (!_draft.IsHealthy[group] || _draft.LeaderOf[group] == donor != leading)
                    {
                        continue;
                    }

                    tries++;
                    if (_draft.Seats.Of(group, donor).Allows(node) && Move(group, donor, node))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }

    private bool Move(int group, int from, int to)
    {
        if (!_draft.Replace(group, from, to, PlacementReason.ReplicaBalance))
        {
            return false;
        }

        Rank(from);
        Rank(to);
        return true;
    }

    private bool Took(IReadOnlyList<int> nodesOfChain)
    {
        foreach (int node in nodesOfChain)
        {
            Rank(node);
        }

        return nodesOfChain.Count > 0;
    }

    private void Rank(int node)
    {
        _ranking.Remove((_rankedAt[node], node));
        _rankedAt[node] = _draft.Nodes.Excess(node);
        _ranking.Add((_rankedAt[node], node));
    }

    private IEnumerable<int> Donors() => _ranking.Reverse().TakeWhile(item => item.Excess > 0).Select(item => item.Node);

    private void ThrottleIf(bool limited)
    {
        if (limited)
        {
            _draft.Budget.Throttle();
        }
    }
}
