using System.Runtime.CompilerServices;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Client;

/// <summary>
/// A group that runs the built-in <c>register</c> machine: one value of up to 1 MiB. Writes end as <see cref="ActorPhysicsClient.WriteAsync"/>
/// does, reads as <see cref="ActorPhysicsClient.ReadAsync"/>; a value beyond its limit is an <see cref="ArgumentException"/>.
/// </summary>
public sealed class RegisterClient(ActorPhysicsClient client, GroupId group)
{
    public GroupId Group { get; } = group;

    public ValueTask<Reply<RegisterResult>> WriteAsync(ReadOnlyMemory<byte> value, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        DecodeAsync(client.WriteAsync(Group, RegisterCommands.Write(value.Span), timeout, cancellation));

    /// <summary>Writes where the present value is as expected, null for a register never written; <see cref="RegisterOutcome.Mismatch"/> otherwise.</summary>
    public ValueTask<Reply<RegisterResult>> CompareAndSetAsync(
        ReadOnlyMemory<byte>? expected, ReadOnlyMemory<byte> value, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        byte[] command = expected is { } present ? RegisterCommands.CompareAndSet(present.Span, value.Span) : RegisterCommands.CompareAbsentAndSet(value.Span);
        return DecodeAsync(client.WriteAsync(Group, command, timeout, cancellation));
    }

    public ValueTask<Reply<RegisterResult>> ReadAsync(ReadLevel level = default, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        DecodeAsync(client.ReadAsync(Group, RegisterCommands.Read(), level, timeout, cancellation));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<Reply<RegisterResult>> DecodeAsync(ValueTask<Reply<ReadOnlyMemory<byte>>> task)
    {
        Reply<ReadOnlyMemory<byte>> reply = await task.ConfigureAwait(false);
        return RegisterResult.Read(reply.Result.Span) is { } result
            ? reply.With(result)
            : throw new ReplyUnreadableException("it is no result of a register machine.", reply.Coordinate);
    }
}
