using ActorPhysics.Client.Tests.Fakes;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Tests;

public class WriteTests
{
    [Fact]
    public async Task Command_reaches_the_leader_from_any_node_and_the_reply_says_what_it_rests_on()
    {
        await using var cluster = new FakeCluster();
        cluster.Elect(cluster.Nodes[2]);
        await using ActorPhysicsClient client = await cluster.ConnectAsync(o => o with { Nodes = [cluster.Nodes[0].Address] });

        Reply<ReadOnlyMemory<byte>> reply = await client.WriteText("a").Soon();

        Assert.Equal("a=1", reply.Text());
        Assert.Equal(new Coordinate(FakeCluster.Group, new ConfigEpoch(1), new LeaderEpoch(2), new LogIndex(1)), reply.Coordinate);
        Assert.Equal(ConsistencyLevel.StrongWrite, reply.Level);
        Assert.All(cluster.UserCommands, call => Assert.Equal(cluster.Nodes[2], call.Node));
    }

    [Fact]
    [Trait("Pitfall", "40")]
    public async Task Command_whose_answer_was_lost_is_sent_again_under_its_sequence_and_applied_once()
    {
        await using var cluster = new FakeCluster();
        bool isCut = false;
        cluster.Intercept = call =>
        {
            if (!call.IsUserCommand || isCut)
            {
                return false;
            }

            isCut = true;
            cluster.Apply(call);
            call.Drop();
            return true;
        };
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        Reply<ReadOnlyMemory<byte>> reply = await client.WriteText("a").Soon();

        Assert.Equal("a=1", reply.Text());
        Assert.Equal(["a"], cluster.Log);
        Assert.Equal(2, cluster.UserCommands.Count);
        Assert.Single(cluster.UserCommands.Select(call => (call.Session, call.Sequence)).Distinct());
    }

    [Theory]
    [InlineData(ResponseOutcome.Unknown)]
    [InlineData(ResponseOutcome.NotLeader)]
    [InlineData(ResponseOutcome.Unavailable)]
    [InlineData(ResponseOutcome.Overloaded)]
    [InlineData(ResponseOutcome.SessionWindowFull)]
    [InlineData(ResponseOutcome.NoSuchGroup)]
    public async Task Refusal_that_may_pass_is_retried_under_the_same_sequence(ResponseOutcome refusal)
    {
        await using var cluster = new FakeCluster();
        int refusals = 0;
        cluster.Intercept = call =>
        {
            if (!call.IsUserCommand || refusals++ >= 2)
            {
                return false;
            }

            call.Answer(refusal);
            return true;
        };
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        Assert.Equal("a=1", (await client.WriteText("a").Soon()).Text());
        Assert.Equal(3, cluster.UserCommands.Count);
        Assert.Single(cluster.UserCommands.Select(call => (call.Session, call.Sequence)).Distinct());
    }

    [Theory]
    [InlineData(ResponseOutcome.TooLarge, false)]
    [InlineData(ResponseOutcome.BadRequest, false)]
    [InlineData(ResponseOutcome.NotAuthorized, false)]
    [InlineData(ResponseOutcome.Refused, false)]
    [InlineData(ResponseOutcome.ResultTooLarge, true)]
    public async Task Final_refusal_is_reported_with_its_outcome(ResponseOutcome refusal, bool mayHaveTakenEffect)
    {
        await using var cluster = new FakeCluster();
        cluster.Intercept = call => call.IsUserCommand && Answered(() => call.Answer(refusal));
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        var failure = await Assert.ThrowsAsync<RequestRefusedException>(() => client.WriteText("a").Soon());

        Assert.Equal(refusal, failure.Outcome);
        Assert.Equal(mayHaveTakenEffect, failure.MayHaveTakenEffect);
        Assert.Single(cluster.UserCommands);
    }

