namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// Reads that miss a write which causally precedes them: an rw edge, perhaps further ww edges of the same key to a later write that was missed
/// as well, and a way back that is made of reads and sessions alone. With a single read for the way back it is a fractured read.
/// </summary>
internal static class CausalReversals
{
    /// <returns>False where the budget ran out before one was found.</returns>
    public static bool Find(TransactionHistory history, DependencyGraph graph, int[] cyclic, long budget, SearchMeter meter, AnomalyList anomalies)
    {
        const Dependency Causes = Dependency.WriteRead | Dependency.Process;
        var all = new KindView(graph, Causes | Dependency.AntiDependency | Dependency.WriteWrite, cyclic);
        int[] regions = StronglyConnected.Find(all, meter, cyclic).Component;
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

                var causes = new MissedWriteView(graph, regions, history, KeyOf(history, graph, edge));
                if (search.Path(causes, causes.Overwritten(graph.To(edge)), causes.Caused(node)) is { } way)
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

        return reversed || search.Budget >= 0;
    }

    /// <summary>The key that an anti-dependency is about; -1 where it leads to a junction, whose writers nobody has overwritten.</summary>
    private static int KeyOf(TransactionHistory history, DependencyGraph graph, int edge) =>
        graph.Label(edge) >= 0 ? history.KeyOf(graph.Label(edge)) : -1;

    private static void Report(TransactionHistory history, DependencyGraph graph, int from, List<int> edges, AnomalyList anomalies)
    {
        CycleDrawing drawing = CycleDrawing.Of(history, graph, from, edges);
        bool fractured = drawing.Steps.Count(step => step.Kind is Dependency.WriteRead or Dependency.Process) == 1 && drawing.Steps.Exists(step => step.Kind == Dependency.WriteRead);
        AnomalyKind kind = fractured ? AnomalyKind.FracturedRead : AnomalyKind.CausalReversal;
        anomalies.Add(new AnomalyType(kind), [.. drawing.Transactions], drawing.Lines);
    }
}
