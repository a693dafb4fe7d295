using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Simulation.Exploration;

namespace ActorPhysics.Simulation.Tests.Exploration;

/// <summary>Moments that are easily left out: a search within a scope must come by each of them.</summary>
public sealed class ReachTests
{
    private static readonly ExplorationLimits OneWorker = new() { Workers = 1 };

    [Fact]
    [Trait("Design", "12")]
    public void An_append_that_was_refused_is_accepted_when_its_predecessor_has_come()
    {
        // A leader that was refused goes back one entry, and hears first that the refused append was accepted after all.
        ExplorationReport report = Explore(ExplorationScope.FigureEight with { Epochs = 2 }, static (heard, _, line, input) =>
            line.RoleKind != LineRole.Leader ? 0UL
            : input is not MessageArrived arrived ? heard
            : arrived.Message is AppendConflict ? heard | Refused(arrived)
            : arrived.Message is not AppendAccepted accepted ? heard
            : accepted.Matched == new LogIndex(2) && (heard & (Refused(arrived) | Accepted(arrived))) == Refused(arrived) ? null : heard | Accepted(arrived));

        Assert.Equal(WitnessedReplica.Seen, report.Violation?.Invariant);
    }

    [Fact]
    [Trait("Design", "12")]
    public void A_leader_whose_heartbeat_timer_fires_an_election_timeout_late_gives_up()
    {
        ExplorationReport report = Explore(new ExplorationScope { Epochs = 1, Commands = 0, Crashes = 0, Heartbeats = 1 }, static (_, former, line, input) =>
            former == LineRole.Leader && line.RoleKind == LineRole.Follower && input is TimerFired ? null : 0UL);

        Assert.Equal(WitnessedReplica.Seen, report.Violation?.Invariant);
    }

    [Fact]
    [Trait("Design", "12")]
    public void A_stepper_that_fails_is_a_finding_with_a_trace()
    {
        ExplorationReport report = Explore(new ExplorationScope { Epochs = 1, Commands = 0, Crashes = 0 }, static (_, _, line, _) =>
            line.RoleKind == LineRole.Leader ? throw new InvalidOperationException("leads no further") : 0UL);

        Assert.Equal("StepTotality", report.Violation?.Invariant);
        Assert.Contains("leads no further", report.Violation?.Message, StringComparison.Ordinal);
        Assert.Equal(3, report.Trace.Length);
    }

    [Fact]
    [Trait("Design", "12")]
    public void A_candidate_among_four_hears_everybody_s_first_process()
    {
        var steps = new ReplicaSteps(new ExplorationScope { Replicas = 4, Epochs = 1, Commands = 0, Crashes = 1 });
        ReplicaImage candidate = steps.Take(steps.Start(new ReplicaId(1)), new LocalAction(LocalActionKind.Campaign, 0), message: null)!.Value.Image;

        foreach (ulong voter in new ulong[] { 2, 3, 4 })
        {
            var envelope = new Envelope(steps.Configuration.Group, steps.Configuration.Incarnation, new ReplicaId(voter), new ReplicaRun(1), new ReplicaId(1), new LeaderEpoch(1));
            (ReplicaImage counted, _) = steps.Take(candidate, new LocalAction(LocalActionKind.Deliver, 0), new VoteAnswer(envelope, granted: true))!.Value;
            (ReplicaImage ledBy, _) = steps.Take(counted, new LocalAction(LocalActionKind.Deliver, 0), new VoteAnswer(envelope with { From = new ReplicaId(voter == 4 ? 2UL : voter + 1) }, granted: true))!.Value;

            Assert.Equal(LineRole.Leader, ledBy.Replica.RoleKind);
        }
    }

    [Fact]
    [Trait("Seed", "5.1")]
    public void A_newcomer_that_took_the_place_of_a_voter_leads_the_group()
    {
        ExplorationReport report = Explore(ExplorationScope.JointChange with { InFlight = 3, Crashes = 0 }, static (_, _, line, _) =>
            line.RoleKind == LineRole.Leader && line.Configurations.Newest is { Stage: MembershipStage.Settled, Epoch.Value: 4 } settled
            && line.Boundaries.Committed > line.Configurations.NewestFrom && settled.HasRemoved(new ReplicaId(3)) && line.Leader == new ReplicaId(4) ? null : 0UL);

        Assert.Equal(WitnessedReplica.Seen, report.Violation?.Invariant);
    }

    [Fact]
    [Trait("Seed", "5.1")]
    public void A_joint_configuration_is_left_by_another_leader_than_the_one_that_entered_it()
    {
        ExplorationReport report = Explore(ExplorationScope.JointChange with { InFlight = 3, Crashes = 0 }, static (_, _, line, _) =>
            line.RoleKind == LineRole.Leader && line.Configurations.Placed is [.., { Configuration.Stage: MembershipStage.Joint, From: var entered }, { From: var left }]
            && left > line.Boundaries.Committed && left.Value > entered.Value + 1 && line.Epoch == new LeaderEpoch(2) ? null : 0UL);

        Assert.Equal(WitnessedReplica.Seen, report.Violation?.Invariant);
    }

    [Fact]
    [Trait("Seed", "5.1")]
    public void A_leader_that_the_change_leaves_out_hands_over_and_retires()
    {
        ExplorationReport report = Explore(ExplorationScope.JointChange with { InFlight = 3, Crashes = 0 }, static (led, former, line, _) =>
            line.RoleKind == LineRole.Retired && (led == 1 || former == LineRole.Leader) ? null : led | (line.RoleKind == LineRole.Leader ? 1UL : 0UL));

        Assert.Equal(WitnessedReplica.Seen, report.Violation?.Invariant);
    }

    private static ulong Refused(MessageArrived arrived) => 1UL << (int)arrived.Message.Envelope.From.Value;

    private static ulong Accepted(MessageArrived arrived) => Refused(arrived) << 8;

    private static ExplorationReport Explore(ExplorationScope scope, WitnessedReplica.Witness see) => new Explorer(scope, OneWorker, WitnessedReplica.By(see)).Run();
}
