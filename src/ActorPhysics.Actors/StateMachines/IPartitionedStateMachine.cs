using ActorPhysics.Core.Space;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>
/// A state machine whose state is divided by keys, so that a space may spread it over many groups. Every command, and every query that is not about many
/// keys, names one key; what it reads and changes belongs to that key alone. Machines that are no such ones run in spaces of one shard.
/// <para>The contract of <see cref="IReplicatedStateMachine"/> holds here too: all of this is a function of the state and the arguments, and an exception
/// stops the replica. All calls are made on the replica's own loop.</para>
/// </summary>
public interface IPartitionedStateMachine : IReplicatedStateMachine
{
    /// <summary>The key that a command names, within its bytes or in memory that nobody changes; false when they are no command, or name no key.</summary>
    bool TryGetKey(ReadOnlySpan<byte> command, out ReadOnlySpan<byte> key);

    /// <summary>As <see cref="TryGetKey"/>, for a query; false also when the query is about many keys.</summary>
    bool TryGetQueryKey(ReadOnlySpan<byte> query, out ReadOnlySpan<byte> key);

    /// <summary>
    /// Takes everything that belongs to keys of the range out of the state and returns it. Equal states give equal bytes. The capture is written once,
    /// at once.
    /// </summary>
    IStateCapture Partition(KeyRange range, ShardingKind kind);

    /// <summary>Adds what <see cref="Partition"/> took out of another instance; no key of it is in the state.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such part, or a key of it is in the state; the replica is then stopped.</exception>
    void Absorb(Stream part);

    /// <summary>A key of the range with about as many keys before as behind it, where an ordered space may be divided; null when there is none.</summary>
    SpaceKey? MiddleKey(KeyRange range);
}

/// <summary>
/// What a <see cref="StateMachine{TCommand,TResult,TQuery,TAnswer}"/> implements besides, if a space shall spread it over many groups. The contract is
/// that of <see cref="IPartitionedStateMachine"/>; <see cref="KeyedState"/> does the work for states that are sorted maps from keys.
/// </summary>
public interface IPartitioned<in TCommand, in TQuery>
{
    /// <summary>The key that the command is about; null refuses it.</summary>
    SpaceKey? KeyOfCommand(TCommand command);

    /// <summary>The key that the query is about; null when it is about many.</summary>
    SpaceKey? KeyOfQuery(TQuery query);

    /// <summary>Takes the part of the state that belongs to keys of the range out; usually <see cref="StateCapture.Json{T}"/> of it.</summary>
    IStateCapture Partition(KeyRange range, ShardingKind kind);

    /// <summary>Adds such a part; the counterpart of JSON captures is <see cref="StateCapture.ReadJson{T}"/>.</summary>
    void Absorb(Stream part);

    /// <summary>Where to divide an ordered space; null when there is no such key.</summary>
    SpaceKey? MiddleKey(KeyRange range);
}
