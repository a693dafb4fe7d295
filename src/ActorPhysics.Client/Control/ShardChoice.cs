using ActorPhysics.Core.Space;

namespace ActorPhysics.Client.Control;

/// <summary>Which shards are split or merged next when only their number is asked for.</summary>
internal static class ShardChoice
{
    /// <summary>The shard with the most hash points, the first of several; in an ordered space, where nobody knows the middle, the first.</summary>
    public static ShardId Widest(ShardMap map) => map.Shards.MaxBy(shard => WidthOf(shard.Range))!.Id;

    /// <summary>The shard that has the fewest hash points together with its right neighbour, the first of several; there must be two shards.</summary>
    public static ShardId Narrowest(ShardMap map) =>
        map.Shards[Enumerable.Range(0, map.Shards.Length - 1).MinBy(index => WidthOf(map.Shards[index].Range) + WidthOf(map.Shards[index + 1].Range))].Id;

    private static UInt128 WidthOf(KeyRange range)
    {
        UInt128 from = range.From is { } begin ? begin.Hash.Value : 0;
        UInt128 to = range.To is { } end ? end.Hash.Value : UInt128.One << 64;
        return to > from ? to - from : 0;
    }
}
