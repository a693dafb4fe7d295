using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;
using FsCheck;
using FsCheck.Fluent;

namespace ActorPhysics.Core.Tests.Quorums;

/// <summary>A rule over r1…rN and how many voters may lie.</summary>
internal sealed record RuleCase(QuorumRule Rule, int Voters, int Faults);

/// <summary>Random rules over few voters, sound and unsound ones alike.</summary>
internal static class RuleGenerators
{
    private const int MostVoters = 6;

    public static Gen<RuleCase> AnyCase { get; } =
        from voters in Gen.Choose(1, MostVoters)
        from rule in AnyRule(Given.Replicas(voters))
        from faults in Gen.Frequency((4, Gen.Constant(0)), (1, Gen.Choose(1, 2)))
        select new RuleCase(rule, voters, Math.Max(faults, rule is ByzantineRule byzantine ? byzantine.Faults : 0));

    /// <summary>Joint rules whose halves are sound, over voters that overlap at random.</summary>
    public static Gen<RuleCase> JointCase { get; } =
        from before in Gen.NonEmptyListOf(Gen.Elements(Given.Replicas(MostVoters)))
        from after in Gen.NonEmptyListOf(Gen.Elements(Given.Replicas(MostVoters)))
        from old in AnyRule([.. before.Distinct()])
        from @new in AnyRule([.. after.Distinct()])
        select new RuleCase(new JointRule(old, @new), MostVoters, Faults: 0);

    private static Gen<QuorumRule> AnyRule(ReplicaId[] voters) => Gen.OneOf(
        Gen.Constant<QuorumRule>(new MajorityRule([.. voters])),
        Flexible(voters),
        Weighted(voters),
        Placed(voters),
        Byzantine(voters));

    private static Gen<QuorumRule> Flexible(ReplicaId[] voters) =>
        from election in Gen.Choose(1, voters.Length)
        from commit in Gen.Choose(1, voters.Length)
        select (QuorumRule)new FlexibleRule([.. voters], election, commit);

    private static Gen<QuorumRule> Weighted(ReplicaId[] voters) =>
        from weights in Gen.ArrayOf(Gen.Choose(1, 5), voters.Length)
        from election in Gen.Choose(1, weights.Sum())
        from commit in Gen.Choose(1, weights.Sum())
        select (QuorumRule)new WeightedRule([.. voters.Zip(weights, (voter, weight) => new WeightedVoter(voter, weight))], election, commit);

    private static Gen<QuorumRule> Placed(ReplicaId[] voters) =>
        from domains in Gen.ArrayOf(Gen.Choose(0, 3), voters.Length)
        let placed = voters.Zip(domains, (voter, domain) => new PlacedVoter(voter, new FailureDomainId((ulong)domain))).ToImmutableArray()
        let count = domains.Distinct().Count()
        from election in Gen.Choose(0, count)
        from commit in Gen.Choose(0, count)
        select (QuorumRule)new FailureDomainRule(placed, election == 0 ? null : election, commit == 0 ? null : commit);

    private static Gen<QuorumRule> Byzantine(ReplicaId[] voters) =>
        from faults in Gen.Choose(1, 2)
        select voters.Length > faults ? (QuorumRule)new ByzantineRule([.. voters], faults) : new MajorityRule([.. voters]);
}
