using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Quorums;
using FsCheck;
using FsCheck.Fluent;

namespace ActorPhysics.Core.Tests.Quorums;

[Trait("Seed", "4.1")]
public sealed class QuorumPropertyTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(600);

    [Fact]
    public void A_rule_is_accepted_exactly_when_all_of_its_quorums_meet_in_an_honest_replica() =>
        Check(RuleGenerators.AnyCase, (@case, system, refusal) =>
        {
            bool intersects = new QuorumOracle(@case.Rule, @case.Voters, @case.Faults).Intersects();
            return system is not null == intersects && refusal is null == intersects;
        });

    [Fact]
    public void A_refused_rule_comes_with_two_quorums_that_do_not_meet_in_an_honest_replica() =>
        Check(RuleGenerators.AnyCase, (@case, system, refusal) =>
        {
            if (system is not null)
            {
                return true;
            }

            var shown = (QuorumCounterexample)refusal!;
            var oracle = new QuorumOracle(@case.Rule, @case.Voters, @case.Faults);
            return oracle.IsQuorum(Bits(shown.First), QuorumPhase.Election)
                && oracle.IsQuorum(Bits(shown.Second), shown.SecondPhase)
                && Bits(shown.Intersection) == (Bits(shown.First) & Bits(shown.Second))
                && shown.FaultSet.SequenceEqual(shown.Intersection)
                && shown.FaultSet.Length <= @case.Faults;
        });

    [Fact]
    public void The_quorums_shown_against_a_weighted_rule_are_minimal() =>
        Check(RuleGenerators.AnyCase, (@case, system, refusal) =>
        {
            if (refusal is not QuorumCounterexample shown || @case.Rule is not WeightedRule)
            {
                return true;
            }

            var oracle = new QuorumOracle(@case.Rule, @case.Voters, @case.Faults);
            return shown.First.All(replica => !oracle.IsQuorum(Bits(shown.First.Remove(replica)), QuorumPhase.Election))
                && shown.Second.All(replica => !oracle.IsQuorum(Bits(shown.Second.Remove(replica)), shown.SecondPhase));
        });

    [Fact]
    public void A_joint_rule_is_accepted_exactly_when_both_halves_are() =>
        Check(RuleGenerators.JointCase, (@case, system, _) =>
        {
            var joint = (JointRule)@case.Rule;
            int faults = new[] { joint.Old, joint.New }.Max(half => half is ByzantineRule byzantine ? byzantine.Faults : 0);
            bool bothStand = new[] { joint.Old, joint.New }.All(half => new QuorumOracle(half, @case.Voters, faults).Intersects());
            return system is not null == bothStand
                && (system is null || new QuorumOracle(joint, @case.Voters, faults).Intersects());
        });

    [Fact]
    public void Quorums_frontiers_and_missing_voters_agree_with_enumeration() =>
        Check(Gen.OneOf(RuleGenerators.AnyCase, RuleGenerators.JointCase), (@case, system, _) =>
            system is null || AgreesWithEnumeration(system, @case));

    [Fact]
    public void A_set_that_fences_elections_meets_every_election_quorum_and_so_does_every_quorum() =>
        Check(Gen.OneOf(RuleGenerators.AnyCase, RuleGenerators.JointCase), (@case, system, _) =>
        {
            if (system is null)
            {
                return true;
            }

            var oracle = new QuorumOracle(@case.Rule, @case.Voters, system.ByzantineFaults);
            return AllSets(system).All(set =>
            {
                bool meetsElections = oracle.MeetsEvery(ToOracle(system, set), QuorumPhase.Election);
                bool meetsCommits = oracle.MeetsEvery(ToOracle(system, set), QuorumPhase.Commit);
                bool fences = system.MeetsEveryElectionQuorum(set);
                bool isJoint = @case.Rule is JointRule;
                return (isJoint ? !fences || meetsElections : fences == meetsElections)
                    && (isJoint ? !system.MeetsEveryCommitQuorum(set) || meetsCommits : system.MeetsEveryCommitQuorum(set) == meetsCommits)
                    && (fences || !(system.IsElectionQuorum(set) || system.IsCommitQuorum(set)));
            });
        });

    [Fact]
    public void A_tally_is_won_lost_or_open_as_the_silent_voters_can_still_decide() =>
        Check(RuleGenerators.AnyCase, (@case, system, _) =>
        {
            if (system is null)
            {
                return true;
            }

            return AllSets(system).All(granted => AllSets(system).Where(refused => refused.Intersect(granted).IsEmpty).All(refused =>
            {
                bool won = system.IsElectionQuorum(granted);
                bool mayWin = system.IsElectionQuorum(system.All.Except(refused));
                return system.Tally(granted, refused) == (won ? VoteTally.Won : mayWin ? VoteTally.Pending : VoteTally.Lost);
            }));
        });

    private static bool AgreesWithEnumeration(QuorumSystem system, RuleCase @case)
    {
        var oracle = new QuorumOracle(@case.Rule, @case.Voters, @case.Faults);
        ulong[] held = [5, 3, 9, 3, 7, 1];
        var heldByPosition = system.Members.Select(member => new LogIndex(held[(int)member.Value - 1])).ToArray();
        return system.CommitFrontier(heldByPosition).Value == oracle.CommitFrontier(held)
            && AllSets(system).All(set =>
            {
                ulong bits = ToOracle(system, set);
                int lacking = oracle.Missing(bits, QuorumPhase.Election);
                return system.IsElectionQuorum(set) == oracle.IsQuorum(bits, QuorumPhase.Election)
                    && system.IsCommitQuorum(set) == oracle.IsQuorum(bits, QuorumPhase.Commit)
                    && (@case.Rule is JointRule ? system.Missing(set, QuorumPhase.Election) <= lacking : system.Missing(set, QuorumPhase.Election) == lacking);
            });
    }

    private static IEnumerable<MemberSet> AllSets(QuorumSystem system) =>
        Enumerable.Range(0, 1 << system.Members.Length).Select(bits => new MemberSet((ulong)bits));

    private static ulong ToOracle(QuorumSystem system, MemberSet set) => Bits(system.ReplicasOf(set));

    private static ulong Bits(IEnumerable<ReplicaId> replicas) => replicas.Aggregate(0UL, (bits, replica) => bits | 1UL << (int)(replica.Value - 1));

    private static void Check(Gen<RuleCase> cases, Func<RuleCase, QuorumSystem?, QuorumRefusal?, bool> holds) =>
        Prop.ForAll(cases.ToArbitrary(), @case =>
        {
            FailureModel model = @case.Faults > 0 ? new Byzantine(@case.Faults) : CrashRecovery.Instance;
            var system = QuorumSystem.TryCreate(@case.Rule, model, out QuorumRefusal? refusal);
            return holds(@case, system, refusal);
        }).Check(Thorough);
}
