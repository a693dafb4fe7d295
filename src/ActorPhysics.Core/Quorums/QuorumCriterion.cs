using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Quorums;

/// <summary>Two quorums and, through them, the replicas in which they meet.</summary>
internal readonly record struct QuorumPair(MemberSet First, MemberSet Second)
{
    public MemberSet Intersection => First.Intersect(Second);
}

/// <summary>
/// What makes a set of voters a quorum. Every criterion is monotone (a superset of a quorum is a quorum), and every question below
/// has an exact answer in polynomial time: nothing here enumerates subsets.
/// </summary>
internal abstract class QuorumCriterion
{
    /// <summary>The voters that the criterion looks at, as positions of the whole system.</summary>
    public abstract MemberSet Members { get; }

    public abstract bool Holds(MemberSet set, QuorumPhase phase);

    /// <summary>The highest index that some commit quorum holds; runs once per batch, so it allocates nothing.</summary>
    public abstract LogIndex CommitFrontier(ReadOnlySpan<LogIndex> heldByPosition);

    /// <summary>How many more voters, at least, would make <paramref name="present"/> a quorum; 0 when it is one.</summary>
    public abstract int Missing(MemberSet present, QuorumPhase phase);

    /// <summary>
    /// Whether the set meets every quorum of the phase in more than <paramref name="faults"/> replicas: the voters outside of it,
    /// joined by that many liars from within, must fall short of a quorum.
    /// </summary>
    public virtual bool MeetsEvery(MemberSet set, QuorumPhase phase, int faults) => Missing(Members.Except(set), phase) > faults;

    /// <summary>Two quorums that meet in at most <paramref name="faults"/> replicas, or null when there are none.</summary>
    public abstract QuorumPair? FindSeparated(QuorumPhase first, QuorumPhase second, int faults);
}

/// <summary>Both of two criteria, over voters that may overlap: the joint system of a membership change.</summary>
internal sealed class JointCriterion(QuorumCriterion before, QuorumCriterion after) : QuorumCriterion
{
    public override MemberSet Members { get; } = before.Members.Union(after.Members);

    public override bool Holds(MemberSet set, QuorumPhase phase) => before.Holds(set, phase) && after.Holds(set, phase);

    public override LogIndex CommitFrontier(ReadOnlySpan<LogIndex> heldByPosition) =>
        LogIndex.Min(before.CommitFrontier(heldByPosition), after.CommitFrontier(heldByPosition));

    /// <summary>A lower bound, reached when one voter can help both halves.</summary>
    public override int Missing(MemberSet present, QuorumPhase phase) =>
        Math.Max(before.Missing(present, phase), after.Missing(present, phase));

    /// <summary>
    /// Stricter than the joint system alone would ask for: each half must be met. While a change is under way some voters still use
    /// the old half alone and some may already use the new one alone, and neither may decide behind the set's back.
    /// </summary>
    public override bool MeetsEvery(MemberSet set, QuorumPhase phase, int faults) =>
        before.MeetsEvery(set, phase, faults) && after.MeetsEvery(set, phase, faults);

    /// <summary>A pair of joint quorums contains a pair of each half's quorums, so it is separated only where both halves are.</summary>
    public override QuorumPair? FindSeparated(QuorumPhase first, QuorumPhase second, int faults) =>
        before.FindSeparated(first, second, faults) is null || after.FindSeparated(first, second, faults) is null
            ? null
            : throw new InvariantViolationException(InvariantNames.QuorumIntersection, "a joint system was built from two halves that are no quorum systems");
}