    [Fact]
    public async Task State_machines_reason_for_a_refusal_reaches_the_caller()
    {
        await using var cluster = new FakeCluster();
        cluster.Intercept = call => call.IsUserCommand && Answered(
            () => call.Answer(new ClientResponse { RequestId = call.Id, Outcome = ResponseOutcome.Refused, Result = "no such account"u8 }));
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        var failure = await Assert.ThrowsAsync<RequestRefusedException>(() => client.WriteText("a").Soon());

        Assert.Contains("no such account", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Pitfall", "40")]
    public async Task Refusal_after_a_sending_that_was_not_answered_leaves_the_outcome_unknown()
    {
        await using var cluster = new FakeCluster();
        int sendings = 0;
        cluster.Intercept = call => call.IsUserCommand && Answered(() =>
        {
            if (sendings++ == 0)
            {
                cluster.Apply(call);
                call.Drop();
            }
            else
            {
                call.Answer(ResponseOutcome.NotAuthorized);
            }
        });
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        var failure = await Assert.ThrowsAsync<OutcomeUnknownException>(() => client.WriteText("a").Soon());

        Assert.Equal(UnknownCause.LaterRefusal, failure.Cause);
        Assert.True(failure.MayHaveTakenEffect);
    }

    [Fact]
    [Trait("Pitfall", "40")]
    public async Task Second_answer_to_one_sending_is_no_answer_to_the_next()
    {
        await using var cluster = new FakeCluster();
        int sendings = 0;
        cluster.Intercept = call => call.IsUserCommand && Answered(() =>
        {
            switch (sendings++)
            {
                case 0:
                    call.Answer(ResponseOutcome.Overloaded, retryAfterMs: 1);
                    call.Answer(ResponseOutcome.Overloaded, retryAfterMs: 1);
                    break;
                case 1:
                    cluster.Apply(call);
                    call.Drop();
                    break;
                default:
                    call.Answer(ResponseOutcome.NotAuthorized);
                    break;
            }
        });
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        await Assert.ThrowsAsync<OutcomeUnknownException>(() => client.WriteText("a").Soon());
    }

    [Fact]
    public async Task Overload_that_does_not_end_is_reported_after_a_bounded_number_of_retries()
    {
        await using var cluster = new FakeCluster();
        cluster.Intercept = call => call.IsUserCommand && Answered(() => call.Answer(ResponseOutcome.Overloaded, retryAfterMs: 1));
        await using ActorPhysicsClient client = await cluster.ConnectAsync(o => o with { MaxOverloadRetries = 3 });

        var failure = await Assert.ThrowsAsync<OverloadedException>(() => client.WriteText("a").Soon());

        Assert.False(failure.MayHaveTakenEffect);
        Assert.Equal(TimeSpan.FromMilliseconds(1), failure.RetryAfter);
        Assert.Equal(4, cluster.UserCommands.Count);
    }

    [Fact]
    [Trait("Pitfall", "40")]
    public async Task Deadline_after_sending_leaves_the_outcome_unknown()
    {
        await using var cluster = new FakeCluster();
        cluster.Intercept = call => call.IsUserCommand;
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        var failure = await Assert.ThrowsAsync<OutcomeUnknownException>(() => client.WriteText("a", TimeSpan.FromSeconds(1)).Soon());

        Assert.Equal(UnknownCause.Deadline, failure.Cause);
        Assert.True(failure.MayHaveTakenEffect);
        Assert.InRange(Assert.Single(cluster.UserCommands).PatienceMs, 1u, 1000u);
    }

    [Fact]
    [Trait("Pitfall", "8")]
    public async Task Outcome_that_a_node_called_unknown_stays_unknown_when_no_other_node_settles_it()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        bool isDeposed = false;
        cluster.Intercept = call => call.IsUserCommand && !isDeposed && Answered(() =>
        {
            isDeposed = true;
            call.Answer(ResponseOutcome.Unknown);
            cluster.Elect(null);
        });

        var failure = await Assert.ThrowsAsync<OutcomeUnknownException>(() => client.WriteText("a", TimeSpan.FromMilliseconds(500)).Soon());

        Assert.Equal(UnknownCause.Deadline, failure.Cause);
    }

    [Fact]
    public async Task Deadline_of_a_command_that_every_node_turned_away_is_a_timeout_without_effect()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.WriteText("a").Soon();
        cluster.Elect(null);

        var failure = await Assert.ThrowsAsync<RequestTimedOutException>(() => client.WriteText("b", TimeSpan.FromMilliseconds(300)).Soon());

        Assert.False(failure.MayHaveTakenEffect);
        Assert.Equal(["a"], cluster.Log);
    }

