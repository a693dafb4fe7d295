using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Quorums;

/// <summary>Voters whose weights reach a sum.</summary>
/// <remarks>Invariant: weights are positive, and both sums lie between 1 and the sum of all weights. Weights are given by position.</remarks>
internal sealed class WeightCriterion(int[] weightByPosition, MemberSet members, int electionWeight, int commitWeight) : QuorumCriterion
{
    private readonly int[] _heaviestFirst = HeaviestFirst(weightByPosition, members);

    public override MemberSet Members => members;

    public override bool Holds(MemberSet set, QuorumPhase phase)
    {
        int sum = 0;
        foreach (int position in set.Intersect(members))
        {
            sum += weightByPosition[position];
        }

        return sum >= Needed(phase);
    }

    /// <summary>Each voter counts as one, so the heaviest absent voters are the shortest way to the sum.</summary>
    public override int Missing(MemberSet present, QuorumPhase phase)
    {
        int lacking = Needed(phase);
        foreach (int position in present.Intersect(members))
        {
            lacking -= weightByPosition[position];
        }

        int added = 0;
        for (int i = 0; i < _heaviestFirst.Length && lacking > 0; i++)
        {
            if (!present.Contains(_heaviestFirst[i]))
            {
                lacking -= weightByPosition[_heaviestFirst[i]];
                added++;
            }
        }

        return added;
    }

    public override LogIndex CommitFrontier(ReadOnlySpan<LogIndex> heldByPosition)
    {
        Span<int> byHeld = stackalloc int[members.Count];
        int count = 0;
        foreach (int position in members)
        {
            int slot = count++;
            while (slot > 0 && heldByPosition[byHeld[slot - 1]] < heldByPosition[position])
            {
                byHeld[slot] = byHeld[slot - 1];
                slot--;
            }

            byHeld[slot] = position;
        }

        int sum = 0;
        foreach (int position in byHeld)
        {
            sum += weightByPosition[position];
            if (sum >= commitWeight)
            {
                return heldByPosition[position];
            }
        }

        return LogIndex.Zero;
    }

    /// <summary>
    /// Sums alone would refuse safe systems (three voters of weight 3 that need 4 always meet), so this is exact: a table over
    /// (weight of the first quorum, voters in both) keeps the most weight that the second quorum can have.
    /// </summary>
    public override QuorumPair? FindSeparated(QuorumPhase first, QuorumPhase second, int faults)
    {
        var table = new SeparationTable(_heaviestFirst, weightByPosition, overlapBound: faults);
        return table.Find(Needed(first), Needed(second)) is { } found ? new QuorumPair(Shrink(found.First, first), Shrink(found.Second, second)) : null;
    }

    private int Needed(QuorumPhase phase) => phase == QuorumPhase.Election ? electionWeight : commitWeight;

    /// <summary>Drops whoever is not needed, the lightest first, so that the counterexample shows minimal quorums.</summary>
    private MemberSet Shrink(MemberSet quorum, QuorumPhase phase)
    {
        for (int i = _heaviestFirst.Length - 1; i >= 0; i--)
        {
            MemberSet without = quorum.Without(_heaviestFirst[i]);
            quorum = Holds(without, phase) ? without : quorum;
        }

        return quorum;
    }

    private static int[] HeaviestFirst(int[] weightByPosition, MemberSet members)
    {
        var positions = new List<int>();
        foreach (int position in members)
        {
            positions.Add(position);
        }

        positions.Sort((a, b) => weightByPosition[a] != weightByPosition[b] ? weightByPosition[b].CompareTo(weightByPosition[a]) : a.CompareTo(b));
        return [.. positions];
    }
}
