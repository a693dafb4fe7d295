using ActorPhysics.Client.Tests.Fakes;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Tests;

public class SessionTests
{
    [Fact]
    public async Task Session_is_opened_with_the_first_command_once_for_all_callers()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        Assert.DoesNotContain(cluster.Calls, call => call.Kind == RequestKind.Command);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => client.WriteText($"c{i}").AsTask())).Soon();

        Assert.Single(cluster.Calls, call => call.CommandKind == CommandKind.OpenSession);
        Assert.Single(cluster.UserCommands.Select(call => call.Session).Distinct());
        Assert.Equal(Enumerable.Range(1, 40).Select(i => (ulong)i), cluster.UserCommands.Select(call => call.Sequence.Value).Order());
    }

    [Fact]
    public async Task Opening_that_was_not_answered_is_repeated_with_the_same_nonce()
    {
        await using var cluster = new FakeCluster();
        int openings = 0;
        cluster.Intercept = call => call.CommandKind == CommandKind.OpenSession && openings++ == 0 && WriteTests.Answered(() =>
        {
            cluster.Apply(call);
            call.Drop();
        });
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        await client.WriteText("a").Soon();

        List<FakeCall> opened = [.. cluster.Calls.Where(call => call.CommandKind == CommandKind.OpenSession)];
        Assert.Equal(2, opened.Count);
        Assert.Single(opened.Select(call => call.Session).Distinct());
    }

    [Fact]
    public async Task Refused_opening_fails_the_commands_that_wait_for_it_and_is_tried_again_for_later_ones()
    {
        await using var cluster = new FakeCluster();
        bool isRefused = true;
        cluster.Intercept = call => isRefused && call.CommandKind == CommandKind.OpenSession && WriteTests.Answered(() => call.Answer(ResponseOutcome.NotAuthorized));
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        Task<Reply<ReadOnlyMemory<byte>>>[] waiting = [.. Enumerable.Range(0, 3).Select(i => client.WriteText($"c{i}").AsTask())];
        foreach (Task<Reply<ReadOnlyMemory<byte>>> task in waiting)
        {
            var failure = await Assert.ThrowsAsync<RequestRefusedException>(() => task.Soon());
            Assert.Equal(ResponseOutcome.NotAuthorized, failure.Outcome);
        }

        isRefused = false;
        Assert.Equal("d=1", (await client.WriteText("d").Soon()).Text());
    }

    [Fact]
    public async Task Commands_in_flight_stay_within_the_window_and_completed_ones_are_declared()
    {
        await using var cluster = new FakeCluster { Window = 4 };
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => client.WriteText($"c{i}").AsTask())).Soon();

        Assert.Equal(300, cluster.Log.Count);
        Assert.All(cluster.UserCommands, call => Assert.InRange(call.Sequence.Value - call.CompletedThrough.Value, 1UL, 4UL));
        Assert.True(cluster.UserCommands[^1].CompletedThrough.Value >= 290);
    }

    [Fact]
    public async Task Command_given_up_does_not_hold_the_window()
    {
        await using var cluster = new FakeCluster { Window = 1 };
        bool isFirst = true;
        cluster.Intercept = call => call.IsUserCommand && isFirst && WriteTests.Answered(() => isFirst = false);
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        await Assert.ThrowsAsync<OutcomeUnknownException>(() => client.WriteText("lost", TimeSpan.FromSeconds(1)).Soon());
        Assert.Equal("next=1", (await client.WriteText("next").Soon()).Text());
        Assert.Equal(1UL, cluster.UserCommands[^1].CompletedThrough.Value);
    }

    [Fact]
    [Trait("Pitfall", "44")]
    public async Task Expired_session_refuses_the_command_and_later_commands_get_a_new_one()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.WriteText("a").Soon();
        cluster.ExpireSessions();

        var failure = await Assert.ThrowsAsync<SessionExpiredException>(() => client.WriteText("b").Soon());

        Assert.False(failure.MayHaveTakenEffect);
        Assert.Equal("c=2", (await client.WriteText("c").Soon()).Text());
        Assert.Equal(["a", "c"], cluster.Log);
        Assert.Equal(2, cluster.Calls.Where(call => call.CommandKind == CommandKind.OpenSession).Select(call => call.Session).Distinct().Count());
    }

    [Fact]
    [Trait("Pitfall", "44")]
    public async Task Retry_that_finds_its_session_gone_is_not_applied_again_and_says_that_it_may_have_been()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.WriteText("a").Soon();
        bool isFirst = true;
        cluster.Intercept = call => call.IsUserCommand && isFirst && WriteTests.Answered(() =>
        {
            isFirst = false;
            cluster.Apply(call);
            cluster.ExpireSessions();
            call.Drop();
        });

        var failure = await Assert.ThrowsAsync<SessionExpiredException>(() => client.WriteText("b").Soon());

        Assert.True(failure.MayHaveTakenEffect);
        Assert.Equal(["a", "b"], cluster.Log);
    }

    [Fact]
    public async Task Commands_that_were_never_sent_move_to_the_next_session()
    {
        await using var cluster = new FakeCluster { Window = 1 };
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        await client.WriteText("a").Soon();
        var held = new TaskCompletionSource<FakeCall>(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Intercept = call => call.IsUserCommand && held.TrySetResult(call);

        Task<Reply<ReadOnlyMemory<byte>>> first = client.WriteText("b").AsTask();
        FakeCall expired = await held.Task.Soon();
        Task<Reply<ReadOnlyMemory<byte>>> second = client.WriteText("c").AsTask();
        cluster.ExpireSessions();
        expired.Answer(ResponseOutcome.SessionExpired);

        await Assert.ThrowsAsync<SessionExpiredException>(() => first.Soon());
        Assert.Equal("c=2", (await second.Soon()).Text());
    }
}
