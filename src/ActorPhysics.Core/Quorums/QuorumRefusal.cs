using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Quorums;

/// <summary>Why no <see cref="QuorumSystem"/> was built from a rule. Closed: <see cref="MalformedQuorumRule"/>, <see cref="QuorumCounterexample"/>.</summary>
public abstract record QuorumRefusal
{
    private protected QuorumRefusal()
    {
    }

    /// <summary>One sentence for an operator.</summary>
    public abstract string Explanation { get; }
}

/// <summary>The rule describes no system at all: no voters, a voter named twice, sizes out of range.</summary>
public sealed record MalformedQuorumRule(string Detail) : QuorumRefusal
{
    public override string Explanation => Detail;
}

/// <summary>
/// Two quorums that decide without hearing of each other: they meet in no replica outside a set that may be faulty. Each would
/// happily elect or commit on its own (seed §4.1, intersection invariant).
/// </summary>
/// <param name="First">An election quorum, by ascending id.</param>
/// <param name="Second">A quorum of <paramref name="SecondPhase"/>, by ascending id.</param>
/// <param name="SecondPhase">What the second quorum decides.</param>
/// <param name="Intersection">The replicas in both.</param>
/// <param name="FaultSet">An admissible set of lying replicas that covers the intersection; empty in the crash models.</param>
public sealed record QuorumCounterexample(
    ImmutableArray<ReplicaId> First,
    ImmutableArray<ReplicaId> Second,
    QuorumPhase SecondPhase,
    ImmutableArray<ReplicaId> Intersection,
    ImmutableArray<ReplicaId> FaultSet) : QuorumRefusal
{
    public override string Explanation
    {
        get
        {
            string meeting = Intersection.IsEmpty
                ? "do not intersect"
                : $"intersect only in {Names(Intersection)}, all of whom may be faulty at once";
            return $"election quorum {Names(First)} and {SecondPhase.ToString().ToLowerInvariant()} quorum {Names(Second)} {meeting}";
        }
    }

    public bool Equals(QuorumCounterexample? other) =>
        other is not null && SecondPhase == other.SecondPhase && Sequences.Equal(First, other.First) && Sequences.Equal(Second, other.Second)
        && Sequences.Equal(Intersection, other.Intersection) && Sequences.Equal(FaultSet, other.FaultSet);

    public override int GetHashCode() => Sequences.Hash(First) * 31 + Sequences.Hash(Second);

    private static string Names(ImmutableArray<ReplicaId> replicas) => "{" + string.Join(", ", replicas) + "}";
}
