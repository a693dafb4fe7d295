using ActorPhysics.Core.Space;

namespace ActorPhysics.Client.Spaces;

/// <summary>
/// A space: a keyspace whose keys belong to groups that may change while it is used. A request names a key; the client finds the group that owns it,
/// and follows the key when a split, merge or move gives it to another one. All members may be called from many threads at once.
/// </summary>
/// <remarks>
/// Exactly-once holds across such changes: a command is sent on under its first session and sequence wherever an earlier sending may have taken
/// effect. While a key is between two groups its requests wait, within their timeouts. Tasks end as those of <see cref="ActorPhysicsClient"/>; a space that
/// does not exist is a <see cref="RequestRefusedException"/>. The key must be the one that the space's machine finds in the command or query itself:
/// another one leads to a group that refuses it until the timeout. Keys, commands and queries must stay unchanged until the task has ended.
/// </remarks>
public sealed class SpaceClient
{
    private readonly ActorPhysicsClient _client;

    /// <param name="client">The connection to the cluster.</param>
    /// <param name="space">The space's name.</param>
    public SpaceClient(ActorPhysicsClient client, string space)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        Route = client.RouteTo(space);
    }

    public string Space => Route.Name;

    internal SpaceRoute Route { get; }

    /// <summary>Applies a command once, in the group that owns the key.</summary>
    /// <param name="key">The key that the command is about.</param>
    /// <param name="command">The state machine's command.</param>
    /// <param name="timeout">As for <see cref="ActorPhysicsClient.WriteAsync"/>; a handoff under way is waited for within it.</param>
    /// <param name="cancellation">Ends the wait; what was sent may still take effect.</param>
    public ValueTask<Reply<ReadOnlyMemory<byte>>> WriteAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> command, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        _client.WriteKeyAsync(Route, key, command, timeout, cancellation);

    /// <summary>Answers a query about one key at a level of consistency, from the group that owns it.</summary>
    public ValueTask<Reply<ReadOnlyMemory<byte>>> ReadAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> query, ReadLevel level = default, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        _client.ReadKeyAsync(Route, key, query, level, timeout, cancellation);

    /// <summary>The space's shard map as the config group knows it now, by a linearizable read.</summary>
    public Task<ShardMap> MapAsync(TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        _client.MapOfAsync(Route, isFresh: true, timeout ?? _client.Options.RequestTimeout, cancellation);

    /// <summary>The map that is known, which may be behind; read when none is.</summary>
    internal Task<ShardMap> KnownMapAsync(TimeSpan? timeout, CancellationToken cancellation) =>
        _client.MapOfAsync(Route, isFresh: false, timeout ?? _client.Options.RequestTimeout, cancellation);

    /// <summary>
    /// Asks every shard that has keys within a range of the space one query each, such as one that reads many keys. Each shard's answer is consistent by
    /// itself; together they are of different moments.
    /// </summary>
    /// <param name="range">The range; all keys unless it is said.</param>
    /// <param name="query">A query that names no key: it is asked of all that a group owns.</param>
    /// <param name="level">How fresh.</param>
    /// <param name="timeout">How long it may take altogether.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The answers in the order of their ranges, which together cover <paramref name="range"/> exactly once.</returns>
    public Task<IReadOnlyList<ShardAnswer>> ReadShardsAsync(
        KeyRange range, ReadOnlyMemory<byte> query, ReadLevel level = default, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        new ShardScan(_client, Route, query, level, timeout ?? _client.Options.RequestTimeout).RunAsync(range, cancellation);
}

/// <summary>What one shard answered.</summary>
/// <param name="Range">The part of the asked range that this answer stands for.</param>
/// <param name="Shard">The shard that was asked, whose range may be larger.</param>
/// <param name="Reply">Its answer, about all keys of the shard.</param>
public sealed record ShardAnswer(KeyRange Range, Shard Shard, Reply<ReadOnlyMemory<byte>> Reply);
