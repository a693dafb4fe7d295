using System.Collections.Immutable;
using ActorPhysics.Checking.Convergence;
using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Models;

/// <summary>
/// Final reads after quiescence: each process is a replica, a <c>read</c> with a key shows that key, one without a key whose result is a map
/// shows the replica's whole state. Of several reads of one replica the last counts; writes and unfinished reads do not.
/// </summary>
public sealed class ConvergenceModel : CheckModel
{
    private const string Convergent = "convergent";

    // A node of a sorted map, and an entry of the table of witnesses.
    private const long ReadBytes = 160;

    public override string Name => "convergence";

    public override ImmutableArray<string> Levels => [Convergent];

    public override CheckReport Check(IReadOnlyList<Operation> operations, CheckOptions options)
    {
        var meter = new SearchMeter(options.Budget, options.IsCancelled);
        try
        {
            return Check(operations, meter);
        }
        catch (CheckEndedException ended)
        {
            return CheckReport.Unfinished(Levels, ended.Message);
        }
    }

    private static CheckReport Check(IReadOnlyList<Operation> operations, SearchMeter meter)
    {
        meter.Checkpoint(0);
        var states = new SortedDictionary<ProcessId, ReplicaState>();
        var reads = new Dictionary<(string Replica, Value Key), EventIndex>();
        foreach (Operation read in operations.Where(operation => operation is { Outcome: OperationOutcome.Ok, Function: "read" }))
        {
            bool whole = read.Key.IsNil && read.Result.Kind == ValueKind.Map;
            if (read.Key.IsNil && !whole)
            {
                return CheckReport.Unreadable(read.Fault("a read of a replica has a key, or a map for its result"));
            }

            meter.Spend(ReadBytes * (whole ? read.Result.AsMap.Length : 1));
            string replica = read.Process.ToString();
            ReplicaState known = states.GetValueOrDefault(read.Process) ?? new ReplicaState(replica, ImmutableSortedDictionary<Value, Value>.Empty, IsWhole: false);
            states[read.Process] = whole
                ? new ReplicaState(replica, read.Result.AsMap.ToImmutableSortedDictionary(entry => NameOf(entry.Key), entry => entry.Value), IsWhole: true)
                : known with { Keys = known.Keys.SetItem(NameOf(read.Key), read.Result) };
            reads[(replica, whole ? Value.Nil : NameOf(read.Key))] = read.InvocationIndex;
        }

        ConvergenceReport report = ConvergenceChecker.Check([.. states.Values]);
        return new CheckReport
        {
            Verdict = report.Verdict,
            Levels = [new LevelVerdict(Convergent, report.Verdict)],
            Anomalies = [.. report.Divergences.Select(divergence => Describe(divergence, reads))],
            Undecided = report.Verdict == Verdict.Undecided ? "no key was read of two replicas" : null,
        };
    }

    /// <summary>A number that is a key is a text where it is the name in a JSON object.</summary>
    private static Value NameOf(Value key) => key.IsInteger ? Value.Of(key.ToString()) : key;

    private static Anomaly Describe(Divergence divergence, Dictionary<(string Replica, Value Key), EventIndex> reads)
    {
        IEnumerable<EventIndex> witnesses = divergence.Camps
            .SelectMany(camp => camp.Replicas)
            .Select(replica => reads.TryGetValue((replica, divergence.Key), out EventIndex read) ? read : reads[(replica, Value.Nil)]);
        return new Anomaly("divergence", [.. witnesses.Order()], $"  {divergence}\n");
    }
}
