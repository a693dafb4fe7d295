namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// Names the cycles of a dependency graph. That a cycle of a class exists is decided exactly, by strongly connected components; what is
/// bounded is only the search for one that is short enough to draw. In each component of the whole graph a class is named only where no
/// worse one that implies it was (as Elle does, VLDB 2020, §6).
/// </summary>
internal sealed class CycleAnomalies
{
    private const int TriesAfterSuccess = 32;

    // What a class implies, as bits of AnomalyKind: every cycle of the first is one of the others, or nearly so.
    private static readonly (AnomalyKind Kind, int Implies)[] Implications =
    [
        (AnomalyKind.WriteCycle, Bit(AnomalyKind.WriteCycle) | Bit(AnomalyKind.CircularInformationFlow)),
        (AnomalyKind.CircularInformationFlow, Bit(AnomalyKind.CircularInformationFlow)),
        (AnomalyKind.SingleAntiDependency,
            Bit(AnomalyKind.SingleAntiDependency) | Bit(AnomalyKind.NonadjacentAntiDependencies) | Bit(AnomalyKind.AntiDependencyCycle)),
        (AnomalyKind.NonadjacentAntiDependencies, Bit(AnomalyKind.NonadjacentAntiDependencies) | Bit(AnomalyKind.AntiDependencyCycle)),
        (AnomalyKind.AntiDependencyCycle, Bit(AnomalyKind.AntiDependencyCycle)),
    ];

    private readonly TransactionHistory _history;
    private readonly DependencyGraph _graph;
    private readonly AnomalyList _anomalies;
    private readonly SearchMeter _meter;
    private readonly CycleSearch _search;
    private readonly List<(int Node, int Implied)> _foundInData = [];

    private CycleAnomalies(TransactionHistory history, DependencyGraph graph, long budget, SearchMeter meter, AnomalyList anomalies)
    {
        _history = history;
        _graph = graph;
        _anomalies = anomalies;
        _meter = meter;
        _search = new CycleSearch(budget, meter);
    }

    /// <summary>Adds the anomalies that the graph's cycles show.</summary>
    /// <returns>Whether the search for causal reversals was complete.</returns>
    public static bool Find(TransactionHistory history, DependencyGraph graph, long budget, SearchMeter meter, AnomalyList anomalies)
    {
        StronglyConnected all = StronglyConnected.Find(new KindView(graph, Dependency.All, regions: null), meter);
        if (all.Count == 0)
        {
            return true;
        }

        var cycles = new CycleAnomalies(history, graph, budget, meter, anomalies);
        foreach (AnomalyScope scope in (ReadOnlySpan<AnomalyScope>)[AnomalyScope.Data, AnomalyScope.Process, AnomalyScope.Realtime])
        {
            new InScope(cycles, scope, all.Component).Find();
        }

        bool single = anomalies.CountOf(new AnomalyType(AnomalyKind.SingleAntiDependency))
            + anomalies.CountOf(new AnomalyType(AnomalyKind.SingleAntiDependency, AnomalyScope.Process)) > 0;
        // A search that was given up may have found no single anti-dependency where there is one.
        return (!single && cycles._search.Budget >= 0) || CausalReversals.Find(history, graph, all.Component, budget, meter, anomalies);
    }

    private static int Bit(AnomalyKind kind) => 1 << (int)kind;

    /// <summary>The search with the edges of one scope.</summary>
    private sealed class InScope
    {
        private readonly CycleAnomalies _owner;
        private readonly AnomalyScope _scope;
        private readonly Dependency _order;
        private readonly int[] _regions;
        private readonly int[] _implied;

        public InScope(CycleAnomalies owner, AnomalyScope scope, int[] cyclic)
        {
            _owner = owner;
            _scope = scope;
            _order = scope switch
            {
                AnomalyScope.Process => Dependency.Process,
                AnomalyScope.Realtime => Dependency.Realtime,
                _ => Dependency.None,
            };
            StronglyConnected regions = StronglyConnected.Find(new KindView(owner._graph, Dependency.Data | _order, cyclic), owner._meter, cyclic);
            _regions = regions.Component;
            _implied = new int[regions.Count];
            foreach ((int node, int implied) in owner._foundInData)
            {
                _implied[_regions[node]] |= implied;
            }
        }

        public void Find()
        {
            if (_implied.Length == 0)
            {
                return;
            }

            Dependency flow = Dependency.Flow | _order;
            var writes = new KindView(_owner._graph, Dependency.WriteWrite | _order, _regions);
            Seek(AnomalyKind.WriteCycle, writes, Dependency.WriteWrite, writes);
            var flows = new KindView(_owner._graph, flow, _regions);
            Seek(AnomalyKind.CircularInformationFlow, flows, Dependency.WriteRead, flows);
            var nonadjacent = new NonadjacentView(_owner._graph, flow, _regions);
            Seek(AnomalyKind.SingleAntiDependency, nonadjacent, Dependency.ReadWrite, new KindView(_owner._graph, flow | Dependency.Junction, _regions));
            Seek(AnomalyKind.NonadjacentAntiDependencies, nonadjacent, Dependency.ReadWrite, nonadjacent);
            var all = new KindView(_owner._graph, Dependency.Data | _order, _regions);
            Seek(AnomalyKind.AntiDependencyCycle, all, Dependency.ReadWrite, all);
        }

