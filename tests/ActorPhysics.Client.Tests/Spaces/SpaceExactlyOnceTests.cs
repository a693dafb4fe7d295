using System.Collections.Concurrent;
using System.Text;
using ActorPhysics.Client.Spaces;
using ActorPhysics.Client.Tests.Fakes;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Machines;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Tests.Spaces;

/// <summary>Keys that change their groups all the time, and everything that can go wrong between a client and its cluster, at once, from a seed.</summary>
public sealed class SpaceExactlyOnceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [Trait("Pitfall", "47")]
    public async Task Every_acknowledged_command_takes_effect_once_while_shards_split_and_merge(int seed)
    {
        const int Callers = 16;
        const int CommandsEach = 60;
        await using var space = new FakeSpace(ShardingKind.Hash, shards: 2);
        var trouble = new Trouble(space, seed);
        space.Intercept = trouble.Strikes;
        (ActorPhysicsClient client, KvSpaceClient kv) = await space.ConnectAsync(
            o => o with { RandomSeed = seed, AttemptTimeout = TimeSpan.FromMilliseconds(300), MaxOverloadRetries = 1000 });
        await using ActorPhysicsClient closing = client;
        var resharding = new Resharding(space, seed);
        var acknowledged = new ConcurrentBag<string>();
        var unknown = new ConcurrentBag<string>();

        Task writes = Task.WhenAll(Enumerable.Range(0, Callers).Select(CallAsync));
        Task changes = resharding.RunAsync(() => writes.IsCompleted);
        await writes.Soon();
        await changes.Soon();

        List<string> log = space.Log;
        Assert.Equal(log.Count, log.Distinct().Count());
        Assert.Empty(acknowledged.Except(log));
        Assert.Empty(log.Except(acknowledged).Except(unknown));
        Assert.Equal(Callers * CommandsEach, acknowledged.Count + unknown.Count);
        Assert.True(unknown.Count < Callers * CommandsEach / 20, $"{unknown.Count} outcomes are unknown: {string.Join(", ", unknown)}");
        Assert.True(trouble.Count > 60, $"only {trouble.Count} troubles");
        Assert.True(resharding.Count > 10, $"only {resharding.Count} handoffs");

        async Task CallAsync(int caller)
        {
            for (int i = 0; i < CommandsEach; i++)
            {
                string key = $"key-{caller}-{i}";
                string value = $"{caller}.{i}";
                try
                {
                    await kv.PutAsync(key, Encoding.UTF8.GetBytes(value), TimeSpan.FromMinutes(1));
                    acknowledged.Add(value);
                    Reply<KvResult> read = await kv.GetAsync(key, default, TimeSpan.FromMinutes(1));
                    Assert.Equal(value, Encoding.UTF8.GetString(read.Result.Value!.Value.Span));
                }
                catch (SessionExpiredException expired) when (expired.MayHaveTakenEffect)
                {
                    // The session was opened with a group that had given the key away already, so it did not travel with it. Of what was sent to that group
                    // and not answered the client cannot know that it was refused there, too.
                    unknown.Add(value);
                }
            }
        }
    }

    /// <summary>Splits and merges, each stage taken when some more commands have arrived.</summary>
    private sealed class Resharding(FakeSpace space, int seed)
    {
        private readonly Random _random = new(seed);
        private ulong _lastGroup = 1000;

        public int Count { get; private set; }

        public async Task RunAsync(Func<bool> isOver)
        {
            while (!isOver())
            {
                FakeHandoff handoff = Begin(out GroupId retiring);
                await ProgressAsync(isOver);
                handoff.Carry();
                await ProgressAsync(isOver);
                handoff.Publish();
                if (retiring != default)
                {
                    await ProgressAsync(isOver);
                    space.Retire(retiring);
                }

                Count++;
            }
        }

        private FakeHandoff Begin(out GroupId retiring)
        {
            retiring = default;
            int shards = space.Map.Shards.Length;
            if (shards > 1 && (shards > 6 || _random.Next(2) == 0))
            {
                int left = _random.Next(shards - 1);
                retiring = space.Map.Shards[left + 1].Group;
                return space.BeginMerge(left);
            }

            while (true)
            {
                KeyPoint at = KeyPoint.At(new HashPoint((ulong)_random.NextInt64(long.MinValue, long.MaxValue)));
                if (!at.IsFirst && space.Map.Shards.All(shard => shard.Range.From != at))
                {
                    return space.BeginSplit(at, new GroupId(++_lastGroup));
                }
            }
        }

        private Task ProgressAsync(Func<bool> isOver)
        {
            int goal = space.Cluster.Received + _random.Next(1, 12);
            return Waiting.Until(() => space.Cluster.Received >= goal || isOver());
        }
    }

    private sealed class Trouble(FakeSpace space, int seed)
    {
        private readonly Random _random = new(seed);

        public int Count { get; private set; }

        public bool Strikes(FakeCall call)
        {
            if (_random.Next(6) != 0 || call.Group == FakeSpace.ConfigGroup)
            {
                return false;
            }

            Count++;
            switch (_random.Next(7))
            {
                case 0:
                    call.Drop();
                    break;
                case 1 when space.TryApply(call):
                    call.Drop();
                    break;
                case 2 when space.TryApply(call):
                    call.Answer(ResponseOutcome.Unknown);
                    break;
                case 3:
                    call.Answer(ResponseOutcome.Overloaded, retryAfterMs: 1);
                    break;
                case 4:
                    space.Serve(call);
                    space.Serve(call);
                    break;
                case 5:
                    call.Answer(ResponseOutcome.Unavailable, retryAfterMs: 1);
                    break;
                default:
                    call.Answer(ResponseOutcome.Unavailable);
                    break;
            }

            return true;
        }
    }
}
