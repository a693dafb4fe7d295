using System.Collections.Immutable;
using System.Numerics;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Core.Tests.Quorums;

/// <summary>
/// A second, naive reading of the rules over all subsets of the voters r1…rN (bit i stands for r(i+1)), to hold the product's
/// arithmetic against.
/// </summary>
internal sealed class QuorumOracle(QuorumRule rule, int voters, int faults)
{
    private readonly uint _subsets = 1u << voters;

    public bool IsQuorum(ulong set, QuorumPhase phase) => IsQuorum(rule, set, phase);

    public bool Intersects() => Pairs().All(pair => BitOperations.PopCount(pair.First & pair.Second) > faults);

    /// <summary>Whether the set has more than the faulty in common with every quorum of the phase.</summary>
    public bool MeetsEvery(ulong set, QuorumPhase phase) =>
        Quorums(phase).All(quorum => BitOperations.PopCount(set & quorum) > faults);

    public ulong CommitFrontier(ulong[] held) =>
        Quorums(QuorumPhase.Commit).Max(quorum => Enumerable.Range(0, voters).Where(i => (quorum >> i & 1) != 0).Min(i => held[i]));

    public int Missing(ulong present, QuorumPhase phase) => Quorums(phase).Min(quorum => BitOperations.PopCount(quorum & ~present));

    private static bool IsQuorum(QuorumRule rule, ulong set, QuorumPhase phase)
    {
        bool election = phase == QuorumPhase.Election;
        switch (rule)
        {
            case MajorityRule majority:
                return 2 * Count(majority.Voters, set) > majority.Voters.Length;
            case FlexibleRule flexible:
                return Count(flexible.Voters, set) >= (election ? flexible.ElectionSize : flexible.CommitSize);
            case WeightedRule weighted:
                int weight = weighted.Voters.Where(voter => Has(set, voter.Replica)).Sum(voter => voter.Weight);
                return weight >= (election ? weighted.ElectionWeight : weighted.CommitWeight);
            case FailureDomainRule placed:
                var domains = placed.Voters.GroupBy(voter => voter.Domain).ToList();
                int represented = domains.Count(domain => 2 * domain.Count(voter => Has(set, voter.Replica)) > domain.Count());
                int? needed = election ? placed.ElectionDomains : placed.CommitDomains;
                return needed is { } given ? represented >= given : 2 * represented > domains.Count;
            case ByzantineRule byzantine:
                int n = byzantine.Voters.Length;
                int size = Math.Min((n + byzantine.Faults) / 2 + 1, n - byzantine.Faults);
                return Count(byzantine.Voters, set) >= size;
            case JointRule joint:
                return IsQuorum(joint.Old, set, phase) && IsQuorum(joint.New, set, phase);
            default:
                throw new InvalidOperationException(rule.GetType().Name);
        }
    }

    private static int Count(ImmutableArray<ReplicaId> members, ulong set) => members.Count(replica => Has(set, replica));

    private static bool Has(ulong set, ReplicaId replica) => (set >> (int)(replica.Value - 1) & 1) != 0;

    private IEnumerable<ulong> Quorums(QuorumPhase phase)
    {
        for (ulong set = 0; set < _subsets; set++)
        {
            if (IsQuorum(set, phase))
            {
                yield return set;
            }
        }
    }

    private IEnumerable<(ulong First, ulong Second)> Pairs()
    {
        var elections = Quorums(QuorumPhase.Election).ToList();
        var all = elections.Concat(Quorums(QuorumPhase.Commit)).ToList();
        return elections.SelectMany(first => all.Select(second => (first, second)));
    }
}
