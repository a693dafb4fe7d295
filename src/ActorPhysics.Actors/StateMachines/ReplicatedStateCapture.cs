using ActorPhysics.Actors.StateMachines.Handoffs;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>
/// A replicated state as it was when <see cref="Applied"/> was its last entry. Immutable: any one thread may write or hash it while the
/// state moves on. Disposed once.
/// </summary>
public sealed class ReplicatedStateCapture : IDisposable
{
    private readonly IStateCapture _machine;

    internal ReplicatedStateCapture(
        StateMachineDefinition definition,
        Coordinate applied,
        StateDigest digest,
        SessionTableCapture sessions,
        IStateCapture machine,
        KeyDeskCapture? keys,
        ReadOnlyMemory<byte> configuration)
    {
        Definition = definition;
        Applied = applied;
        Digest = digest;
        Sessions = sessions;
        _machine = machine;
        Keys = keys;
        Configuration = configuration;
    }

    public StateMachineDefinition Definition { get; }
    public Coordinate Applied { get; }
    public StateDigest Digest { get; }

    /// <summary>There is nothing to be written: the position is all.</summary>
    internal bool IsLogOnly { get; init; }

    /// <summary>The group's configuration, encoded; not part of the state's hash.</summary>
    public ReadOnlyMemory<byte> Configuration { get; }
    internal SessionTableCapture Sessions { get; }

    /// <summary>Null for a group outside of any space.</summary>
    internal KeyDeskCapture? Keys { get; }

    /// <summary>Writes everything that <see cref="ReplicatedState.Restore"/> needs: nothing for a witness. Memory is bounded by one session and one chunk.</summary>
    public StateHash WriteTo(Stream output) => IsLogOnly ? default : ReplicatedStateFormat.Write(this, output);

    /// <summary>The hash of the state, equal on every replica that captured the same position; <c>default</c> of a witness.</summary>
    public StateHash ComputeHash() => WriteTo(Stream.Null);

    public void Dispose() => _machine.Dispose();

    internal void WriteMachineTo(Stream output) => _machine.WriteTo(output);
}
