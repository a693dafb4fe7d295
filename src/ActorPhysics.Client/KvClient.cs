using System.Runtime.CompilerServices;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Client;

/// <summary>
/// A group that runs the built-in <c>kv</c> machine. Keys are text of 1 to 1024 bytes of UTF-8, values up to 1 MiB. Writes end as
/// <see cref="ActorPhysicsClient.WriteAsync"/> does, reads as <see cref="ActorPhysicsClient.ReadAsync"/>; a key or value beyond its limit is an
/// <see cref="ArgumentException"/>.
/// </summary>
public sealed class KvClient(ActorPhysicsClient client, GroupId group)
{
    public GroupId Group { get; } = group;

    /// <summary>Stores a value.</summary>
    public ValueTask<Reply<KvResult>> PutAsync(string key, ReadOnlyMemory<byte> value, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        WriteAsync(KvCommands.Put(key, value.Span), timeout, cancellation);

    /// <summary>Stores a value where there is none; <see cref="KvOutcome.AlreadyPresent"/> otherwise.</summary>
    public ValueTask<Reply<KvResult>> PutIfAbsentAsync(
        string key, ReadOnlyMemory<byte> value, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        WriteAsync(KvCommands.Put(key, value.Span, ifAbsent: true), timeout, cancellation);

    /// <summary>Removes a key; <see cref="KvOutcome.NotFound"/> when there was none.</summary>
    public ValueTask<Reply<KvResult>> DeleteAsync(string key, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        WriteAsync(KvCommands.Delete(key), timeout, cancellation);

    /// <summary>Stores a value where the present one is as expected; <see cref="KvOutcome.Mismatch"/> otherwise.</summary>
    /// <param name="key">The key.</param>
    /// <param name="expected">The value that must be there; null for none.</param>
    /// <param name="value">The new value.</param>
    /// <param name="timeout">As for <see cref="ActorPhysicsClient.WriteAsync"/>.</param>
    /// <param name="cancellation">As for <see cref="ActorPhysicsClient.WriteAsync"/>.</param>
    public ValueTask<Reply<KvResult>> CompareAndSetAsync(
        string key, ReadOnlyMemory<byte>? expected, ReadOnlyMemory<byte> value, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        WriteAsync(
            expected is { } present ? KvCommands.CompareAndSet(key, present.Span, value.Span) : KvCommands.CompareAbsentAndSet(key, value.Span), timeout, cancellation);

    /// <summary>Reads a key; <see cref="KvOutcome.NotFound"/> when there is none.</summary>
    public ValueTask<Reply<KvResult>> GetAsync(string key, ReadLevel level = default, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        ReadAsync(KvQueries.Get(key), level, timeout, cancellation);

    /// <summary>Reads the keys from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive) in the order of their UTF-8 bytes.</summary>
    /// <param name="from">Empty: from the first key.</param>
    /// <param name="to">Empty: to the last key.</param>
    /// <param name="prefix">What the keys begin with.</param>
    /// <param name="limit">At most so many items; 0 for the machine's default. The result says whether there are more.</param>
    /// <param name="level">How fresh.</param>
    /// <param name="timeout">As for <see cref="ActorPhysicsClient.ReadAsync"/>.</param>
    /// <param name="cancellation">As for <see cref="ActorPhysicsClient.ReadAsync"/>.</param>
    public ValueTask<Reply<KvResult>> RangeAsync(
        string from = "", string to = "", string prefix = "", int limit = 0, ReadLevel level = default, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        ReadAsync(KvQueries.Range(from, to, prefix, limit), level, timeout, cancellation);

    private ValueTask<Reply<KvResult>> WriteAsync(byte[] command, TimeSpan? timeout, CancellationToken cancellation) =>
        DecodeAsync(client.WriteAsync(Group, command, timeout, cancellation));

    private ValueTask<Reply<KvResult>> ReadAsync(byte[] query, ReadLevel level, TimeSpan? timeout, CancellationToken cancellation) =>
        DecodeAsync(client.ReadAsync(Group, query, level, timeout, cancellation));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<Reply<KvResult>> DecodeAsync(ValueTask<Reply<ReadOnlyMemory<byte>>> task)
    {
        Reply<ReadOnlyMemory<byte>> reply = await task.ConfigureAwait(false);
        return KvResult.Read(reply.Result.Span) is { } result
            ? reply.With(result)
            : throw new ReplyUnreadableException("it is no result of a kv machine.", reply.Coordinate);
    }
}
