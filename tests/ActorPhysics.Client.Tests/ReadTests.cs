using ActorPhysics.Client.Tests.Fakes;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Tests;

[Trait("Seed", "5.4")]
public class ReadTests
{
    [Fact]
    public async Task Linearizable_reads_go_to_the_leader_and_say_so()
    {
        await using var cluster = new FakeCluster();
        cluster.Elect(cluster.Nodes[1]);
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        Reply<ReadOnlyMemory<byte>> strong = await client.ReadText("k").Soon();
        Reply<ReadOnlyMemory<byte>> lease = await client.ReadText("k", ReadLevel.Lease).Soon();

        Assert.Equal("k@n2", strong.Text());
        Assert.Equal(ConsistencyLevel.StrongRead, strong.Level);
        Assert.Equal(ConsistencyLevel.LeaseRead, lease.Level);
        Assert.Equal(default, strong.Coordinate);
    }

    [Fact]
    [Trait("Pitfall", "43")]
    public async Task Weaker_reads_need_no_leader_and_are_labelled_as_what_they_are()
    {
        await using var cluster = new FakeCluster();
        cluster.Elect(null);
        await using ActorPhysicsClient client = await cluster.ConnectAsync(o => o with { Nodes = [cluster.Nodes[1].Address] });

        Reply<ReadOnlyMemory<byte>> follower = await client.ReadText("k", ReadLevel.Follower).Soon();
        await client.ReadText("k", ReadLevel.WithinEntries(7)).Soon();
        await client.ReadText("k", ReadLevel.Within(TimeSpan.FromSeconds(2))).Soon();
        await client.ReadText("k", ReadLevel.Quorum).Soon();

        Assert.Equal(ConsistencyLevel.FollowerRead, follower.Level);
        Assert.Equal(3UL, follower.KnownLagEntries);
        Assert.Equal(
            [
                (ConsistencyLevel.FollowerRead, 0UL, 0U),
                (ConsistencyLevel.BoundedStaleness, 7UL, 0U),
                (ConsistencyLevel.BoundedStaleness, 0UL, 2000U),
                (ConsistencyLevel.QuorumRead, 0UL, 0U),
            ],
            cluster.Calls.Where(call => call.Kind == RequestKind.Read).Select(call => (call.Level, call.MaxLagEntries, call.MaxLagMs)));
    }

    [Fact]
    public async Task Read_that_is_too_stale_on_one_replica_is_asked_of_another()
    {
        await using var cluster = new FakeCluster();
        FakeNode? stale = null;
        cluster.Intercept = call =>
        {
            stale ??= call.Node;
            return call.Node == stale && WriteTests.Answered(() => call.Answer(ResponseOutcome.TooStale));
        };
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        string answer = (await client.ReadText("k", ReadLevel.WithinEntries(1)).Soon()).Text();

        Assert.NotEqual($"k@{stale!.Id}", answer);
    }

    [Fact]
    public async Task Read_that_is_too_stale_everywhere_is_refused()
    {
        await using var cluster = new FakeCluster();
        cluster.Intercept = call => WriteTests.Answered(() => call.Answer(ResponseOutcome.TooStale));
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        var failure = await Assert.ThrowsAsync<RequestRefusedException>(() => client.ReadText("k", ReadLevel.WithinEntries(1)).Soon());

        Assert.Equal(ResponseOutcome.TooStale, failure.Outcome);
    }

    [Fact]
    public async Task Lease_read_that_finds_no_lease_is_served_as_a_strong_one_and_says_so()
    {
        await using var cluster = new FakeCluster();
        cluster.Intercept = call => call.Level == ConsistencyLevel.LeaseRead && WriteTests.Answered(() => call.Answer(ResponseOutcome.NoLease, retryAfterMs: 50));
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        Reply<ReadOnlyMemory<byte>> reply = await client.ReadText("k", ReadLevel.Lease).Soon();

        Assert.Equal("k@n1", reply.Text());
        Assert.Equal(ConsistencyLevel.StrongRead, reply.Level);
        Assert.Equal(
            [ConsistencyLevel.LeaseRead, ConsistencyLevel.StrongRead],
            cluster.Calls.Where(call => call.Kind == RequestKind.Read).Select(call => call.Level));
    }

    [Fact]
    public async Task Next_lease_read_asks_for_the_lease_again()
    {
        await using var cluster = new FakeCluster();
        bool leased = false;
        cluster.Intercept = call => !leased && call.Level == ConsistencyLevel.LeaseRead && WriteTests.Answered(() => call.Answer(ResponseOutcome.NoLease));
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        Reply<ReadOnlyMemory<byte>> first = await client.ReadText("k", ReadLevel.Lease).Soon();
        leased = true;
        Reply<ReadOnlyMemory<byte>> second = await client.ReadText("k", ReadLevel.Lease).Soon();

        Assert.Equal([ConsistencyLevel.StrongRead, ConsistencyLevel.LeaseRead], [first.Level, second.Level]);
    }

    [Fact]
    public async Task Lease_read_may_insist_on_the_lease_and_waits_for_it()
    {
        await using var cluster = new FakeCluster();
        int refusals = 3;
        cluster.Intercept = call => call.Level == ConsistencyLevel.LeaseRead && refusals-- > 0 && WriteTests.Answered(() => call.Answer(ResponseOutcome.NoLease));
        await using ActorPhysicsClient client = await cluster.ConnectAsync(o => o with { StrongReadWithoutLease = false });

        Reply<ReadOnlyMemory<byte>> reply = await client.ReadText("k", ReadLevel.Lease).Soon();

        Assert.Equal(ConsistencyLevel.LeaseRead, reply.Level);
        Assert.DoesNotContain(cluster.Calls, call => call.Level == ConsistencyLevel.StrongRead);
    }

    [Fact]
    public async Task Read_without_an_answer_times_out_and_is_never_unknown()
    {
        await using var cluster = new FakeCluster();
        cluster.Intercept = _ => true;
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        await Assert.ThrowsAsync<RequestTimedOutException>(() => client.ReadText("k", timeout: TimeSpan.FromMilliseconds(300)).Soon());
    }

    [Fact]
    public async Task Weak_read_that_one_replica_never_answers_is_asked_of_another_and_holds_nobody_up()
    {
        await using var cluster = new FakeCluster();
        FakeNode? silent = null;
        cluster.Intercept = call =>
        {
            if (call.Kind != RequestKind.Read || (silent is not null && call.Node != silent))
            {
                return false;
            }

            silent ??= call.Node;
            return true;
        };
        await using ActorPhysicsClient client = await cluster.ConnectAsync(o => o with { AttemptTimeout = TimeSpan.FromMilliseconds(100) });

        string answer = (await client.ReadText("k", ReadLevel.Follower).Soon()).Text();

        Assert.NotEqual($"k@{silent!.Id}", answer);
    }

    [Fact]
    public async Task Read_is_repeated_after_a_lost_connection()
    {
        await using var cluster = new FakeCluster();
        bool isFirst = true;
        cluster.Intercept = call => isFirst && WriteTests.Answered(() =>
        {
            isFirst = false;
            call.Drop();
        });
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        Assert.Equal("k@n1", (await client.ReadText("k").Soon()).Text());
    }
}
