using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// Which sets decide, counted from the rule by code of the monitors' own: what judges the product's commits must not share the mistake that it is to
/// find. A set is one of positions among the voters, as the product's.
/// </summary>
internal sealed class QuorumArithmetic
{
    private readonly Func<MemberSet, bool> _elects;
    private readonly Func<MemberSet, bool> _commits;
    private readonly MemberSet _all;
    private readonly QuorumSystem _quorums;

    public QuorumArithmetic(QuorumSystem quorums)
    {
        _quorums = quorums;
        _all = MemberSet.FirstPositions(quorums.Members.Length);
        _elects = Counting(quorums.Rule, quorums, QuorumPhase.Election);
        _commits = Counting(quorums.Rule, quorums, QuorumPhase.Commit);
    }

    public bool IsElectionQuorum(MemberSet set) => _elects(set);

    public bool IsCommitQuorum(MemberSet set) => _commits(set);

    /// <summary>Whether this is a joint system, and the set decides in one half of it only: who took that for enough went to another configuration by himself.</summary>
    public bool DecidesInOneHalf(MemberSet set, QuorumPhase phase) => _quorums.Rule is JointRule joint
        && Counting(joint.Old, _quorums, phase)(set) != Counting(joint.New, _quorums, phase)(set);

    /// <summary>The others cannot elect anybody without it.</summary>
    public bool MeetsEveryElectionQuorum(MemberSet set) => !_elects(_all.Except(set));

    private static Func<MemberSet, bool> Counting(QuorumRule rule, QuorumSystem quorums, QuorumPhase phase)
    {
        bool elects = phase == QuorumPhase.Election;
        return rule switch
        {
            MajorityRule majority => AtLeast(SetOf(majority.Voters, quorums), majority.Voters.Length / 2 + 1),
            FlexibleRule flexible => AtLeast(SetOf(flexible.Voters, quorums), elects ? flexible.ElectionSize : flexible.CommitSize),
            ByzantineRule byzantine => AtLeast(SetOf(byzantine.Voters, quorums), (byzantine.Voters.Length + byzantine.Faults) / 2 + 1),
            WeightedRule weighted => Weighing(weighted, quorums, elects ? weighted.ElectionWeight : weighted.CommitWeight),
            FailureDomainRule placed => Representing(placed, quorums, elects ? placed.ElectionDomains : placed.CommitDomains),
            JointRule joint => Both(Counting(joint.Old, quorums, phase), Counting(joint.New, quorums, phase)),
            _ => throw new ArgumentException($"{rule.GetType().Name} is not known here", nameof(rule)),
        };
    }

    private static Func<MemberSet, bool> AtLeast(MemberSet voters, int needed) => set => set.Intersect(voters).Count >= needed;

    private static Func<MemberSet, bool> Both(Func<MemberSet, bool> one, Func<MemberSet, bool> other) => set => one(set) && other(set);

    private static Func<MemberSet, bool> Weighing(WeightedRule rule, QuorumSystem quorums, int needed) =>
        set => rule.Voters.Sum(voter => set.Contains(quorums.PositionOf(voter.Replica)) ? voter.Weight : 0) >= needed;

    /// <summary>A domain is represented by more than half of its voters.</summary>
    private static Func<MemberSet, bool> Representing(FailureDomainRule rule, QuorumSystem quorums, int? asked)
    {
        MemberSet[] domains = [.. rule.Voters.GroupBy(voter => voter.Domain).Select(domain => SetOf(domain.Select(voter => voter.Replica), quorums))];
        int needed = asked ?? domains.Length / 2 + 1;
        return set => domains.Count(domain => set.Intersect(domain).Count > domain.Count / 2) >= needed;
    }

    private static MemberSet SetOf(IEnumerable<ReplicaId> voters, QuorumSystem quorums) =>
        voters.Aggregate(MemberSet.Empty, (set, voter) => set.With(quorums.PositionOf(voter)));
}
