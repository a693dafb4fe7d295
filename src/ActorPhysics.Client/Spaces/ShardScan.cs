using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Client.Spaces;

/// <summary>
/// One query of all shards within a range. What a shard refuses, because its range is another one by now, is asked again by a newer map, and only that:
/// in the end every point of the range was answered for exactly once.
/// </summary>
internal sealed class ShardScan(ActorPhysicsClient client, SpaceRoute space, ReadOnlyMemory<byte> query, ReadLevel level, TimeSpan timeout)
{
    private readonly long _began = client.Options.Clock.GetTimestamp();

    public async Task<IReadOnlyList<ShardAnswer>> RunAsync(KeyRange range, CancellationToken cancellation)
    {
        var answers = new List<ShardAnswer>();
        List<KeyRange> open = [range];
        ShardMap map = await client.MapOfAsync(space, isFresh: false, Remaining, cancellation).ConfigureAwait(false);
        TimeSpan pause = client.Options.ShortestBackoff;
        while (true)
        {
            ShardPart[] parts = await Task.WhenAll(PartsOf(map, open).Select(part => AskAsync(part, cancellation))).ConfigureAwait(false);
            answers.AddRange(parts.Where(part => part.Answer is not null).Select(part => part.Answer!));
            open = [.. parts.Where(part => part.Answer is null).Select(part => part.Range)];
            if (open.Count == 0)
            {
                return [.. answers.OrderBy(answer => answer.Range.From is { } from ? from : default)];
            }

            ShardMap newer = await client.MapOfAsync(space, isFresh: true, Remaining, cancellation).ConfigureAwait(false);
            if (newer.Version == map.Version)
            {
                // A handoff is under way: its keys have left one group and the other is about to have them.
                await Task.Delay(pause, client.Options.Clock, cancellation).ConfigureAwait(false);
                pause = pause * 2 < client.Options.LongestBackoff ? pause * 2 : client.Options.LongestBackoff;
            }

            map = newer;
        }
    }

    private TimeSpan Remaining => timeout - client.Options.Clock.GetElapsedTime(_began) is var left && left > TimeSpan.Zero
        ? left
        : throw new RequestTimedOutException($"The keys of '{space.Name}' were changing their groups. {space.LastTrouble}".TrimEnd());

    private static IEnumerable<ShardPart> PartsOf(ShardMap map, List<KeyRange> open) =>
        from range in open
        from shard in map.Shards
        let shared = shard.Range.Intersect(range)
        where shared is not null
        select new ShardPart(shared.Value, shard, null);

    private async Task<ShardPart> AskAsync(ShardPart part, CancellationToken cancellation)
    {
        try
        {
            Reply<ReadOnlyMemory<byte>> reply =
                await client.ReadShardAsync(part.Shard.Group, KeyScopeCodec.Encode(part.Shard.Range), query, level, Remaining, cancellation).ConfigureAwait(false);
            return part with { Answer = new ShardAnswer(part.Range, part.Shard, reply) };
        }
        catch (RequestRefusedException refusal) when (refusal.Outcome is ResponseOutcome.WrongShard or ResponseOutcome.NoSuchGroup)
        {
            return part;
        }
    }

    /// <summary>A part of the range, within one shard.</summary>
    private sealed record ShardPart(KeyRange Range, Shard Shard, ShardAnswer? Answer);
}
