using System.Buffers;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>
/// A deterministic state machine at the level of bytes: what the runtime runs on every replica. Users usually write a
/// <see cref="StateMachine{TCommand,TResult,TQuery,TAnswer}"/> instead.
/// <para>The contract, because replicas agree on commands and each computes the state by itself (seed §1.1, §2.2):</para>
/// <list type="bullet">
/// <item>The result and the next state are functions of the state, the context and the command's bytes alone: no clock, random source,
/// culture, environment, thread, identity hash, nor the order of a hash-ordered collection. Floating point only where every replica runs
/// the same instructions.</item>
/// <item><see cref="Apply"/> is total: bytes that are no command are refused with the state untouched. An exception stops the replica
/// (invariant <c>StateMachineTotal</c>): nobody can tell how much of the state had changed, nor whether other replicas failed at the same
/// place. The log is kept, so a mended build applies the same command again from the last snapshot.</item>
/// <item>What counts as a command may only grow, and a build that understands a new one runs on every replica before the first is sent:
/// otherwise old replicas refuse what new ones apply, which the running digest reveals but nothing repairs.</item>
/// <item>Calls come one at a time. The spans and writers are the caller's: none is kept after the call returns.</item>
/// </list>
/// </summary>
public interface IReplicatedStateMachine
{
    /// <summary>
    /// Applies one committed command. On <see cref="MachineOutcome.Refused"/> the state is untouched and what was written is the reason,
    /// in UTF-8.
    /// </summary>
    MachineOutcome Apply(in ApplyContext context, ReadOnlySpan<byte> command, IBufferWriter<byte> result);

    /// <summary>Answers from the state without changing it; runs between applies. On <see cref="MachineOutcome.Refused"/> what was written is the reason.</summary>
    MachineOutcome Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer);

    /// <summary>
    /// An immutable view of the state as it is now, for a thread that writes it while applies go on here. Called on the replica's own loop,
    /// so it must be fast: share what is immutable, copy on write.
    /// </summary>
    IStateCapture Capture();

    /// <summary>Replaces the state of a fresh instance by a captured one. Called once, before any other call, possibly on another thread.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a state of this machine; the instance is then discarded.</exception>
    void Restore(Stream snapshot);
}

/// <summary>How a machine met a command or a query.</summary>
public enum MachineOutcome
{
    /// <summary>It took effect or was answered; also when the answer is an application's "no".</summary>
    Done = 0,

    /// <summary>The bytes make no sense to the machine.</summary>
    Refused = 1,
}

/// <summary>How a group met a query.</summary>
public enum QueryOutcome
{
    /// <summary>The machine answered.</summary>
    Answered = 0,

    /// <summary>The query makes no sense to the machine; what was written is the reason.</summary>
    Refused = 1,

    /// <summary>The group does not own the key, or not exactly the range that the asker named; what was written is a <see cref="Wire.Space.WrongShard"/>.</summary>
    WrongShard = 2,
}

/// <summary>A state as it was at one moment. Disposed once, after it was written or given up.</summary>
public interface IStateCapture : IDisposable
{
    /// <summary>
    /// Writes the state. The bytes are a function of the state and not of the way it came about, so replicas with equal states write equal
    /// bytes. Called on a background thread.
    /// </summary>
    void WriteTo(Stream output);
}

/// <summary>What a command may know besides its own bytes; equal on every replica.</summary>
/// <param name="Coordinate">The entry that carries the command.</param>
/// <param name="Ordinal">The command's place within the entry.</param>
/// <param name="Time">The entry's time; it never goes back along the log.</param>
public readonly record struct ApplyContext(Coordinate Coordinate, EntryOrdinal Ordinal, LogTime Time);
