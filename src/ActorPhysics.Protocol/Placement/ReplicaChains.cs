namespace ActorPhysics.Protocol.Placement;

/// <summary>
/// Where no single move helps, because the node that has too many shares all its groups or zones with the nodes that have too few: a shortest chain of
/// moves of different groups, each from the node that the one before it went to. The nodes within keep their number.
/// </summary>
/// <remarks>
/// Breadth first over nodes. The work of all searches of one plan is bounded; what is not found in it, or exceeds the limits, stays as it is. A chain begins
/// when nothing else is under way, or groups that are only busy would seem to bar the direct way.
/// </remarks>
internal sealed class ReplicaChains(PlacementDraft draft, GroupsByNode groups)
{
    private const int MostSteps = 300_000;
    private readonly int[] _before = new int[draft.View.Nodes.Length];
    private readonly int[] _via = new int[draft.View.Nodes.Length];
    private int _steps;

    /// <summary>Moves one replica's worth from the node to any below its share. The nodes that changed; none when there is no such chain.</summary>
    public IReadOnlyList<int> From(int node) => Search(node, end => draft.Nodes.Excess(end) < 0);

    /// <summary>Moves one replica's worth to the node from the first of the donors that can.</summary>
    public IReadOnlyList<int> To(int node, IEnumerable<int> donors)
    {
        foreach (int donor in donors)
        {
            if (_steps >= MostSteps)
            {
                break;
            }

            if (Search(donor, end => end == node) is { Count: > 0 } chain)
            {
                return chain;
            }
        }

        return [];
    }

    private IReadOnlyList<int> Search(int start, Func<int, bool> isEnd)
    {
        List<int> unseen = [.. Enumerable.Range(0, draft.View.Nodes.Length).Where(node => node != start && draft.Nodes.IsUsable(node))];
        var queue = new Queue<int>([start]);
        _before[start] = ClusterView.Nowhere;
        while (_steps < MostSteps && queue.TryDequeue(out int node))
        {
            for (int i = 0; i < unseen.Count; i++)
            {
                int next = unseen[i];
                int group = GroupFor(start, node, next);
                if (group == ClusterView.Nowhere)
                {
                    continue;
                }

                (_before[next], _via[next]) = (node, group);
                if (isEnd(next) && draft.Budget.CanReceive(next))
                {
                    return Take(start, next);
                }

                queue.Enqueue(next);
                unseen.RemoveAt(i--);
            }
        }

        return [];
    }

    /// <summary>A group that may move from one node to the other and is not in the chain so far.</summary>
    private int GroupFor(int start, int from, int to)
    {
        foreach (int group in groups.On(from))
        {
            if (!draft.IsHealthy[group])
            {
                continue;
            }

            _steps++;
            if (draft.Seats.Of(group, from).Allows(to) && !IsInChain(start, from, group))
            {
                return group;
            }
        }

        return ClusterView.Nowhere;
    }

    private bool IsInChain(int start, int end, int group)
    {
        for (int node = end; node != start; node = _before[node])
        {
            if (_via[node] == group)
            {
                return true;
            }
        }

        return false;
    }

    private List<int> Take(int start, int end)
    {
        List<(int Group, int From, int To)> chain = [];
        for (int node = end; node != start; node = _before[node])
        {
            chain.Add((_via[node], _before[node], node));
        }

        List<int> changed = [];
        if (draft.MayChain(chain))
        {
            foreach ((int group, int from, int to) in chain)
            {
                draft.Replace(group, from, to, PlacementReason.ReplicaBalance);
                changed.AddRange([from, to]);
            }
        }

        return changed;
    }
}
