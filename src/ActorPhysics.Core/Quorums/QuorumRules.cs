using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Quorums;

/// <summary>Turns rules into criteria, and finds the quorums that refute a rule.</summary>
internal static class QuorumRules
{
    /// <summary>All voters of the rule by ascending id; with a complaint when they are none, too many, unnamed or named twice.</summary>
    public static ImmutableArray<ReplicaId> VotersOf(QuorumRule rule, out string? malformed)
    {
        if (rule is JointRule joint)
        {
            return VotersOfJoint(joint, out malformed);
        }

        ImmutableArray<ReplicaId> voters = Listed(rule).Sort();
        malformed = voters switch
        {
            { IsEmpty: true } => "a quorum system needs at least one voter",
            { Length: > MemberSet.Capacity } => $"{voters.Length} voters; a quorum system has at most {MemberSet.Capacity}",
            _ when voters[0].IsNone => "replica id 0 names nobody and cannot vote",
            _ => null,
        };
        for (int i = 1; i < voters.Length && malformed is null; i++)
        {
            malformed = voters[i] == voters[i - 1] ? $"voter {voters[i]} is named twice" : null;
        }

        return voters;
    }

    public static int FaultsOf(QuorumRule rule) => rule switch
    {
        ByzantineRule byzantine => byzantine.Faults,
        JointRule joint => Math.Max(FaultsOf(joint.Old), FaultsOf(joint.New)),
        _ => 0,
    };

    /// <summary>The criterion over positions in <paramref name="members"/>, or null with a complaint.</summary>
    public static QuorumCriterion? Compile(QuorumRule rule, ImmutableArray<ReplicaId> members, out string? malformed)
    {
        if (rule is JointRule joint)
        {
            QuorumCriterion? before = Compile(joint.Old, members, out malformed);
            QuorumCriterion? after = before is null ? null : Compile(joint.New, members, out malformed);
            return after is null ? null : new JointCriterion(before!, after);
        }

        MemberSet all = PositionsOf(Listed(rule), members);
        malformed = rule switch
        {
            FlexibleRule flexible => OutOfRange("size", flexible.ElectionSize, flexible.CommitSize, all.Count),
            WeightedRule weighted => ComplaintAbout(weighted),
            FailureDomainRule placed => ComplaintAbout(placed),
            ByzantineRule { Faults: < 1 } => "a Byzantine system tolerates at least one fault",
            ByzantineRule byzantine when byzantine.Faults >= all.Count => $"{byzantine.Faults} faults among {all.Count} voters leave nobody to decide",
            _ => null,
        };
        return malformed is null ? CompileChecked(rule, members, all) : null;
    }

    /// <summary>Two quorums that decide apart, or null: then the rule's system intersects.</summary>
    public static QuorumCounterexample? FindCounterexample(QuorumRule rule, ImmutableArray<ReplicaId> members, int faults)
    {
        if (rule is JointRule joint)
        {
            return FindCounterexample(joint.Old, members, faults) ?? FindCounterexample(joint.New, members, faults);
        }

        MemberSet all = PositionsOf(Listed(rule), members);
        QuorumCriterion criterion = rule is ByzantineRule byzantine
            ? AvailableByzantine(byzantine, all)
            : CompileChecked(rule, members, all);
        foreach (QuorumPhase second in (ReadOnlySpan<QuorumPhase>)[QuorumPhase.Election, QuorumPhase.Commit])
        {
            if (criterion.FindSeparated(QuorumPhase.Election, second, faults) is { } pair)
            {
                ImmutableArray<ReplicaId> meeting = ReplicasOf(members, pair.Intersection);
                return new QuorumCounterexample(ReplicasOf(members, pair.First), ReplicasOf(members, pair.Second), second, meeting, meeting);
            }
        }

        return null;
    }

    public static ImmutableArray<ReplicaId> ReplicasOf(ImmutableArray<ReplicaId> members, MemberSet set)
    {
        var replicas = ImmutableArray.CreateBuilder<ReplicaId>(set.Count);
        foreach (int position in set)
        {
            replicas.Add(members[position]);
        }

        return replicas.MoveToImmutable();
    }

    private static QuorumCriterion CompileChecked(QuorumRule rule, ImmutableArray<ReplicaId> members, MemberSet all) => rule switch
    {
        MajorityRule => CountCriterion.Majority(all),
        FlexibleRule flexible => new CountCriterion(all, flexible.ElectionSize, flexible.CommitSize),
        ByzantineRule byzantine => new CountCriterion(all, ByzantineSize(all.Count, byzantine.Faults), ByzantineSize(all.Count, byzantine.Faults)),
        WeightedRule weighted => new WeightCriterion(WeightByPosition(weighted, members), all, weighted.ElectionWeight, weighted.CommitWeight),
        FailureDomainRule placed => CompileDomains(placed, members),
        _ => throw new InvalidOperationException($"no criterion for {rule.GetType().Name}"),
    };

