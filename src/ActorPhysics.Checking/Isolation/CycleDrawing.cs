namespace ActorPhysics.Checking.Isolation;

/// <summary>Turns the edges of a cycle into its transactions and its lines of evidence.</summary>
internal sealed class CycleDrawing
{
    private readonly TransactionHistory _history;

    private CycleDrawing(TransactionHistory history) => _history = history;

    public List<int> Transactions { get; } = [];

    /// <summary>The dependency that leads from each transaction to the next, and from the last to the first.</summary>
    public List<(Dependency Kind, int Element)> Steps { get; } = [];

    /// <param name="from">The node at which the first edge begins; it need be no transaction.</param>
    public static CycleDrawing Of(TransactionHistory history, DependencyGraph graph, int from, IReadOnlyList<int> edges)
    {
        var drawing = new CycleDrawing(history);
        var nodes = new List<int> { from };
        nodes.AddRange(edges.Select(graph.To));

        // Start where a transaction stands, so that what leads through barriers and junctions is one step.
        int start = nodes.FindIndex(node => node < graph.Transactions);
        (Dependency Kind, int Element) step = default;
        for (int i = 0; i < edges.Count; i++)
        {
            int place = (start + i) % edges.Count;
            if (nodes[place] < graph.Transactions)
            {
                drawing.Transactions.Add(nodes[place]);
                step = (Dependency.None, -1);
            }

            int edge = edges[place];
            Dependency kind = graph.Kind(edge) == Dependency.Junction ? Dependency.ReadWrite : graph.Kind(edge);
            step = (kind, graph.Label(edge) >= 0 ? graph.Label(edge) : step.Element);
            if (graph.To(edge) < graph.Transactions)
            {
                drawing.Steps.Add(step);
            }
        }

        return drawing;
    }

    public IEnumerable<string> Lines()
    {
        for (int i = 0; i < Transactions.Count; i++)
        {
            int from = Transactions[i];
            int to = Transactions[(i + 1) % Transactions.Count];
            yield return $"{_history.Name(from)} -{Evidence(from, Steps[i])}-> {_history.Name(to)}";
        }
    }

    /// <summary>Two writes by different transactions, each seen by a reader who misses the other.</summary>
    public bool IsLongFork() =>
        Steps.Count == 4
        && Enumerable.Range(0, 4).All(i => Steps[i].Kind == (Steps[0].Kind == Dependency.WriteRead ^ i % 2 != 0 ? Dependency.WriteRead : Dependency.ReadWrite))
        && Transactions.Distinct().Count() == 4;

    private string Evidence(int from, (Dependency Kind, int Element) step)
    {
        switch (step.Kind)
        {
            case Dependency.Process:
                return "process";
            case Dependency.Realtime:
                return "realtime";
        }

        int key = _history.KeyOf(step.Element);
        string name = _history.KeyName(key);
        string element = _history.ElementName(step.Element);
        return step.Kind switch
        {
            Dependency.WriteWrite => $"ww({name}: {LastWrite(from, key)} before {element})",
            Dependency.WriteRead => $"wr({name}: {element})",
            _ => $"rw({name}: read {Read(from, key)} before {element})",
        };
    }

    private string LastWrite(int transaction, int key)
    {
        string written = "?";
        foreach (MicroOperation operation in _history.Operations(transaction))
        {
            written = operation.IsWrite && operation.Key == key ? _history.ElementName(operation.Argument) : written;
        }

        return written;
    }

    private string Read(int transaction, int key)
    {
        foreach (MicroOperation operation in _history.Operations(transaction))
        {
            if (operation.Key == key && operation.IsKnownRead)
            {
                return operation.Kind == MicroOperationKind.ReadList ? _history.DescribeVersion(operation.Argument) : _history.ElementName(operation.Argument);
            }
        }

        return "?";
    }
}
