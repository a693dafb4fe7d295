namespace ActorPhysics.Checking.Isolation;

/// <summary>An order in which the transactions may have happened.</summary>
internal static class SerialOrders
{
    /// <summary>The nodes of an acyclic view such that all edges lead forward, earlier numbers first where nothing decides.</summary>
    /// <param name="commits">
    /// For a <see cref="NonadjacentView"/>, whose even places stand for beginnings and odd ones for commits: the order of commits, each
    /// after its beginning.
    /// </param>
    /// <returns>Null where the view has a cycle.</returns>
    public static List<int>? Of<TView>(TView view, bool commits)
        where TView : struct, IEdgeView
    {
        var incoming = new int[view.Places];
        for (int place = 0; place < view.Places; place++)
        {
            foreach (int to in Successors(view, place, commits))
            {
                incoming[to]++;
            }
        }

        var ready = new Queue<int>(Enumerable.Range(0, view.Places).Where(place => incoming[place] == 0));
        var order = new List<int>(view.Graph.Transactions);
        int seen = 0;
        while (ready.TryDequeue(out int place))
        {
            seen++;
            if (view.NodeOf(place) < view.Graph.Transactions && (!commits || place % 2 != 0))
            {
                order.Add(view.NodeOf(place));
            }

            foreach (int to in Successors(view, place, commits))
            {
                if (--incoming[to] == 0)
                {
                    ready.Enqueue(to);
                }
            }
        }

        return seen == view.Places ? order : null;
    }

    private static IEnumerable<int> Successors<TView>(TView view, int place, bool commits)
        where TView : struct, IEdgeView
    {
        if (commits && place % 2 == 0)
        {
            yield return place + 1;
        }

        int node = view.NodeOf(place);
        for (int edge = view.Graph.First(node); edge < view.Graph.End(node); edge++)
        {
            if (view.Follow(place, edge) is var to and >= 0)
            {
                yield return to;
            }
        }
    }
}
