using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Client.Spaces;

/// <summary>
/// A space whose groups run a user's own state machine, addressed in the machine's types. The selectors say which key a command or query is about; they
/// must agree with what the machine itself finds in it.
/// </summary>
/// <param name="client">The connection to the cluster.</param>
/// <param name="space">The space's name.</param>
/// <param name="keyOfCommand">The key of a command.</param>
/// <param name="keyOfQuery">The key of a query.</param>
/// <param name="codecs">Those that the machine was registered with; JSON unless said otherwise.</param>
public sealed class MachineSpaceClient<TCommand, TResult, TQuery, TAnswer>(
    ActorPhysicsClient client,
    string space,
    Func<TCommand, SpaceKey> keyOfCommand,
    Func<TQuery, SpaceKey> keyOfQuery,
    StateMachineCodecs<TCommand, TResult, TQuery, TAnswer>? codecs = null)
{
    private readonly StateMachineCodecs<TCommand, TResult, TQuery, TAnswer> _codecs = codecs ?? StateMachineCodecs<TCommand, TResult, TQuery, TAnswer>.Json;

    public SpaceClient Space { get; } = new(client, space);

    /// <summary>Applies a command once, in the group that owns its key; ends as <see cref="SpaceClient.WriteAsync"/> does.</summary>
    public ValueTask<Reply<TResult>> ApplyAsync(TCommand command, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        MachineReplies.DecodeAsync(
            Space.WriteAsync(KeyOf(keyOfCommand(command)), MachineReplies.Encode(_codecs.Command, command), timeout, cancellation), _codecs.Result);

    /// <summary>Answers a query from the group that owns its key; ends as <see cref="SpaceClient.ReadAsync"/> does.</summary>
    public ValueTask<Reply<TAnswer>> QueryAsync(TQuery query, ReadLevel level = default, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        MachineReplies.DecodeAsync(
            Space.ReadAsync(KeyOf(keyOfQuery(query)), MachineReplies.Encode(_codecs.Query, query), level, timeout, cancellation), _codecs.Answer);

    private static byte[] KeyOf(SpaceKey key) => key.Bytes.ToArray();
}
