using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Causal;

/// <summary>Finds and draws a short cycle of session order, reads and forced commit orders.</summary>
internal static class CommitCycle
{
    private const long SearchBudget = 5_000_000;
    private const int MostTries = 256;

    /// <returns>Null where there is no cycle.</returns>
    public static CausalAnomaly? Find(SessionHistory sessions, DependencyGraph graph, CommitOrder order, CausalLevel level, string name, SearchMeter meter)
    {
        var all = new KindView(graph, Dependency.All, regions: null);
        StronglyConnected cycles = StronglyConnected.Find(all, meter);
        if (cycles.Count == 0)
        {
            return null;
        }

        (int from, List<int> edges) = Shortest(graph, cycles.Component, meter);
        var transactions = new List<int>();
        var lines = new List<string>();
        foreach (int edge in edges)
        {
            transactions.Add(from);
            Draw(sessions, graph, order, from, edge, transactions, lines);
            from = graph.To(edge);
        }

        int origin = SessionHistory.Origin(sessions.History);
        return new CausalAnomaly(level, name, [.. transactions.Where(transaction => transaction != origin).Distinct()], [.. lines]);
    }

    private static (int From, List<int> Edges) Shortest(DependencyGraph graph, int[] regions, SearchMeter meter)
    {
        var view = new KindView(graph, Dependency.All, regions);
        var search = new CycleSearch(SearchBudget, meter);
        (int From, List<int> Edges)? best = null;
        int tries = 0;
        for (int node = 0; node < graph.Nodes && tries < MostTries; node++)
        {
            for (int edge = graph.First(node); edge < graph.End(node) && tries < MostTries; edge++)
            {
                // A forced order is part of every cycle, unless reads and sessions alone make one: then reads do.
                if (graph.Kind(edge) == Dependency.Process || view.Follow(node, edge) < 0 || (best is not null && (best.Value.Edges.Count <= 2 || search.Budget < 0)))
                {
                    continue;
                }

                tries++;
                CycleSearch used = best is null ? new CycleSearch(long.MaxValue, meter) : search;
                if (used.Path(view, graph.To(edge), node, best is null ? int.MaxValue : best.Value.Edges.Count - 2) is { } way)
                {
                    best = (node, [edge, .. way]);
                }
            }
        }

        return best!.Value;
    }

    private static void Draw(SessionHistory sessions, DependencyGraph graph, CommitOrder order, int from, int edge, List<int> transactions, List<string> lines)
    {
        TransactionHistory history = sessions.History;
        string NameOf(int transaction) => transaction < history.Count ? history.Name(transaction) : "the initial state";
        string ends = $"-> {NameOf(graph.To(edge))}";
        switch (graph.Kind(edge))
        {
            case Dependency.Process:
                lines.Add($"{NameOf(from)} -session{ends}");
                break;
            case Dependency.WriteRead:
                lines.Add($"{NameOf(from)} -wr({history.KeyName(graph.Label(edge))}: {sessions.WrittenValue(from, graph.Label(edge))}){ends}");
                break;
            default:
                CommitReason reason = order.Reasons[graph.Label(edge)];
                string key = history.KeyName(reason.Key);
                lines.Add($"{NameOf(from)} -before({key}: {sessions.WrittenValue(reason.Earlier, reason.Key)} before {sessions.WrittenValue(reason.Later, reason.Key)}){ends}, "
                    + $"for {NameOf(reason.Reader)} came after {NameOf(reason.Earlier)} and read {key} = {sessions.WrittenValue(reason.Later, reason.Key)}");
                transactions.Add(reason.Reader);
                break;
        }
    }
}
