using ActorPhysics.Client;
using ActorPhysics.Client.Membership;
using ActorPhysics.Client.Recovery;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Hosting.Tests.Loops;
using ActorPhysics.Protocol.Membership;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>A group of which no quorum is left begins anew from its best survivor, because somebody accepts the loss.</summary>
[Collection(NodeTestCollection.Name)]
[Trait("Pitfall", "39")]
public sealed class RecoverGroupTests
{
    private const string ThreeOfFive = "groups = [ { id = 1, name = main, members = [1, 2, 3] } ]";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_group_goes_on_from_its_best_survivor_grows_again_and_its_former_members_retire_when_they_come_back()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 5, ThreeOfFive).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.PutAsync("k", "v");
        GroupStatus before = await cluster.GroupAsync(3);
        await cluster.SettledStatesAsync(nodes: [1, 2, 3]);
        await cluster.KillAsync(1);
        await cluster.KillAsync(2);
        ActorPhysicsClient left = await cluster.ConnectAsync(3, 4, 5);
        RecoveryClient recovery = new(left, TestCluster.FirstGroup);
        RecoverySurvey survey = await LeaderlessAsync(cluster, recovery);
        Assert.Equal(new NodeId(3), Assert.Single(survey.Survivors).Node);

        RecoveryPlan planned = await recovery.PlanAsync(survey, survey.Best!);
        Assert.Null(planned.Done);
        Assert.Equal(before.Incarnation, (await cluster.GroupAsync(3)).Incarnation);
        RecoveryPlan done = await recovery.RecoverAcceptingLossAsync(survey, survey.Best!);

        GroupRecovery told = done.Done!;
        Assert.Equal((before.Incarnation, survey.Best!.Replica.Replica, survey.Best.Tail), (told.From, told.Survivor, told.At));
        await left.PutAsync("k", "w");
        GroupStatus after = await cluster.GroupAsync(3);
        Assert.NotEqual(before.Incarnation, after.Incarnation);
        Assert.True(after.ConfigEpoch > before.ConfigEpoch);
        Assert.Equal(new ReplicaId(4), after.Replicas[0].Replica);

        // It grows by what members grow by.
        var members = new MembershipClient(left, TestCluster.FirstGroup);
        await DoneAsync(members.AddAsync(new NodeId(4), timeout: Patience));
        await DoneAsync(members.AddAsync(new NodeId(5), timeout: Patience));

        // Two of the former three are a quorum of the former group: they must not be one when they come back.
        await Task.WhenAll(cluster.StartAsync(1), cluster.StartAsync(2));
        await RetiredAsync(cluster, 1);
        await RetiredAsync(cluster, 2);
        await left.PutAsync("k", "x");
        IReadOnlyList<byte[]> states = await cluster.SettledStatesAsync(nodes: [3, 4, 5]);
        Assert.All(states, state => Assert.Equal(states[0], state));

        // Who retired may serve again, under a new id.
        await DoneAsync(members.AddAsync(new NodeId(1), timeout: Patience));

        // All of that is there again after everything crashed.
        await Task.WhenAll(cluster.Running.ToArray().Select(cluster.KillAsync));
        await cluster.StartAsync();
        Assert.Equal("x", (await (await cluster.ConnectAsync()).GetAsync("k")).Result);
        await RetiredAsync(cluster, 2);
        Assert.Equal(after.Incarnation, (await cluster.GroupAsync(4)).Incarnation);
    }

    [Fact]
    public async Task What_the_survivor_did_not_know_to_be_committed_is_named_and_kept()
    {
        // A leader that is left alone goes on leading for a while.
        await using TestCluster cluster = await new TestCluster(nodes: 3, "protocol.election-timeout { min = 3 s, max = 4 s }").StartAsync();
        int leader = await cluster.LeaderAsync();
        ActorPhysicsClient last = await cluster.ConnectAsync(leader);
        await last.PutAsync("k", "v");
        await Task.WhenAll(cluster.Running.Where(number => number != leader).ToArray().Select(cluster.KillAsync));

        // It is appended, and there is nobody any more with whom it could be committed.
        Task write = last.PutAsync("k", "wet");
        await TestCluster.UntilAsync(async () => await cluster.ReplicaAsync(leader) is var replica && replica.Durable > replica.Committed);
        RecoveryClient recovery = new(last, TestCluster.FirstGroup);
        RecoverySurvey survey = await LeaderlessAsync(cluster, recovery);
        RecoveryPlan plan = await recovery.PlanAsync(survey, survey.Best!);

        Assert.Equal(survey.Best!.Tail.Index, plan.AtRisk[^1].Last);
        Assert.Equal(survey.Best.Tail.Epoch, plan.AtRisk[^1].LeaderEpoch);
        Assert.True(plan.KnownCommitted < plan.AtRisk[0].First);

        RecoveryPlan done = await recovery.RecoverAcceptingLossAsync(survey, survey.Best);

        Assert.Equal(plan.AtRisk.AsEnumerable(), done.AtRisk);
        await TestCluster.UntilAsync(async () => (await last.GetAsync("k")).Result == "wet");
        await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await last.PutAsync("k", "after");
        Assert.Contains("was recovered from", (await cluster.GroupAsync(leader)).Replicas.First(replica => replica.Role == ReplicaRole.Retired).StoppedBecause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_that_has_its_quorum_a_look_that_is_out_of_date_and_a_loss_that_nobody_accepts_are_refused()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 3).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.PutAsync("k", "v");
        RecoveryClient recovery = new(client, TestCluster.FirstGroup);
        int leader = await cluster.LeaderAsync();
        RecoverySurvey healthy = await recovery.SurveyAsync();
        Assert.Equal(new NodeId((ulong)leader), healthy.Leader!.Node);

        foreach (Survivor survivor in healthy.Survivors)
        {
            var refused = await Assert.ThrowsAsync<RequestRefusedException>(() => recovery.RecoverAcceptingLossAsync(healthy, survivor));
            Assert.Equal(ResponseOutcome.BadRequest, refused.Outcome);
        }

        await client.PutAsync("k", "later");
        foreach (int other in cluster.Running.Where(number => number != leader).ToArray())
        {
            await cluster.KillAsync(other);
        }

        ActorPhysicsClient last = await cluster.ConnectAsync(leader);
        RecoverySurvey now = await LeaderlessAsync(cluster, new RecoveryClient(last, TestCluster.FirstGroup));
        Survivor old = healthy.Survivors.First(survivor => survivor.Node == new NodeId((ulong)leader));
        var late = await Assert.ThrowsAsync<RequestRefusedException>(() => new RecoveryClient(last, TestCluster.FirstGroup).RecoverAcceptingLossAsync(healthy, old));
        Assert.Equal(ResponseOutcome.ConfigurationConflict, late.Outcome);

        var unwilling = new RecoverGroupOperation(
            now.Best!.Group.Incarnation, now.Best.Replica.Replica, now.Best.Tail, now.HighestConfigEpoch, IsDryRun: false, AcceptsLoss: false);
        var mute = await Assert.ThrowsAsync<RequestRefusedException>(() => last.OrderAsync(
            now.Best.Address, RequestKind.RecoverGroup, TestCluster.FirstGroup, unwilling.Encode(), Deadline.Long, CancellationToken.None));
        Assert.Equal(ResponseOutcome.BadRequest, mute.Outcome);
        Assert.Equal(now.Best.Group.Incarnation, (await cluster.GroupAsync(leader)).Incarnation);
    }

    [Fact]
    public async Task Of_two_recoveries_of_one_group_the_second_is_not_believed()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 3).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.PutAsync("k", "v");
        await cluster.SettledStatesAsync();
        await cluster.KillAsync(1);
        await cluster.KillAsync(2);
        ActorPhysicsClient last = await cluster.ConnectAsync(3);
        RecoveryClient recovery = new(last, TestCluster.FirstGroup);
        RecoverySurvey survey = await LeaderlessAsync(cluster, recovery);
        GroupRecovery first = (await recovery.RecoverAcceptingLossAsync(survey, survey.Best!)).Done!;

        // Told of another one of the same standing, the node holds to its own.
        GroupRecovery rival = first with
        {
            Configuration = Core.Membership.GroupConfiguration.Create(
                first.Group,
                new GroupIncarnation(first.Configuration.Incarnation.Value + 2),
                first.Configuration.Epoch,
                [.. first.Configuration.Members.Select(member => member with { Node = new NodeId(1) })],
                first.Configuration.Quorums,
                first.Configuration.FailureModel),
        };
        var refused = await Assert.ThrowsAsync<RequestRefusedException>(() => last.OrderAsync(
            survey.Best!.Address, RequestKind.GroupRecovered, TestCluster.FirstGroup, Wire.Journal.RecoveryCodec.Encode(rival), Deadline.Long, CancellationToken.None));
        Assert.Equal(ResponseOutcome.ConfigurationConflict, refused.Outcome);
        await last.PutAsync("k", "w");
    }

    [Fact]
    public async Task The_history_of_stopped_nodes_tells_of_the_recovery()
    {
        await using TestCluster cluster = await new TestCluster(nodes: 3).StartAsync();
        ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.PutAsync("k", "v");
        await cluster.SettledStatesAsync();
        await cluster.KillAsync(1);
        await cluster.KillAsync(2);
        ActorPhysicsClient last = await cluster.ConnectAsync(3);
        RecoveryClient recovery = new(last, TestCluster.FirstGroup);
        RecoverySurvey survey = await LeaderlessAsync(cluster, recovery);
        GroupRecovery done = (await recovery.RecoverAcceptingLossAsync(survey, survey.Best!)).Done!;
        await last.PutAsync("k", "w");
        await cluster.StopAsync(3);

        GroupRecovery told = Assert.Single(JournalHistory.ReadRecoveries([cluster.FolderOf(1), cluster.FolderOf(3)]));

        Assert.Equal((done.From, done.At, done.AcceptedAt), (told.From, told.At, told.AcceptedAt));
        Assert.Empty(JournalHistory.Read([cluster.FolderOf(3)]).Single().Contradictions);
    }

    private static async Task<RecoverySurvey> LeaderlessAsync(TestCluster cluster, RecoveryClient recovery)
    {
        RecoverySurvey? survey = null;
        await TestCluster.UntilAsync(async () =>
        {
            survey = await recovery.SurveyAsync();
            return survey.Leader is null && survey.Best is { } best && await IsLeaderlessAsync(recovery, survey, best);
        });
        Assert.NotEmpty(cluster.Running);
        return survey!;
    }

    private static async Task<bool> IsLeaderlessAsync(RecoveryClient recovery, RecoverySurvey survey, Survivor best)
    {
        try
        {
            await recovery.PlanAsync(survey, best);
            return true;
        }
        catch (RequestRefusedException refusal) when (refusal.Outcome is ResponseOutcome.BadRequest or ResponseOutcome.ConfigurationConflict)
        {
            return false;
        }
    }

    private static async Task DoneAsync(Task<MembershipResult> change)
    {
        MembershipResult result = await change;
        Assert.True(result.Outcome == MembershipOutcome.Done, $"{result.Outcome}: {result.Detail}");
    }

    private static Task RetiredAsync(TestCluster cluster, int node) =>
        TestCluster.UntilAsync(async () => (await cluster.FindGroupAsync(node))?.Replicas.All(replica => replica.Role == ReplicaRole.Retired) == true);
}
