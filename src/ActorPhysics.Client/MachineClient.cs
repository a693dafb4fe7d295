using System.Buffers;
using System.Runtime.CompilerServices;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Client;

/// <summary>
/// A group that runs a user's own state machine, addressed in the machine's types. The codecs are those that the machine was registered
/// with; JSON unless said otherwise.
/// </summary>
public sealed class MachineClient<TCommand, TResult, TQuery, TAnswer>(
    ActorPhysicsClient client, GroupId group, StateMachineCodecs<TCommand, TResult, TQuery, TAnswer>? codecs = null)
{
    private readonly StateMachineCodecs<TCommand, TResult, TQuery, TAnswer> _codecs = codecs ?? StateMachineCodecs<TCommand, TResult, TQuery, TAnswer>.Json;

    public GroupId Group { get; } = group;

    /// <summary>Applies a command once; ends as <see cref="ActorPhysicsClient.WriteAsync"/> does.</summary>
    public ValueTask<Reply<TResult>> ApplyAsync(TCommand command, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        MachineReplies.DecodeAsync(client.WriteAsync(Group, MachineReplies.Encode(_codecs.Command, command), timeout, cancellation), _codecs.Result);

    /// <summary>Answers a query; ends as <see cref="ActorPhysicsClient.ReadAsync"/> does.</summary>
    public ValueTask<Reply<TAnswer>> QueryAsync(TQuery query, ReadLevel level = default, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        MachineReplies.DecodeAsync(client.ReadAsync(Group, MachineReplies.Encode(_codecs.Query, query), level, timeout, cancellation), _codecs.Answer);
}

/// <summary>A machine's types to bytes and back.</summary>
internal static class MachineReplies
{
    public static ReadOnlyMemory<byte> Encode<T>(ICommandCodec<T> codec, T value)
    {
        var output = new ArrayBufferWriter<byte>();
        codec.Encode(value, output);
        return output.WrittenMemory;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<Reply<T>> DecodeAsync<T>(ValueTask<Reply<ReadOnlyMemory<byte>>> task, ICommandCodec<T> codec)
    {
        Reply<ReadOnlyMemory<byte>> reply = await task.ConfigureAwait(false);
        return codec.TryDecode(reply.Result.Span, out T? value, out string? refusal)
            ? reply.With(value)
            : throw new ReplyUnreadableException(refusal, reply.Coordinate);
    }
}

/// <summary>
/// The request was served, but its result is not of the expected type: the client's codec differs from the machine's. A command has taken
/// effect.
/// </summary>
public sealed class ReplyUnreadableException(string refusal, Coordinate coordinate) : RequestException($"The result cannot be read: {refusal}")
{
    /// <summary>Where the command took effect; <c>default</c> for a read.</summary>
    public Coordinate Coordinate { get; } = coordinate;
    public override bool MayHaveTakenEffect => Coordinate != default;
}