    /// <summary>
    /// More than half of n + f. With fewer than 3f + 1 voters that is more than the n − f that are sure to answer; the refutation
    /// is then about the quorums that would be available, of n − f voters.
    /// </summary>
    private static CountCriterion AvailableByzantine(ByzantineRule rule, MemberSet all)
    {
        int size = Math.Min(ByzantineSize(all.Count, rule.Faults), all.Count - rule.Faults);
        return new CountCriterion(all, size, size);
    }

    private static int ByzantineSize(int voters, int faults) => CountCriterion.MajorityOf(voters + faults);

    private static DomainCriterion CompileDomains(FailureDomainRule rule, ImmutableArray<ReplicaId> members)
    {
        ImmutableArray<PlacedVoter> byDomain = rule.Voters.Sort((a, b) => a.Domain.CompareTo(b.Domain));
        var domains = new List<CountCriterion>();
        for (int i = 0; i < byDomain.Length;)
        {
            MemberSet inside = MemberSet.Empty;
            FailureDomainId domain = byDomain[i].Domain;
            for (; i < byDomain.Length && byDomain[i].Domain == domain; i++)
            {
                inside = inside.With(members.BinarySearch(byDomain[i].Replica));
            }

            domains.Add(CountCriterion.Majority(inside));
        }

        int majority = CountCriterion.MajorityOf(domains.Count);
        return new DomainCriterion([.. domains], rule.ElectionDomains ?? majority, rule.CommitDomains ?? majority);
    }

    private static int[] WeightByPosition(WeightedRule rule, ImmutableArray<ReplicaId> members)
    {
        int[] weights = new int[members.Length];
        foreach (WeightedVoter voter in rule.Voters)
        {
            weights[members.BinarySearch(voter.Replica)] = voter.Weight;
        }

        return weights;
    }

    private static string? ComplaintAbout(WeightedRule rule)
    {
        int total = 0;
        foreach (WeightedVoter voter in rule.Voters)
        {
            if (voter.Weight is < 1 or > WeightedRule.HighestWeight)
            {
                return $"{voter.Replica} has weight {voter.Weight}; weights lie between 1 and {WeightedRule.HighestWeight}";
            }

            total += voter.Weight;
        }

        return OutOfRange("weight", rule.ElectionWeight, rule.CommitWeight, total);
    }

    private static string? ComplaintAbout(FailureDomainRule rule)
    {
        var domains = new SortedSet<FailureDomainId>();
        foreach (PlacedVoter voter in rule.Voters)
        {
            domains.Add(voter.Domain);
        }

        return OutOfRange("number of domains", rule.ElectionDomains ?? 1, rule.CommitDomains ?? 1, domains.Count);
    }

    private static string? OutOfRange(string what, int election, int commit, int most)
    {
        if (election >= 1 && election <= most && commit >= 1 && commit <= most)
        {
            return null;
        }

        return $"an election {what} of {election} and a commit {what} of {commit} do not both lie between 1 and {most}";
    }

    private static ImmutableArray<ReplicaId> VotersOfJoint(JointRule joint, out string? malformed)
    {
        if (joint.Old is JointRule || joint.New is JointRule)
        {
            malformed = "one half of a joint system is itself joint";
            return [];
        }

        ImmutableArray<ReplicaId> before = VotersOf(joint.Old, out malformed);
        ImmutableArray<ReplicaId> after = malformed is null ? VotersOf(joint.New, out malformed) : [];
        var both = new SortedSet<ReplicaId>(before);
        both.UnionWith(after);
        malformed ??= both.Count > MemberSet.Capacity ? $"{both.Count} voters; a quorum system has at most {MemberSet.Capacity}" : null;
        return [.. both];
    }

    private static ImmutableArray<ReplicaId> Listed(QuorumRule rule) => rule switch
    {
        MajorityRule majority => OrEmpty(majority.Voters),
        FlexibleRule flexible => OrEmpty(flexible.Voters),
        ByzantineRule byzantine => OrEmpty(byzantine.Voters),
        WeightedRule weighted => [.. OrEmpty(weighted.Voters).Select(voter => voter.Replica)],
        FailureDomainRule placed => [.. OrEmpty(placed.Voters).Select(voter => voter.Replica)],
        _ => throw new InvalidOperationException($"no voters for {rule.GetType().Name}"),
    };

    private static ImmutableArray<T> OrEmpty<T>(ImmutableArray<T> array) => array.IsDefault ? [] : array;

    private static MemberSet PositionsOf(ImmutableArray<ReplicaId> voters, ImmutableArray<ReplicaId> members)
    {
        MemberSet set = MemberSet.Empty;
        foreach (ReplicaId voter in voters)
        {
            set = set.With(members.BinarySearch(voter));
        }

        return set;
    }
}
