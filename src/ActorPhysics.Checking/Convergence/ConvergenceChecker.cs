using System.Collections.Immutable;
using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Convergence;

/// <summary>What a replica shows when all is quiet.</summary>
/// <param name="Keys">The values that were read of it.</param>
/// <param name="IsWhole">Whether that is its whole state, so that a key which is not there is absent; else such a key was not read.</param>
public sealed record ReplicaState(string Replica, ImmutableSortedDictionary<Value, Value> Keys, bool IsWhole);

/// <summary>A key on which replicas differ.</summary>
/// <param name="Camps">Who holds which value, the largest camp first; nil where the key is absent.</param>
public sealed record Divergence(Value Key, ImmutableArray<(Value Value, ImmutableArray<string> Replicas)> Camps)
{
    public override string ToString() =>
        $"{Key}: " + string.Join("; ", Camps.Select(camp => $"{camp.Value} at {string.Join(", ", camp.Replicas)}"));
}

/// <summary>Whether replicas converged.</summary>
/// <param name="Verdict">Undecided where no key was read of two replicas, so that there is nothing to compare.</param>
/// <param name="Divergences">In the order of the keys.</param>
public sealed record ConvergenceReport(Verdict Verdict, ImmutableArray<Divergence> Divergences);

/// <summary>
/// Compares what replicas show after all updates have reached all of them: replicas that saw the same updates must be in the same state
/// (Shapiro et al., "Conflict-Free Replicated Data Types", SSS 2011, strong eventual consistency).
/// </summary>
public static class ConvergenceChecker
{
    public static ConvergenceReport Check(IReadOnlyList<ReplicaState> replicas)
    {
        var divergences = ImmutableArray.CreateBuilder<Divergence>();
        bool compared = replicas.Count(replica => replica.IsWhole) > 1;
        foreach (Value key in replicas.SelectMany(replica => replica.Keys.Keys).Distinct().Order())
        {
            (Value Value, string Replica)[] held =
            [
                .. replicas.Where(replica => replica.IsWhole || replica.Keys.ContainsKey(key)).Select(replica => (replica.Keys.GetValueOrDefault(key), replica.Replica)),
            ];
            compared |= held.Length > 1;
            ImmutableArray<(Value Value, ImmutableArray<string> Replicas)> camps =
            [
                .. held.GroupBy(pair => pair.Value)
                    .OrderByDescending(camp => camp.Count())
                    .ThenBy(camp => camp.Key)
                    .Select(camp => (camp.Key, (ImmutableArray<string>)[.. camp.Select(pair => pair.Replica)])),
            ];
            if (camps.Length > 1)
            {
                divergences.Add(new Divergence(key, camps));
            }
        }

        Verdict verdict = divergences.Count > 0 ? Verdict.Violated : compared ? Verdict.Holds : Verdict.Undecided;
        return new ConvergenceReport(verdict, divergences.ToImmutable());
    }
}
