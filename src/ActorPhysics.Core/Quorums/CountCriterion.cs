using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Quorums;

/// <summary>Any given number of the voters: majorities, flexible and Byzantine systems, and the inside of a failure domain.</summary>
/// <remarks>Invariant: both sizes lie between 1 and the number of members.</remarks>
internal sealed class CountCriterion(MemberSet members, int electionSize, int commitSize) : QuorumCriterion
{
    public static int MajorityOf(int count) => count / 2 + 1;

    public static CountCriterion Majority(MemberSet members)
    {
        int size = MajorityOf(members.Count);
        return new CountCriterion(members, size, size);
    }

    public override MemberSet Members => members;

    public override bool Holds(MemberSet set, QuorumPhase phase) => set.Intersect(members).Count >= Size(phase);

    public override int Missing(MemberSet present, QuorumPhase phase) => Math.Max(0, Size(phase) - present.Intersect(members).Count);

    /// <summary>The k-th highest of the held indices, kept by insertion: for the handful of voters of a group nothing is faster.</summary>
    public override LogIndex CommitFrontier(ReadOnlySpan<LogIndex> heldByPosition)
    {
        Span<ulong> highest = stackalloc ulong[commitSize];
        int kept = 0;
        foreach (int position in members)
        {
            ulong held = heldByPosition[position].Value;
            if (kept == commitSize && held <= highest[kept - 1])
            {
                continue;
            }

            int slot = kept < commitSize ? kept++ : kept - 1;
            while (slot > 0 && highest[slot - 1] < held)
            {
                highest[slot] = highest[slot - 1];
                slot--;
            }

            highest[slot] = held;
        }

        return new LogIndex(highest[commitSize - 1]);
    }

    public override QuorumPair? FindSeparated(QuorumPhase first, QuorumPhase second, int faults) =>
        LeastOverlap(first, second) <= faults ? LeastOverlapping(first, second) : null;

    /// <summary>In how many voters a quorum of each phase must meet at least.</summary>
    public int LeastOverlap(QuorumPhase first, QuorumPhase second) => Math.Max(0, Size(first) + Size(second) - members.Count);

    /// <summary>The lowest positions against the highest ones: no two quorums of these sizes meet in fewer.</summary>
    public QuorumPair LeastOverlapping(QuorumPhase first, QuorumPhase second) =>
        new(Take(Size(first), skip: 0), Take(Size(second), skip: members.Count - Size(second)));

    private int Size(QuorumPhase phase) => phase == QuorumPhase.Election ? electionSize : commitSize;

    private MemberSet Take(int count, int skip)
    {
        MemberSet taken = MemberSet.Empty;
        foreach (int position in members)
        {
            if (skip-- <= 0 && count-- > 0)
            {
                taken = taken.With(position);
            }
        }

        return taken;
    }
}
