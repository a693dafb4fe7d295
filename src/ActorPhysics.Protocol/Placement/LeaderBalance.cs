using ActorPhysics.Core.Membership;

namespace ActorPhysics.Protocol.Placement;

/// <summary>
/// Transfers leadership from nodes that lead more than their share to nodes that lead less. A node's share is what it would lead if every group's load
/// were divided among the voters that may lead it, so it follows the replicas, and with them the weights.
/// </summary>
/// <remarks>
/// As with replicas, no node leaves its bounds by a transfer; a chain of transfers of equal loads helps where no single one does. A draining
/// node leads nothing that another can.
/// </remarks>
internal sealed class LeaderBalance
{
    private readonly PlacementDraft _draft;
    private readonly GroupsByNode _groups;
    private readonly LeaderChains _chains;

    public LeaderBalance(PlacementDraft draft, GroupsByNode groups)
    {
        (_draft, _groups) = (draft, groups);
        int count = draft.View.Nodes.Length;
        (Led, Share, IsMovable) = (new long[count], new long[count], new bool[draft.View.Groups.Length]);
        for (int g = 0; g < IsMovable.Length; g++)
        {
            Count(g);
        }

        Lower = [.. Share.Select(share => FairShares.Lower(share, draft.Policy.LeaderTolerancePercent))];
        Upper = [.. Share.Select(share => FairShares.Upper(share, draft.Policy.LeaderTolerancePercent))];
        _chains = new LeaderChains(draft, groups, this);
    }

    /// <summary>The load of the groups that each node leads.</summary>
    public long[] Led { get; }

    /// <summary>In <see cref="FairShares.One"/>ths.</summary>
    public long[] Share { get; }

    public long[] Lower { get; }

    public long[] Upper { get; }

    public bool[] IsMovable { get; }

    public void Balance()
    {
        for (int node = 0; node < Led.Length && !_draft.Budget.IsExhausted; node++)
        {
            while (_draft.Nodes.Serves(node) && Led[node] > Upper[node] && Passes(_draft.Budget.CanSend(node))
                && (Push(node) || _chains.From(node) || PushIntoTolerance(node)))
            {
            }
        }

        for (int node = 0; node < Led.Length && !_draft.Budget.IsExhausted; node++)
        {
            while (_draft.Nodes.IsUsable(node) && Led[node] < Lower[node] && Passes(_draft.Budget.CanReceive(node)) && (Pull(node) || _chains.To(node)))
            {
            }
        }
    }

    public long Excess(int node) => Led[node] * FairShares.One - Share[node];

    public long LoadOf(int group) => _draft.View.Groups[group].Load;

    /// <summary>Whether the member may lead: a voter on a usable node.</summary>
    public bool MayLead(int group, int place) =>
        _draft.View.Groups[group].Members[place].Role == MemberRole.Voter && _draft.Nodes.IsUsable(_draft.View.MembersOf(group)[place]);

    /// <summary>Whether the node can be given the load and stay within its bounds.</summary>
    public bool CanTake(int node, long load) => Led[node] + load <= Upper[node];

    public bool CanGive(int node, long load) => Led[node] - load >= Lower[node];

    public bool Transfer(int group, int to)
    {
        int from = _draft.LeaderOf[group];
        if (!_draft.TryTransfer(group, to))
        {
            return false;
        }

        IsMovable[group] = false;
        Led[from] -= LoadOf(group);
        Led[to] += LoadOf(group);
        return true;
    }

    private bool Passes(bool withinLimits)
    {
        if (!withinLimits || _draft.Budget.IsExhausted)
        {
            _draft.Budget.Throttle();
            return false;
        }

        return true;
    }

    private void Count(int group)
    {
        int leader = _draft.LeaderOf[group];
        if (leader == ClusterView.Nowhere || !_draft.Nodes.Serves(leader) || (_draft.IsBusy[group] && !_draft.IsTransferred[group]))
        {
            return;
        }

        ReadOnlySpan<int> members = _draft.View.MembersOf(group);
        int electable = 0;
        for (int i = 0; i < members.Length; i++)
        {
            electable += MayLead(group, i) ? 1 : 0;
        }

        for (int i = 0; i < members.Length; i++)
        {
            Share[members[i]] += MayLead(group, i) ? LoadOf(group) * FairShares.One / electable : 0;
        }

        Led[leader] += electable > 0 ? LoadOf(group) : 0;
        IsMovable[group] = electable > 0 && !_draft.IsBusy[group];
    }

    /// <summary>One group to the neediest of those that may lead it and are below their share.</summary>
    private bool Push(int node) => Best(node, isBound: true) is ({ } group, { } to) && Excess(to) < 0 && Transfer(group, to);

    /// <summary>The same to a node within its bounds; from a draining node to any.</summary>
    private bool PushIntoTolerance(int node) => Best(node, isBound: _draft.Nodes.IsUsable(node)) is ({ } group, { } to) && Transfer(group, to);

    private (int? Group, int? To) Best(int node, bool isBound)
    {
        (int? Group, int? To) best = (null, null);
        long least = long.MaxValue;
        foreach (int group in _groups.On(node))
        {
            if (!IsMovable[group] || _draft.LeaderOf[group] != node || (isBound && !CanGive(node, LoadOf(group))))
            {
                continue;
            }

            ReadOnlySpan<int> members = _draft.View.MembersOf(group);
            for (int i = 0; i < members.Length; i++)
            {
                int to = members[i];
                if (to != node && MayLead(group, i) && (!isBound || CanTake(to, LoadOf(group))) && Excess(to) < least && _draft.Budget.CanReceive(to))
                {
                    (best, least) = ((group, to), Excess(to));
                }
            }
        }

        return best;
    }

    /// <summary>One group from the node furthest above its share.</summary>
    private bool Pull(int node)
    {
        (int best, long most) = (ClusterView.Nowhere, 0);
        foreach (int group in _groups.On(node))
        {
            int leader = _draft.LeaderOf[group];
            if (IsMovable[group] && leader != node && Excess(leader) > most && _draft.Budget.CanSend(leader) && MayLead(group, _draft.View.MembersOf(group).IndexOf(node))
                && CanGive(leader, LoadOf(group)) && CanTake(node, LoadOf(group)))
            {
                (best, most) = (group, Excess(leader));
            }
        }

        return best != ClusterView.Nowhere && Transfer(best, node);
    }
}
