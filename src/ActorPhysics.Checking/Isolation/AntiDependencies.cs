namespace ActorPhysics.Checking.Isolation;

/// <summary>Edges from all readers of a version to all writers of later ones.</summary>
internal static class AntiDependencies
{
    private const int DirectPairs = 256;

    /// <summary>
    /// Adds an rw edge from each reader to each writer, save from a transaction to itself. Many pairs go through junctions, in a number
    /// linear in readers and writers: one chain reaches the first i writers for each i, one the last i, and a reader that is the j-th
    /// writer itself enters both beside j.
    /// </summary>
    /// <param name="elements">Written elements, whose writers live; a writer's stand together.</param>
    public static void Add(TransactionHistory history, DependencyGraph.Builder edges, ReadOnlySpan<int> readers, ReadOnlySpan<int> elements)
    {
        if ((long)readers.Length * elements.Length <= DirectPairs)
        {
            foreach (int reader in readers)
            {
                foreach (int element in elements)
                {
                    edges.Add(reader, history.Writer(element), Dependency.ReadWrite, element);
                }
            }

            return;
        }

        AddThroughJunctions(history, edges, readers, elements);
    }

    private static void AddThroughJunctions(
        TransactionHistory history, DependencyGraph.Builder edges, ReadOnlySpan<int> readers, ReadOnlySpan<int> elements)
    {
        var places = new Dictionary<int, (int First, int Last)>();
        for (int i = 0; i < elements.Length; i++)
        {
            int writer = history.Writer(elements[i]);
            places[writer] = (places.TryGetValue(writer, out (int First, int Last) known) ? known.First : i, i);
        }

        int[] upTo = Chain(history, edges, elements, backwards: false);
        int[] from = Chain(history, edges, elements, backwards: true);
        foreach (int reader in readers)
        {
            if (!places.TryGetValue(reader, out (int First, int Last) own))
            {
                edges.Add(reader, upTo[^1], Dependency.ReadWrite);
                continue;
            }

            if (own.First > 0)
            {
                edges.Add(reader, upTo[own.First - 1], Dependency.ReadWrite);
            }

            if (own.Last + 1 < elements.Length)
            {
                edges.Add(reader, from[own.Last + 1], Dependency.ReadWrite);
            }
        }
    }

    /// <summary>Junctions of which the i-th leads to writer i and to its predecessor (or, backwards, its successor) in the chain.</summary>
    private static int[] Chain(TransactionHistory history, DependencyGraph.Builder edges, ReadOnlySpan<int> elements, bool backwards)
    {
        var junctions = new int[elements.Length];
        for (int step = 0; step < elements.Length; step++)
        {
            int i = backwards ? elements.Length - 1 - step : step;
            junctions[i] = edges.AddNode();
            edges.Add(junctions[i], history.Writer(elements[i]), Dependency.Junction, elements[i]);
            if (step > 0)
            {
                edges.Add(junctions[i], junctions[backwards ? i + 1 : i - 1], Dependency.Junction);
            }
        }

        return junctions;
    }
}
