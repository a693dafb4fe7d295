using ActorPhysics.Client.Spaces;
using ActorPhysics.Client.Tests.Fakes;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;

namespace ActorPhysics.Client.Tests.Spaces;

/// <summary>Ranges over the keys of many shards.</summary>
public sealed class ShardScanTests
{
    private static readonly string[] Keys = [.. Enumerable.Range(0, 26).Select(i => $"{(char)('a' + i)}")];

    [Theory]
    [InlineData(ShardingKind.Hash)]
    [InlineData(ShardingKind.Ordered)]
    public async Task Range_is_merged_in_the_order_of_keys_page_by_page(ShardingKind kind)
    {
        await using var space = new FakeSpace(kind, shards: 3);
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await FillAsync(kv);

        var read = new List<string>();
        int pages = 0;
        for (string? from = ""; from is not null; pages++)
        {
            KvSpacePage page = await kv.RangeAsync(from, limit: 4).Soon();
            Assert.True(page.Items.Length <= 4);
            Assert.Equal(page.Parts.Length, page.Parts.Select(part => part.Shard.Id).Distinct().Count());
            read.AddRange(page.Items.Select(item => item.Key));
            from = page.Continuation;
        }

        Assert.Equal(Keys, read);
        Assert.InRange(pages, 7, 26);
    }

    [Fact]
    public async Task Range_of_an_ordered_space_asks_only_the_shards_that_may_hold_its_keys()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await FillAsync(kv);

        KvSpacePage page = await kv.RangeAsync("i", "o").Soon();
        KvSpacePage prefixed = await kv.RangeAsync(prefix: "q").Soon();
        KvSpacePage none = await kv.RangeAsync("k", "k").Soon();

        Assert.Equal(["i", "j", "k", "l", "m", "n"], page.Items.Select(item => item.Key));
        Assert.Equal(new GroupId(101), Assert.Single(page.Parts).Shard.Group);
        Assert.Equal("q", Assert.Single(prefixed.Items).Key);
        Assert.Equal(new GroupId(102), Assert.Single(prefixed.Parts).Shard.Group);
        Assert.Empty(none.Items);
    }

    [Fact]
    public async Task Shard_that_is_another_one_by_now_is_asked_again_by_the_newer_map_and_no_key_is_missed_or_doubled()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await FillAsync(kv);

        // The client's map is two versions behind: the middle was divided, and its first half joined to the left.
        space.BeginSplit(FakeSpace.At("k"), new GroupId(200)).Carry().Publish();
        space.BeginMerge(0).Carry().Publish();
        space.Retire(new GroupId(101));
        KvSpacePage page = await kv.RangeAsync().Soon();

        Assert.Equal(Keys, page.Items.Select(item => item.Key));
        Assert.Null(page.Continuation);
    }

    [Fact]
    public async Task Range_waits_for_the_end_of_a_handoff()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await FillAsync(kv);

        FakeHandoff handoff = space.BeginSplit(FakeSpace.At("k"), new GroupId(200));
        Task<KvSpacePage> range = kv.RangeAsync();
        await Waiting.Until(() => space.Questions.Count > 3);
        Assert.False(range.IsCompleted);
        handoff.Carry().Publish();

        Assert.Equal(Keys, (await range.Soon()).Items.Select(item => item.Key));
    }

    [Fact]
    public async Task Range_that_cannot_be_whole_in_time_is_timed_out()
    {
        await using var space = new FakeSpace();
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync();
        await using ActorPhysicsClient closing = client;
        await FillAsync(kv);
        space.BeginSplit(FakeSpace.At("k"), new GroupId(200));

        await Assert.ThrowsAsync<RequestTimedOutException>(() => kv.RangeAsync(timeout: TimeSpan.FromMilliseconds(100)).Soon());
    }

    private static async Task FillAsync(KvSpaceClient kv)
    {
        foreach (string key in Keys)
        {
            await SpaceRoutingTests.PutAsync(kv, key, key);
        }
    }
}
