using ActorPhysics.Core.Quorums;
using ActorPhysics.Simulation.Monitors;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>
/// A quorum before a change of configuration and one after it that have nobody in common: both could decide, of the same position or the same
/// epoch. Counted by code of the monitors' own.
/// </summary>
internal sealed record QuorumsApart(string Before, string After)
{
    /// <returns>Null when every two quorums meet, of which at least one elects.</returns>
    public static QuorumsApart? Find(QuorumSystem before, QuorumSystem after)
    {
        var former = new QuorumArithmetic(before);
        var next = new QuorumArithmetic(after);
        foreach (MemberSet one in SubsetsOf(before))
        {
            // Whoever is not in the one set is the largest set that does not meet it.
            MemberSet others = after.All.Except(after.SetOf(before.ReplicasOf(one).AsSpan()));
            bool apart = (former.IsElectionQuorum(one) && (next.IsElectionQuorum(others) || next.IsCommitQuorum(others)))
                || (former.IsCommitQuorum(one) && next.IsElectionQuorum(others));
            if (apart)
            {
                return new QuorumsApart(before.Describe(one), after.Describe(others));
            }
        }

        return null;
    }

    public override string ToString() => $"{Before} decides before it, and {After} after it";

    private static IEnumerable<MemberSet> SubsetsOf(QuorumSystem quorums)
    {
        for (int bits = 0; bits < 1 << quorums.Members.Length; bits++)
        {
            MemberSet set = MemberSet.Empty;
            for (int position = 0; position < quorums.Members.Length; position++)
            {
                set = (bits >> position & 1) == 0 ? set : set.With(position);
            }

            yield return set;
        }
    }
}
