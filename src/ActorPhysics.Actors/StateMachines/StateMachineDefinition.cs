using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>
/// A named kind of state machine and how to make a fresh one. The name is part of every snapshot: a group never changes it.
/// </summary>
public sealed class StateMachineDefinition
{
    private readonly Func<IReplicatedStateMachine> _create;
    private readonly Lazy<bool> _isPartitioned;

    /// <param name="name">1 to 64 of a-z, 0-9, '-' and '.', beginning with a letter.</param>
    /// <param name="version">Of the state's format, from 1. A snapshot of a later version is refused by an earlier build.</param>
    /// <param name="create">Makes an instance in its initial state, the same each time.</param>
    /// <exception cref="ArgumentException">The name or the version is not of that form.</exception>
    public StateMachineDefinition(string name, int version, Func<IReplicatedStateMachine> create)
    {
        if (!IsName(name))
        {
            throw new ArgumentException($"'{name}' is no state machine's name: 1 to 64 of a-z, 0-9, '-' and '.', beginning with a letter.", nameof(name));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        Name = name;
        Version = version;
        _create = create;
        _isPartitioned = new Lazy<bool>(() => Create() is IPartitionedStateMachine);
    }

    public string Name { get; }
    public int Version { get; }

    /// <summary>Whether its state is divided by keys, so that a space of it may have more than one shard.</summary>
    public bool IsPartitioned => _isPartitioned.Value;

    public IReplicatedStateMachine Create() => _create();

    /// <summary>Why a group of this machine cannot be born with these keys; null when it can.</summary>
    public string? ComplaintAbout(KeysAtBirth keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return IsPartitioned || keys.Range == KeyRange.All ? null
            : $"state machine '{Name}' does not divide its state by keys: a space of it has one shard, which is never split. "
                + $"To be sharded it implements {nameof(IPartitionedStateMachine)}, a typed one IPartitioned";
    }

    /// <summary>
    /// Captures the initial state, restores it into another instance and captures that: a machine that cannot do this would fail at its
    /// first snapshot, long after its author went home. Called once, when a group of this kind starts.
    /// </summary>
    /// <exception cref="InvalidOperationException">Says what went wrong.</exception>
    public void RequireRestorable()
    {
        byte[] first;
        byte[] second;
        try
        {
            first = Captured(Create());
            IReplicatedStateMachine restored = Create();
            restored.Restore(new MemoryStream(first, writable: false));
            second = Captured(restored);
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException($"State machine '{Name}' cannot capture and restore its initial state: {fault.Message}", fault);
        }

        if (!first.AsSpan().SequenceEqual(second))
        {
            throw new InvalidOperationException($"State machine '{Name}' captures other bytes after it was restored: equal states must have equal bytes.");
        }
    }

    private static byte[] Captured(IReplicatedStateMachine machine)
    {
        using var bytes = new MemoryStream();
        using IStateCapture capture = machine.Capture();
        capture.WriteTo(bytes);
        return bytes.ToArray();
    }

    private static bool IsName(string name) =>
        name.Length is >= 1 and <= 64 && char.IsAsciiLetterLower(name[0])
        && name.AsSpan().IndexOfAnyExcept(NameCharacters) < 0;

    private static readonly System.Buffers.SearchValues<char> NameCharacters =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");
}