    [Fact]
    public async Task Cancellation_after_sending_is_unknown()
    {
        await using var cluster = new FakeCluster();
        using var cancellation = new CancellationTokenSource();
        cluster.Intercept = call => call.IsUserCommand && Answered(cancellation.Cancel);
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        var failure = await Assert.ThrowsAsync<OutcomeUnknownException>(() => client.WriteText("a", cancellation: cancellation.Token).Soon());

        Assert.Equal(UnknownCause.Cancellation, failure.Cause);
        Assert.Equal(cancellation.Token, Assert.IsType<OperationCanceledException>(failure.InnerException).CancellationToken);
    }

    [Fact]
    public async Task Cancellation_before_sending_is_a_cancellation()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        cluster.Intercept = call => call.CommandKind == CommandKind.OpenSession && Answered(cancellation.Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.WriteText("a", cancellation: cancellation.Token).Soon());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await client.WriteText("b", cancellation: cancellation.Token));
        Assert.Empty(cluster.UserCommands);
    }

    [Fact]
    public async Task Answers_find_their_callers_in_any_order_and_a_second_answer_finds_nobody()
    {
        await using var cluster = new FakeCluster();
        var held = new List<FakeCall>();
        cluster.Intercept = call =>
        {
            if (!call.IsUserCommand)
            {
                return false;
            }

            held.Add(call);
            if (held.Count == 50)
            {
                foreach (FakeCall late in Enumerable.Reverse(held))
                {
                    cluster.Serve(late);
                    cluster.Serve(late);
                }
            }

            return true;
        };
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        string[] names = [.. Enumerable.Range(0, 50).Select(i => $"c{i}")];
        Reply<ReadOnlyMemory<byte>>[] replies = await Task.WhenAll(names.Select(name => client.WriteText(name).AsTask())).Soon();

        Assert.Equal(names, replies.Select(reply => reply.Text().Split('=')[0]));
        Assert.Equal(50, cluster.Log.Distinct().Count());
        Assert.Equal(50, cluster.Log.Count);
    }

    [Fact]
    [Trait("Pitfall", "58")]
    public async Task Requests_beyond_the_clients_bounds_are_refused_at_once()
    {
        await using var cluster = new FakeCluster();
        cluster.Intercept = call => call.IsUserCommand;
        await using ActorPhysicsClient client = await cluster.ConnectAsync(o => o with { MaxPendingRequests = 2, MaxPendingBytes = 100, MaxPayloadBytes = 99 });

        Task first = client.WriteAsync(FakeCluster.Group, new byte[60], TimeSpan.FromSeconds(2)).AsTask();
        await Waiting.Until(() => cluster.UserCommands.Count == 1);
        await Assert.ThrowsAsync<OverloadedException>(async () => await client.WriteAsync(FakeCluster.Group, new byte[50]));
        Task second = client.WriteAsync(FakeCluster.Group, new byte[1], TimeSpan.FromSeconds(2)).AsTask();
        await Assert.ThrowsAsync<OverloadedException>(async () => await client.WriteAsync(FakeCluster.Group, new byte[1]));
        var tooLarge = await Assert.ThrowsAsync<RequestRefusedException>(async () => await client.WriteAsync(FakeCluster.Group, new byte[100]));
        Assert.Equal(ResponseOutcome.TooLarge, tooLarge.Outcome);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => first.Soon());
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => second.Soon());
    }

    [Fact]
    public async Task Closing_the_client_leaves_what_was_sent_unknown()
    {
        await using var cluster = new FakeCluster();
        cluster.Intercept = call => call.IsUserCommand;
        ActorPhysicsClient client = await cluster.ConnectAsync();
        Task<Reply<ReadOnlyMemory<byte>>> open = client.WriteText("a").AsTask();
        await Waiting.Until(() => cluster.UserCommands.Count == 1);

        await client.DisposeAsync();

        var failure = await Assert.ThrowsAsync<OutcomeUnknownException>(() => open.Soon());
        Assert.Equal(UnknownCause.ClientClosed, failure.Cause);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.WriteText("b"));
        Assert.Contains(cluster.Calls, call => call.CommandKind == CommandKind.CloseSession);
    }

    internal static bool Answered(Action answer)
    {
        answer();
        return true;
    }
}