        /// <summary>
        /// For each cyclic component of <paramref name="cycles"/> that has edges of the kind that is characteristic for the class, finds a
        /// short way back along <paramref name="ways"/> from such an edge's end to its beginning.
        /// </summary>
        private void Seek<TCycles, TWays>(AnomalyKind kind, TCycles cycles, Dependency characteristic, TWays ways)
            where TCycles : struct, IEdgeView
            where TWays : struct, IEdgeView
        {
            List<(int Component, int Place, int Edge)> edges = Candidates(cycles, characteristic, out int components);
            Grouping byComponent = Grouping.Of(components, [.. edges.Select((edge, i) => (edge.Component, i))]);
            for (int component = 0; component < components; component++)
            {
                ReadOnlySpan<int> candidates = byComponent[component];
                if (!candidates.IsEmpty)
                {
                    Seek(kind, cycles, ways, candidates, edges);
                }
            }
        }

        private void Seek<TCycles, TWays>(
            AnomalyKind kind, TCycles cycles, TWays ways, ReadOnlySpan<int> candidates, List<(int Component, int Place, int Edge)> edges)
            where TCycles : struct, IEdgeView
            where TWays : struct, IEdgeView
        {
            int node = cycles.NodeOf(edges[candidates[0]].Place);
            int region = _regions[node];
            var type = new AnomalyType(kind, _scope);
            if ((_implied[region] & Bit(kind)) != 0)
            {
                return;
            }

            if (_owner._anomalies.IsFull(type))
            {
                Note(kind, node);
                return;
            }

            (int From, List<int> Edges)? cycle = Shortest(cycles, ways, candidates, edges);

            // Only a single anti-dependency may turn out not to exist. Of the others it is known: what the budget hides is the drawing.
            if (cycle is null && kind != AnomalyKind.SingleAntiDependency)
            {
                (_, int place, int edge) = edges[candidates[0]];
                cycle = (cycles.NodeOf(place), Unbounded(cycles, ways, place, edge));
            }

            if (cycle is { } found)
            {
                Note(kind, node);
                Report(type, found.From, found.Edges);
            }
        }

        private (int From, List<int> Edges)? Shortest<TCycles, TWays>(
            TCycles cycles, TWays ways, ReadOnlySpan<int> candidates, List<(int Component, int Place, int Edge)> edges)
            where TCycles : struct, IEdgeView
            where TWays : struct, IEdgeView
        {
            (int From, List<int> Edges)? best = null;
            int length = int.MaxValue;
            int tries = TriesAfterSuccess;
            foreach (int candidate in candidates)
            {
                (_, int place, int edge) = edges[candidate];
                if (tries == 0 || length <= 2 || _owner._search.Budget < 0)
                {
                    break;
                }

                tries -= best is null ? 0 : 1;
                List<int>? way = _owner._search.Path(ways, Start(cycles, ways, place, edge), Target(cycles, ways, place), length - 1);
                if (way is not null)
                {
                    way.Insert(0, edge);
                    best = (cycles.NodeOf(place), way);
                    length = way.Count(step => _owner._graph.To(step) < _owner._graph.Transactions);
                }
            }

            return best;
        }

        private List<int> Unbounded<TCycles, TWays>(TCycles cycles, TWays ways, int place, int edge)
            where TCycles : struct, IEdgeView
            where TWays : struct, IEdgeView
        {
            var search = new CycleSearch(long.MaxValue, _owner._meter);
            List<int> way = search.Path(ways, Start(cycles, ways, place, edge), Target(cycles, ways, place))
                ?? throw new InvalidOperationException("A strongly connected component has a way from any place to any other.");
            way.Insert(0, edge);
            return way;
        }

        /// <summary>Where a candidate edge leads, as the view of ways names it.</summary>
        private static int Start<TCycles, TWays>(TCycles cycles, TWays ways, int place, int edge)
            where TCycles : struct, IEdgeView
            where TWays : struct, IEdgeView =>
            ways is NonadjacentView ? cycles.Follow(place, edge) : cycles.Graph.To(edge);

        private static int Target<TCycles, TWays>(TCycles cycles, TWays ways, int place)
            where TCycles : struct, IEdgeView
            where TWays : struct, IEdgeView =>
            ways is NonadjacentView ? place : cycles.NodeOf(place);

        private List<(int Component, int Place, int Edge)> Candidates<TView>(TView view, Dependency characteristic, out int components)
            where TView : struct, IEdgeView
        {
            StronglyConnected cycles = StronglyConnected.Find(view, _owner._meter, _regions);
            components = cycles.Count;
            var candidates = new List<(int Component, int Place, int Edge)>();
            for (int place = 0; place < view.Places && components > 0; place++)
            {
                int component = cycles.Component[place];
                int node = view.NodeOf(place);
                for (int edge = view.Graph.First(node); component >= 0 && edge < view.Graph.End(node); edge++)
                {
                    if (view.Graph.Kind(edge) == characteristic && view.Follow(place, edge) is var to and >= 0 && cycles.Component[to] == component)
                    {
                        candidates.Add((component, place, edge));
                    }
                }
            }

            return candidates;
        }

        private void Note(AnomalyKind kind, int node)
        {
            int implied = Array.Find(Implications, row => row.Kind == kind).Implies;
            _implied[_regions[node]] |= implied;
            if (_scope == AnomalyScope.Data)
            {
                _owner._foundInData.Add((node, implied));
            }
        }

        private void Report(AnomalyType type, int from, List<int> edges)
        {
            CycleDrawing drawing = CycleDrawing.Of(_owner._history, _owner._graph, from, edges);
            _owner._anomalies.Add(type, [.. drawing.Transactions], drawing.Lines);
            if (type == new AnomalyType(AnomalyKind.NonadjacentAntiDependencies) && drawing.IsLongFork())
            {
                _owner._anomalies.Add(new AnomalyType(AnomalyKind.LongFork), [.. drawing.Transactions], drawing.Lines);
            }
        }
    }
}
