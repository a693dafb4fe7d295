namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// Reads that miss a write which causally precedes them: an rw edge whose way back is made of reads and sessions alone. With a single read
/// for the way back it is a fractured read.
/// </summary>
internal static class CausalReversals
{
    /// <returns>False where the budget ran out before one was found.</returns>
    public static bool Find(TransactionHistory history, DependencyGraph graph, int[] cyclic, long budget, SearchMeter meter, AnomalyList anomalies)
    {
        const Dependency Causes = Dependency.WriteRead | Dependency.Process;
        var all = new KindView(graph, Causes | Dependency.AntiDependency, cyclic);
        int[] regions = StronglyConnected.Find(all, meter, cyclic).Component;
        var causes = new KindView(graph, Causes | Dependency.Junction, regions);
        var search = new CycleSearch(budget, meter);
        bool reversed = false;
        for (int node = 0; node < graph.Transactions; node++)
        {
            for (int edge = graph.First(node); edge < graph.End(node); edge++)
            {
                if (graph.Kind(edge) != Dependency.ReadWrite || all.Follow(node, edge) < 0 || regions[node] < 0 || regions[graph.To(edge)] != regions[node])
                {
                    continue;
                }

                if (search.Budget < 0)
                {
                    return reversed;
                }

                if (search.Path(causes, graph.To(edge), node) is { } way)
                {
                    reversed = true;
                    Report(history, graph, node, [edge, .. way], anomalies);
                }
            }

            if (anomalies.IsFull(new AnomalyType(AnomalyKind.CausalReversal)))
            {
                return true;
            }
        }

        return true;
    }

    private static void Report(TransactionHistory history, DependencyGraph graph, int from, List<int> edges, AnomalyList anomalies)
    {
        CycleDrawing drawing = CycleDrawing.Of(history, graph, from, edges);
        bool fractured = drawing.Steps.Count == 2 && drawing.Steps.Exists(step => step.Kind == Dependency.WriteRead);
        AnomalyKind kind = fractured ? AnomalyKind.FracturedRead : AnomalyKind.CausalReversal;
        anomalies.Add(new AnomalyType(kind), [.. drawing.Transactions], drawing.Lines);
    }
}
