using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Client.Spaces;

/// <summary>
/// A space whose groups run the built-in <c>kv</c> machine. Limits and outcomes are those of <see cref="KvClient"/>; a request goes to the group that
/// owns its key, as <see cref="SpaceClient"/> says.
/// </summary>
public sealed class KvSpaceClient
{
    /// <param name="client">The connection to the cluster.</param>
    /// <param name="space">The space's name.</param>
    public KvSpaceClient(ActorPhysicsClient client, string space) => Space = new SpaceClient(client, space);

    public SpaceClient Space { get; }

    /// <inheritdoc cref="KvClient.PutAsync"/>
    public ValueTask<Reply<KvResult>> PutAsync(string key, ReadOnlyMemory<byte> value, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        WriteAsync(key, KvCommands.Put(key, value.Span), timeout, cancellation);

    /// <inheritdoc cref="KvClient.PutIfAbsentAsync"/>
    public ValueTask<Reply<KvResult>> PutIfAbsentAsync(
        string key, ReadOnlyMemory<byte> value, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        WriteAsync(key, KvCommands.Put(key, value.Span, ifAbsent: true), timeout, cancellation);

    /// <inheritdoc cref="KvClient.DeleteAsync"/>
    public ValueTask<Reply<KvResult>> DeleteAsync(string key, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        WriteAsync(key, KvCommands.Delete(key), timeout, cancellation);

    /// <inheritdoc cref="KvClient.CompareAndSetAsync"/>
    public ValueTask<Reply<KvResult>> CompareAndSetAsync(
        string key, ReadOnlyMemory<byte>? expected, ReadOnlyMemory<byte> value, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        WriteAsync(
            key, expected is { } present ? KvCommands.CompareAndSet(key, present.Span, value.Span) : KvCommands.CompareAbsentAndSet(key, value.Span), timeout, cancellation);

    /// <inheritdoc cref="KvClient.GetAsync"/>
    public ValueTask<Reply<KvResult>> GetAsync(string key, ReadLevel level = default, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        DecodeAsync(Space.ReadAsync(Encoding.UTF8.GetBytes(key), KvQueries.Get(key), level, timeout, cancellation));

    /// <summary>
    /// Reads the keys from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive) in the order of their UTF-8 bytes, from all shards
    /// that may hold any: all of a hash space, those of the range of an ordered one.
    /// </summary>
    /// <param name="from">Empty: from the first key.</param>
    /// <param name="to">Empty: to the last key.</param>
    /// <param name="prefix">What the keys begin with.</param>
    /// <param name="limit">At most so many items; 0 for the machine's default.</param>
    /// <param name="level">How fresh each shard's part is.</param>
    /// <param name="timeout">How long it may take altogether.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>
    /// A page. Each shard's part is consistent by itself and as fresh as the level says; the parts are of different moments, and so are two pages. A key
    /// that moves to another shard meanwhile is neither missed nor there twice.
    /// </returns>
    public async Task<KvSpacePage> RangeAsync(
        string from = "", string to = "", string prefix = "", int limit = 0, ReadLevel level = default, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        int most = limit is 0 ? KvLimits.DefaultRangeItems : Math.Min(limit, KvLimits.MaxRangeItems);
        byte[] query = KvQueries.Range(from, to, prefix, most);
        ShardMap map = await Space.KnownMapAsync(timeout, cancellation).ConfigureAwait(false);
        KeyRange? range = map.Kind == ShardingKind.Hash ? KeyRange.All : KvRanges.Within(from, to, prefix);
        if (range is null)
        {
            return new KvSpacePage([], null, []);
        }

        IReadOnlyList<ShardAnswer> answers = await Space.ReadShardsAsync(range.Value, query, level, timeout, cancellation).ConfigureAwait(false);
        return KvRanges.Merge(map.Kind, answers, most);
    }

    private ValueTask<Reply<KvResult>> WriteAsync(string key, byte[] command, TimeSpan? timeout, CancellationToken cancellation) =>
        DecodeAsync(Space.WriteAsync(Encoding.UTF8.GetBytes(key), command, timeout, cancellation));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<Reply<KvResult>> DecodeAsync(ValueTask<Reply<ReadOnlyMemory<byte>>> task)
    {
        Reply<ReadOnlyMemory<byte>> reply = await task.ConfigureAwait(false);
        return KvResult.Read(reply.Result.Span) is { } result
            ? reply.With(result)
            : throw new ReplyUnreadableException("it is no result of a kv machine.", reply.Coordinate);
    }
}

/// <summary>A page of a range over a space.</summary>
/// <param name="Items">In the order of their keys.</param>
/// <param name="Continuation">The <c>from</c> of the next page; null when there is none.</param>
/// <param name="Parts">What each shard's part rests on, in the order of the shards.</param>
public sealed record KvSpacePage(ImmutableArray<KvItem> Items, string? Continuation, ImmutableArray<ShardAnswer> Parts);
