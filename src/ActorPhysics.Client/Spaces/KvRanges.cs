using System.Collections.Immutable;
using System.Text;
using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Client.Spaces;

/// <summary>Ranges of the <c>kv</c> machine over several shards.</summary>
internal static class KvRanges
{
    /// <summary>The points of an ordered space at which a key of the range can lie; null when none can.</summary>
    public static KeyRange? Within(string from, string to, string prefix)
    {
        SpaceKey low = Max(SpaceKey.OfText(from), SpaceKey.OfText(prefix));
        SpaceKey? high = to.Length > 0 ? SpaceKey.OfText(to) : null;
        if (AfterPrefix(Encoding.UTF8.GetBytes(prefix)) is { } end && (high is null || end < high.Value))
        {
            high = end;
        }

        return KeyRange.TryCreate(KeyPoint.At(low), high is { } bound ? KeyPoint.At(bound) : null);
    }

    /// <summary>
    /// One page of what the shards answered. A shard that has more ends the page with its last key: beyond that one it may hold keys which come before
    /// those of other shards.
    /// </summary>
    public static KvSpacePage Merge(ShardingKind kind, IReadOnlyList<ShardAnswer> answers, int most)
    {
        var items = new List<(SpaceKey Key, KvItem Item)>();
        SpaceKey? end = null;
        foreach (ShardAnswer answer in answers)
        {
            KvResult part = KvResult.Read(answer.Reply.Result.Span) is { Outcome: KvOutcome.Range } range
                ? range
                : throw new ReplyUnreadableException("it is no range of a kv machine.", default);
            foreach (KvItem item in part.Items)
            {
                SpaceKey key = SpaceKey.OfText(item.Key);

                // A shard whose part was smaller when it was first looked up answers for all that it owns.
                if (answer.Range.Contains(KeyPoint.Of(kind, key)))
                {
                    items.Add((key, item));
                }
            }

            if (part is { More: true, Items: [.., { } last] } && SpaceKey.OfText(last.Key) is var lastKey && (end is null || lastKey < end.Value))
            {
                end = lastKey;
            }
        }

        ImmutableArray<KvItem> sorted = [.. items.Where(each => end is null || each.Key <= end.Value).OrderBy(each => each.Key).Select(each => each.Item)];
        bool isCut = sorted.Length > most;
        ImmutableArray<KvItem> page = isCut ? sorted[..most] : sorted;
        string? continuation = isCut ? After(page[^1].Key)
            : end is { } reached ? After(Encoding.UTF8.GetString(reached.Bytes))
            : null;
        return new KvSpacePage(page, continuation, [.. answers]);
    }

    /// <summary>The first key after this one.</summary>
    private static string After(string key) => key + "\0";

    private static SpaceKey Max(SpaceKey a, SpaceKey b) => a < b ? b : a;

    /// <summary>The first key that comes after all that begin so; null when there is none.</summary>
    private static SpaceKey? AfterPrefix(byte[] prefix)
    {
        int length = prefix.Length;
        while (length > 0 && prefix[length - 1] == byte.MaxValue)
        {
            length--;
        }

        if (length == 0)
        {
            return null;
        }

        byte[] next = prefix[..length];
        next[^1]++;
        return new SpaceKey([.. next]);
    }
}
