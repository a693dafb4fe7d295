using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Quorums;

/// <summary>A number of failure domains, each of them represented by a majority of its own voters.</summary>
/// <remarks>Invariant: domains are disjoint and not empty, and both numbers lie between 1 and the number of domains.</remarks>
internal sealed class DomainCriterion : QuorumCriterion
{
    private readonly CountCriterion[] _domains;
    private readonly int _electionDomains;
    private readonly int _commitDomains;

    public DomainCriterion(CountCriterion[] domains, int electionDomains, int commitDomains)
    {
        (_domains, _electionDomains, _commitDomains) = (domains, electionDomains, commitDomains);
        foreach (CountCriterion domain in domains)
        {
            Members = Members.Union(domain.Members);
        }
    }

    public override MemberSet Members { get; }

    public override bool Holds(MemberSet set, QuorumPhase phase)
    {
        int represented = 0;
        foreach (CountCriterion domain in _domains)
        {
            represented += domain.Holds(set, phase) ? 1 : 0;
        }

        return represented >= Needed(phase);
    }

    public override int Missing(MemberSet present, QuorumPhase phase)
    {
        Span<int> missing = stackalloc int[_domains.Length];
        for (int i = 0; i < _domains.Length; i++)
        {
            missing[i] = _domains[i].Missing(present, phase);
        }

        missing.Sort();
        int sum = 0;
        foreach (int voters in missing[..Needed(phase)])
        {
            sum += voters;
        }

        return sum;
    }

    public override LogIndex CommitFrontier(ReadOnlySpan<LogIndex> heldByPosition)
    {
        Span<ulong> frontiers = stackalloc ulong[_domains.Length];
        for (int i = 0; i < _domains.Length; i++)
        {
            frontiers[i] = _domains[i].CommitFrontier(heldByPosition).Value;
        }

        frontiers.Sort();
        return new LogIndex(frontiers[^_commitDomains]);
    }

    /// <summary>
    /// The domains that both quorums must share are the ones where two majorities meet in the fewest voters; each quorum fills up with
    /// domains of its own, which cost nothing.
    /// </summary>
    public override QuorumPair? FindSeparated(QuorumPhase first, QuorumPhase second, int faults)
    {
        CountCriterion[] cheapestFirst = [.. _domains];
        Array.Sort(cheapestFirst, (a, b) => a.LeastOverlap(first, second) != b.LeastOverlap(first, second)
            ? a.LeastOverlap(first, second).CompareTo(b.LeastOverlap(first, second))
            : a.Members.Bits.CompareTo(b.Members.Bits));
        int shared = Math.Max(0, Needed(first) + Needed(second) - _domains.Length);
        var pair = new QuorumPair(MemberSet.Empty, MemberSet.Empty);
        for (int i = 0; i < _domains.Length; i++)
        {
            QuorumPair inside = cheapestFirst[i].LeastOverlapping(first, second);
            bool inFirst = i < Needed(first);
            bool inSecond = i < shared || (!inFirst && i < Needed(first) + Needed(second) - shared);
            pair = new QuorumPair(
                inFirst ? pair.First.Union(inside.First) : pair.First,
                inSecond ? pair.Second.Union(inside.Second) : pair.Second);
        }

        return pair.Intersection.Count <= faults ? pair : null;
    }

    private int Needed(QuorumPhase phase) => phase == QuorumPhase.Election ? _electionDomains : _commitDomains;
}
