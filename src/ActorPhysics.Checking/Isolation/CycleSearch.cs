namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// Finds short ways through a view, within a budget of edges. Only steps onto transactions count as length; barriers and junctions are
/// passed for free, so that a cycle is as short as its drawing.
/// </summary>
internal sealed class CycleSearch(long budgetInEdges, SearchMeter meter)
{
    // An entry in each of two tables and in the queue.
    private const int PlaceBytes = 120;

    private readonly Dictionary<int, (int Place, int Edge)> _cameFrom = [];
    private readonly LinkedList<(int Place, int Distance)> _queue = new();
    private readonly Dictionary<int, int> _distance = [];

    private long _heldBytes;

    /// <summary>Edges that may still be followed; below 0 a search was given up.</summary>
    public long Budget { get; private set; } = budgetInEdges;

    /// <summary>The edges of a shortest way; null where there is none, or none shorter than <paramref name="limit"/> transactions.</summary>
    public List<int>? Path<TView>(TView view, int from, int target, int limit = int.MaxValue)
        where TView : struct, IEdgeView
    {
        meter.Release(_heldBytes);
        _heldBytes = 0;
        _cameFrom.Clear();
        _queue.Clear();
        _distance.Clear();
        _distance[from] = 0;
        _queue.AddLast((from, 0));
        while (_queue.First is { } first && Budget >= 0)
        {
            _queue.RemoveFirst();
            (int place, int distance) = first.Value;
            if (place == target)
            {
                return Collect(from, target);
            }

            if (distance <= _distance[place])
            {
                Spread(view, place, distance, limit);
            }
        }

        return null;
    }

    private void Spread<TView>(TView view, int place, int distance, int limit)
        where TView : struct, IEdgeView
    {
        DependencyGraph graph = view.Graph;
        int node = view.NodeOf(place);
        for (int edge = graph.First(node); edge < graph.End(node); edge++)
        {
            Budget--;
            int to = view.Follow(place, edge);
            int weight = graph.To(edge) < graph.Transactions ? 1 : 0;
            if (to < 0 || distance + weight > limit || (_distance.TryGetValue(to, out int known) && known <= distance + weight))
            {
                continue;
            }

            meter.Spend(PlaceBytes);
            _heldBytes += PlaceBytes;
            _distance[to] = distance + weight;
            _cameFrom[to] = (place, edge);
            if (weight == 0)
            {
                _queue.AddFirst((to, distance));
            }
            else
            {
                _queue.AddLast((to, distance + 1));
            }
        }
    }

    private List<int> Collect(int from, int target)
    {
        var edges = new List<int>();
        for (int place = target; place != from;)
        {
            (int before, int edge) = _cameFrom[place];
            edges.Add(edge);
            place = before;
        }

        edges.Reverse();
        return edges;
    }
}
