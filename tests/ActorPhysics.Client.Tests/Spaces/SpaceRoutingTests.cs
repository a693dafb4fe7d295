using System.Text;
using ActorPhysics.Client.Spaces;
using ActorPhysics.Client.Tests.Fakes;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Machines;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Tests.Spaces;

/// <summary>Requests that name a key, while the keys change their groups. The space begins with three groups: 100 from the first key, 101 from "h", 102 from "p".</summary>
[Trait("Seed", "5.1")]
public sealed class SpaceRoutingTests
{
    private static readonly GroupId Left = new(100);
    private static readonly GroupId Middle = new(101);
    private static readonly GroupId Right = new(102);
    private static readonly GroupId Fresh = new(200);

    [Fact]
    public async Task Each_key_goes_to_the_group_that_owns_it_after_one_reading_of_the_map()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;

        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => PutAsync(kv, $"{(char)('a' + (i % 26))}{i}", $"v{i}")));

        Assert.Single(space.Questions);
        Assert.All(space.UserCommands, call => Assert.Equal(space.Map.Find(KeyOf(call)).Group, call.Group));
        Assert.Equal(60, space.Log.Distinct().Count());
        Assert.Equal("v7", await GetAsync(kv, "h7"));
        Assert.Equal("v7", await GetAsync(kv, "h7", ReadLevel.Follower));
        Assert.Null(await GetAsync(kv, "nothing"));
    }

    [Fact]
    public async Task Space_that_does_not_exist_is_refused_only_after_the_group_itself_was_asked()
    {
        await using var space = new FakeSpace();
        await using ActorPhysicsClient client = await space.Cluster.ConnectAsync();

        var failure = await Assert.ThrowsAsync<RequestRefusedException>(() => PutAsync(new KvSpaceClient(client, "nowhere"), "k", "v").Soon());

        Assert.Contains("no space named 'nowhere'", failure.Message, StringComparison.Ordinal);
        Assert.Equal(
            [ConsistencyLevel.FollowerRead, ConsistencyLevel.StrongRead],
            space.Cluster.Calls.Where(call => call.Group == FakeSpace.ConfigGroup && call.Kind == RequestKind.Read).Select(call => call.Level));
    }

    [Fact]
    [Trait("Pitfall", "46")]
    public async Task Refused_command_follows_its_key_under_a_session_of_the_taker()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "h1", "a");
        await PutAsync(kv, "k1", "b");

        space.BeginSplit(FakeSpace.At("k"), Fresh).Carry();
        await PutAsync(kv, "k1", "c").Soon();

        FakeCall last = space.UserCommands[^1];
        Assert.Equal(Fresh, last.Group);
        Assert.NotEqual(space.UserCommands[0].Session, last.Session);
        Assert.Equal("c", await GetAsync(kv, "k1"));
        Assert.Equal("a", await GetAsync(kv, "h1"));
        Assert.Equal(["a", "b", "c"], space.Log.Order());
    }

    [Fact]
    [Trait("Pitfall", "45")]
    public async Task What_one_refusal_says_serves_all_further_requests_without_asking_the_giver_again()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync(o => o with { LongestBackoff = TimeSpan.FromHours(1) });
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k1", "a");

        space.BeginSplit(FakeSpace.At("k"), Fresh).Carry();
        await PutAsync(kv, "k2", "b").Soon();
        int calls = space.UserCommands.Count(call => call.Group == Middle);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => PutAsync(kv, $"k{i}", $"c{i}"))).Soon();

        Assert.Equal(calls, space.UserCommands.Count(call => call.Group == Middle));
        Assert.Single(space.Questions);
    }

    [Fact]
    public async Task Map_is_renewed_by_itself_after_a_hint()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k1", "a");

        space.BeginSplit(FakeSpace.At("k"), Fresh).Carry().Publish();
        await PutAsync(kv, "k1", "b").Soon();

        await Waiting.Until(() => space.Questions.Count > 1);
        Assert.Equal(new ShardMapVersion(1), space.Questions[^1].Known);
    }

    [Fact]
    [Trait("Pitfall", "45")]
    public async Task Giver_that_does_not_say_where_the_key_went_costs_one_reading_for_all_who_wait()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k0", "a");
        space.BeginSplit(FakeSpace.At("k"), Fresh).Carry().Publish();
        space.Locked(space[Middle].Given.Clear);
        var asked = new List<FakeCall>();
        space.Intercept = call =>
        {
            // The config group answers only when all who are refused wait for it.
            if (call.Group == FakeSpace.ConfigGroup)
            {
                asked.Add(call);
                return asked.Count == 1;
            }

            return false;
        };

        Task writes = Task.WhenAll(Enumerable.Range(0, 40).Select(i => PutAsync(kv, $"k{i}", $"b{i}")));
        await Waiting.Until(() => space.UserCommands.Count(call => call.Group == Middle) == 41 && asked.Count == 1);
        space.Serve(asked[0]);
        await writes.Soon();

        Assert.Equal(ConsistencyLevel.StrongRead, asked[0].Level);
        Assert.Equal(40, space.Log.Count(value => value.StartsWith('b')));
    }

    [Fact]
    public async Task Version_never_goes_back_when_a_replica_of_the_config_group_is_behind()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        ShardMap old = space.Map;
        await PutAsync(kv, "k1", "a");
        space.BeginSplit(FakeSpace.At("k"), Fresh).Carry().Publish();
        Assert.Equal(space.Map.Version, (await kv.Space.MapAsync().Soon()).Version);

        space.FollowersMap = old;
        space.BeginSplit(FakeSpace.At("t"), new GroupId(201)).Carry();
        await PutAsync(kv, "t1", "b").Soon();
        await Waiting.Until(() => space.Cluster.Calls.Count(call => call.Group == FakeSpace.ConfigGroup && call.Level == ConsistencyLevel.FollowerRead) > 1);
        int calls = space.UserCommands.Count(call => call.Group == Middle);
        await PutAsync(kv, "k1", "c").Soon();

        Assert.Equal(calls, space.UserCommands.Count(call => call.Group == Middle));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Pitfall", "47")]
    public async Task Command_that_may_have_taken_effect_keeps_its_number_wherever_its_key_goes(bool hadEffect)
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k0", "a");
        bool isCut = false;
        space.Intercept = call =>
        {
            if (!call.IsUserCommand || isCut)
            {
                return false;
            }

            isCut = true;
            if (hadEffect)
            {
                space.Locked(() => space[Middle].Apply(call));
            }

            space.BeginSplit(FakeSpace.At("k"), Fresh).Carry().Publish();
            call.Drop();
            return true;
        };

        await PutAsync(kv, "k1", "b").Soon();

        Assert.Equal(["a", "b"], space.Log.Order());
        List<FakeCall> sendings = space.UserCommands[1..];

        // The giver is asked first: it has the first result, or says that there is none.
        Assert.Equal(hadEffect ? [Middle, Middle] : [Middle, Middle, Fresh], sendings.Select(call => call.Group));
        Assert.Single(sendings.Select(call => (call.Session, call.Sequence)).Distinct());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Pitfall", "47")]
    public async Task Command_whose_group_was_merged_away_finds_its_first_result_at_the_taker(bool hadEffect)
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k0", "a");
        bool isCut = false;
        space.Intercept = call =>
        {
            if (!call.IsUserCommand || isCut)
            {
                return false;
            }

            isCut = true;
            if (hadEffect)
            {
                space.Locked(() => space[Middle].Apply(call));
            }

            space.BeginMerge(0).Carry().Publish();
            space.Retire(Middle);
            call.Drop();
            return true;
        };

        await PutAsync(kv, "k1", "b").Soon();

        List<FakeCall> sendings = space.UserCommands[1..];
        Assert.Equal(Left, sendings[^1].Group);
        Assert.Single(sendings.Select(call => (call.Session, call.Sequence)).Distinct());
        Assert.Equal("b", await GetAsync(kv, "k1"));
        Assert.Equal(hadEffect ? 0 : 1, space[Left].Log.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Pitfall", "47")]
    public async Task Command_that_its_group_never_answered_because_it_ended_goes_to_the_taker_long_before_its_deadline(bool hadEffect)
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync(o => o with { AttemptTimeout = TimeSpan.FromMilliseconds(100) });
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k0", "a");
        bool isSwallowed = false;
        space.Intercept = call =>
        {
            if (!call.IsUserCommand || isSwallowed)
            {
                return false;
            }

            isSwallowed = true;
            if (hadEffect)
            {
                space.Locked(() => space[Middle].Apply(call));
            }

            space.BeginMerge(0).Carry().Publish();
            space.Retire(Middle);
            return true;
        };

        await PutAsync(kv, "k1", "b").Soon();

        Assert.Equal(Left, space.UserCommands[^1].Group);
        Assert.Single(space.UserCommands[1..].Select(call => (call.Session, call.Sequence)).Distinct());
        Assert.Equal("b", await GetAsync(kv, "k1"));
        Assert.Equal(hadEffect ? 0 : 1, space[Left].Log.Count);
    }

    [Fact]
    [Trait("Pitfall", "44")]
    public async Task Command_that_may_have_taken_effect_is_unknown_when_the_taker_has_forgotten_its_session()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k0", "a");
        bool isCut = false;
        space.Intercept = call =>
        {
            if (!call.IsUserCommand || isCut)
            {
                return false;
            }

            isCut = true;
            space.BeginMerge(0).Carry().Publish();
            space.Locked(space[Left].ExpireSessions);
            space.Retire(Middle);
            call.Drop();
            return true;
        };

        var failure = await Assert.ThrowsAsync<SessionExpiredException>(() => PutAsync(kv, "k1", "b").Soon());

        Assert.True(failure.MayHaveTakenEffect);
        await PutAsync(kv, "k1", "c").Soon();
        Assert.Equal("c", await GetAsync(kv, "k1"));
    }

    [Fact]
    public async Task Command_that_was_never_sent_to_a_group_that_is_gone_is_numbered_anew()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "a1", "a");

        // The client has no session with the middle group yet.
        space.BeginMerge(0).Carry().Publish();
        space.Retire(Middle);
        await PutAsync(kv, "k1", "b").Soon();

        Assert.Equal(["a", "b"], space.Log.Order());
        Assert.Equal(Left, space.UserCommands[^1].Group);
    }

    [Fact]
    public async Task Requests_wait_through_a_handoff_and_end_soon_after_it()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync(o => o with { LongestBackoff = TimeSpan.FromSeconds(10) });
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k0", "a");
        await PutAsync(kv, "h0", "b");

        FakeHandoff handoff = space.BeginSplit(FakeSpace.At("k"), Fresh);
        Task write = PutAsync(kv, "k0", "c");
        Task<string?> read = GetAsync(kv, "k0");
        await Waiting.Until(() => space.UserCommands.Count(call => call.Group == Fresh) > 3);
        Assert.False(write.IsCompleted || read.IsCompleted);

        // Keys that stay are served all the while.
        await PutAsync(kv, "h0", "d").Soon();
        handoff.Carry();
        await write.Soon();
        Assert.Contains(await read.Soon(), (string[])["a", "c"]);

        // The map was not read for it: the taker said that it is not so far yet.
        Assert.Single(space.Questions);
    }

    [Fact]
    public async Task Replica_that_is_not_in_service_any_more_is_not_asked_again_and_again()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k0", "a");
        FakeNode former = space[Middle].Leader!;
        space.Locked(() => space[Middle].Leader = space.Cluster.Nodes.First(node => node != former));
        space.Intercept = call => call.IsUserCommand && call.Node == former && WriteTests.Answered(() => call.Answer(ResponseOutcome.Unavailable, retryAfterMs: 1));

        await PutAsync(kv, "k0", "b").Soon();

        Assert.Equal(["a", "b"], space.Log);
    }

    [Fact]
    public async Task Handoff_that_outlasts_a_request_ends_it_as_timed_out_when_nothing_can_have_taken_effect()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k0", "a");
        space.BeginSplit(FakeSpace.At("k"), Fresh);

        // It is not on its way at the moment of its deadline, which would leave its outcome open.
        space.Intercept = call => call.IsUserCommand && call.Group == Fresh && WriteTests.Answered(() => call.Answer(ResponseOutcome.Unavailable, retryAfterMs: 60_000));

        var failure = await Assert.ThrowsAsync<RequestTimedOutException>(
            () => kv.PutAsync("k0", "b"u8.ToArray(), TimeSpan.FromSeconds(2)).Soon());

        Assert.False(failure.MayHaveTakenEffect);
        Assert.Equal(["a"], space.Log);
    }

    [Fact]
    public async Task Known_keys_are_served_while_the_config_group_has_no_leader()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k0", "a");

        space.IsControlled = false;
        space.BeginSplit(FakeSpace.At("k"), Fresh).Carry();
        await PutAsync(kv, "k0", "b").Soon();
        await PutAsync(kv, "a0", "c").Soon();

        Assert.Equal(["a", "b", "c"], space.Log.Order());
    }

    [Fact]
    public async Task Group_without_a_leader_whose_keys_have_moved_does_not_hold_requests_up()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k0", "a");

        // Nobody answers for the merged group any more: one of its nodes is down and says neither yes nor no.
        space.BeginMerge(0).Carry().Publish();
        space.Locked(() => space[Middle].Leader = null);
        space.Cluster.Nodes[1].DropConnections();
        await PutAsync(kv, "k0", "b").Soon();

        Assert.Equal("b", await GetAsync(kv, "k0"));
    }

    [Fact]
    public async Task Replica_that_is_behind_its_group_is_not_the_end_of_a_weak_read()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await PutAsync(kv, "k0", "a");
        space.BeginSplit(FakeSpace.At("k"), Fresh).Carry().Publish();
        await PutAsync(kv, "k0", "b");
        FakeNode? behind = null;
        space.Intercept = call =>
        {
            if (call.Group != Fresh || call.Level != ConsistencyLevel.FollowerRead)
            {
                return false;
            }

            behind ??= call.Node;
            return call.Node == behind && WriteTests.Answered(() => call.Answer(new ClientResponse
            {
                RequestId = call.Id,
                Outcome = ResponseOutcome.WrongShard,
                Result = new Wire.Space.WrongShard(null, default, null).Encode(),
            }));
        };

        Assert.Equal("b", await GetAsync(kv, "k0", ReadLevel.Follower).Soon());
        Assert.NotNull(behind);
    }

    internal static async Task PutAsync(KvSpaceClient kv, string key, string value)
    {
        Reply<KvResult> reply = await kv.PutAsync(key, Encoding.UTF8.GetBytes(value));
        Assert.Equal(KvOutcome.Stored, reply.Result.Outcome);
    }

    internal static async Task<string?> GetAsync(KvSpaceClient kv, string key, ReadLevel level = default) =>
        (await kv.GetAsync(key, level).Soon()).Result.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null;

    private static byte[] KeyOf(FakeCall call)
    {
        Assert.True(KvRequest.TryRead(call.Payload, out KvRequest request, out string? refusal), refusal);
        return request.Key.ToArray();
    }
}
