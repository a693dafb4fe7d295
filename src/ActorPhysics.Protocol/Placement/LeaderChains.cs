namespace ActorPhysics.Protocol.Placement;

/// <summary>
/// Shortest chains of transfers of groups of one load: each node within gives one group and is given one. They reach from a node that leads too much
/// to one that leads less than its share, or the other way round.
/// </summary>
internal sealed class LeaderChains(PlacementDraft draft, GroupsByNode groups, LeaderBalance balance)
{
    private const int MostSteps = 1_000_000;
    private readonly int[] _before = new int[draft.View.Nodes.Length];
    private readonly int[] _via = new int[draft.View.Nodes.Length];
    private int _steps;

    /// <summary>Whether a chain took one group's load away from the node.</summary>
    public bool From(int node) => Search(node, outward: true);

    /// <summary>Whether a chain brought one group's load to the node.</summary>
    public bool To(int node) => Search(node, outward: false);

    private bool Search(int start, bool outward)
    {
        long load = LeastLoad(start, outward);
        if (load == long.MaxValue || !(outward ? balance.CanGive(start, load) : balance.CanTake(start, load)))
        {
            return false;
        }

        Array.Fill(_before, ClusterView.Nowhere);
        _before[start] = start;
        var queue = new Queue<int>([start]);
        while (_steps < MostSteps && queue.TryDequeue(out int node))
        {
            foreach (int group in groups.On(node))
            {
                if (balance.IsMovable[group] && balance.LoadOf(group) == load && Follow(group, node, outward, queue) is var end && end != ClusterView.Nowhere)
                {
                    return Take(start, end, outward);
                }
            }
        }

        return false;
    }

    /// <summary>Goes on to the nodes that the group's leadership can go to, or come from. One of them, when the chain may end there.</summary>
    private int Follow(int group, int node, bool outward, Queue<int> queue)
    {
        int leader = draft.LeaderOf[group];
        ReadOnlySpan<int> members = draft.View.MembersOf(group);
        for (int i = 0; i < members.Length; i++)
        {
            _steps++;
            int next = members[i];
            bool isStep = outward
                ? leader == node && balance.MayLead(group, i)
                : leader == next && balance.MayLead(group, members.IndexOf(node));
            if (!isStep || _before[next] != ClusterView.Nowhere)
            {
                continue;
            }

            (_before[next], _via[next]) = (node, group);
            bool ends = outward
                ? balance.Excess(next) < 0 && balance.CanTake(next, balance.LoadOf(group))
                : balance.Excess(next) > 0 && balance.CanGive(next, balance.LoadOf(group));
            if (ends)
            {
                return next;
            }

            queue.Enqueue(next);
        }

        return ClusterView.Nowhere;
    }

    private bool Take(int start, int end, bool outward)
    {
        bool took = false;
        for (int node = end; node != start; node = _before[node])
        {
            if (!balance.Transfer(_via[node], outward ? node : _before[node]))
            {
                break;
            }

            took = true;
        }

        return took;
    }

    private long LeastLoad(int node, bool outward)
    {
        long least = long.MaxValue;
        foreach (int group in groups.On(node))
        {
            if (balance.IsMovable[group] && draft.LeaderOf[group] == node == outward)
            {
                least = Math.Min(least, balance.LoadOf(group));
            }
        }

        return least;
    }
}
