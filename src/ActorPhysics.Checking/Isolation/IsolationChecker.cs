namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// Judges transactions over lists or registers at every level of <see cref="IsolationLevel"/> at once, in time about linear in the history:
/// from what the transactions read it infers who depends on whom, and looks for cycles (Adya, "Weak Consistency", 1999; Kingsbury &amp;
/// Alvaro, "Elle", VLDB 2020). What is called violated is violated. That a level holds is exact for lists all of whose appends were read;
/// for registers it means that nothing which the history tells contradicts it.
/// </summary>
public static class IsolationChecker
{
    // Flags and groupings beside the history: for lists five flags of each version and two entries of each reader.
    private const long WorkBytesPerOperation = 36;

    // Two moments of each transaction, and their sorting.
    private const long TimeBytesPerTransaction = 32;

    /// <summary>Judges a history whose micro-operations are all appends and reads of lists, or all writes and reads of registers.</summary>
    public static IsolationReport Check(TransactionHistory history, IsolationOptions? options = null)
    {
        options ??= new IsolationOptions();
        var anomalies = new AnomalyList();
        if (history.WrittenTwice is { } element)
        {
            string reason = $"{history.ElementName(element)} was written to {history.KeyName(history.KeyOf(element))} more than once, so who wrote what was read is unknown";
            return new IsolationReport(history, graph: null, anomalies, reason, causalDecided: false);
        }

        var meter = new SearchMeter(options.Budget, options.IsCancelled);
        try
        {
            return Judge(history, options, anomalies, meter);
        }
        catch (CheckEndedException ended)
        {
            // What was found until then is true all the same.
            return new IsolationReport(history, graph: null, anomalies, ended.Message, causalDecided: false);
        }
    }

    private static IsolationReport Judge(TransactionHistory history, IsolationOptions options, AnomalyList anomalies, SearchMeter meter)
    {
        meter.Checkpoint(history.HeldBytes);
        var edges = new DependencyGraph.Builder(history.Count, meter);
        if (IsOfRegisters(history))
        {
            meter.Checkpoint(history.OperationCount * WorkBytesPerOperation);
            List<RegisterAccess> accesses = RegisterAccesses.Of(history);
            var orders = new RegisterVersionOrders(history, accesses, options.Assumptions, meter);
            RegisterAnomalies.Find(history, orders, anomalies);
            RegisterDependencies.Add(history, accesses, orders, edges);
        }
        else
        {
            meter.Checkpoint((history.OperationCount + (long)history.Versions.Count) * WorkBytesPerOperation);
            var timelines = new ListTimelines(history);
            ListAppendAnomalies.Find(history, timelines, anomalies);
            meter.Checkpoint(0);
            ListAppendDependencies.Add(history, timelines, edges);
        }

        meter.Checkpoint(history.Count * TimeBytesPerTransaction);
        OrderEdges.AddProcesses(history, edges);
        OrderEdges.AddRealtime(history, edges);
        DependencyGraph graph = edges.Build();
        bool complete = CycleAnomalies.Find(history, graph, options.SearchBudget, meter, anomalies);
        return new IsolationReport(history, graph, anomalies, undecided: null, complete);
    }

    private static bool IsOfRegisters(TransactionHistory history)
    {
        for (int transaction = 0; transaction < history.Count; transaction++)
        {
            foreach (MicroOperation operation in history.Operations(transaction))
            {
                if (operation.Kind == MicroOperationKind.Write || operation is { Kind: MicroOperationKind.ReadValue, Argument: not TransactionHistory.Unseen })
                {
                    return true;
                }
            }
        }

        return false;
    }
}
