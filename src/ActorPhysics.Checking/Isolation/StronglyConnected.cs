namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// The strongly connected components of a view that have more than one place, that is all its cycles: Tarjan, "Depth-First Search and
/// Linear Graph Algorithms" (1972), with a stack of its own in place of recursion. Time and memory are linear in places and edges.
/// </summary>
internal sealed class StronglyConnected
{
    // Low and component, and a frame on each of two stacks.
    private const long PlaceBytes = 24;

    private StronglyConnected(int[] component, int count)
    {
        Component = component;
        Count = count;
    }

    /// <summary>The component of each place, from 0; -1 for a place on no cycle.</summary>
    public int[] Component { get; }

    public int Count { get; }

    /// <param name="regions">Only nodes with a region of 0 or more are looked at; null for all.</param>
    public static StronglyConnected Find<TView>(TView view, SearchMeter meter, int[]? regions = null)
        where TView : struct, IEdgeView
    {
        long held = view.Places * PlaceBytes;
        meter.Checkpoint(held);
        var search = new Search<TView>(view, meter);
        for (int place = 0; place < view.Places; place++)
        {
            if (regions is null || regions[view.NodeOf(place)] >= 0)
            {
                search.Visit(place);
            }
        }

        meter.Release(held);
        return new StronglyConnected(search.Component, search.Count);
    }

    private sealed class Search<TView>
        where TView : struct, IEdgeView
    {
        private const int Unvisited = 0;

        private readonly TView _view;
        private readonly SearchMeter _meter;
        private readonly DependencyGraph _graph;
        private readonly int[] _low;
        private readonly Stack<int> _open = new();
        private readonly Stack<(int Place, int Edge, int Visited)> _path = new();
        private int _visited;

        public Search(TView view, SearchMeter meter)
        {
            _view = view;
            _meter = meter;
            _graph = view.Graph;
            _low = new int[view.Places];
            Component = new int[view.Places];
            Array.Fill(Component, -1);
        }

        public int[] Component { get; }

        public int Count { get; private set; }

        public void Visit(int root)
        {
            if (_low[root] != Unvisited)
            {
                return;
            }

            Enter(root);
            while (_path.TryPop(out (int Place, int Edge, int Visited) frame))
            {
                int next = Advance(ref frame);
                if (next >= 0)
                {
                    _path.Push(frame);
                    Enter(next);
                }
                else
                {
                    Leave(frame);
                }
            }
        }

        /// <summary>Follows edges to places already seen; returns the first that is new, -1 when the place is done.</summary>
        private int Advance(ref (int Place, int Edge, int Visited) frame)
        {
            int end = _graph.End(_view.NodeOf(frame.Place));
            while (frame.Edge < end)
            {
                int to = _view.Follow(frame.Place, frame.Edge++);
                if (to < 0)
                {
                    continue;
                }

                if (_low[to] == Unvisited)
                {
                    return to;
                }

                // A place whose component is closed has the greatest low there is, and so changes nothing here.
                _low[frame.Place] = Math.Min(_low[frame.Place], _low[to]);
            }

            return -1;
        }

        private void Enter(int place)
        {
            _meter.Spend(0);
            _low[place] = ++_visited;
            _open.Push(place);
            _path.Push((place, _graph.First(_view.NodeOf(place)), _visited));
        }

        private void Leave((int Place, int Edge, int Visited) frame)
        {
            int low = _low[frame.Place];
            if (low == frame.Visited)
            {
                Close(frame.Place);
            }

            if (_path.TryPop(out (int Place, int Edge, int Visited) parent))
            {
                _low[parent.Place] = Math.Min(_low[parent.Place], _low[frame.Place]);
                _path.Push(parent);
            }
        }

        private void Close(int root)
        {
            bool cyclic = _open.Peek() != root;
            int place;
            do
            {
                place = _open.Pop();
                _low[place] = int.MaxValue;
                Component[place] = cyclic ? Count : -1;
            }
            while (place != root);

            Count += cyclic ? 1 : 0;
        }
    }
}
