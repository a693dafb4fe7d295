using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Protocol.Sessions;

/// <summary>Where a command took effect: its entry's coordinate and its ordinal within that entry. It names the command for ever.</summary>
public readonly record struct CommandPlace(Coordinate Coordinate, EntryOrdinal Ordinal)
{
    public override string ToString() => $"{Coordinate}#{Ordinal}";
}

/// <summary>
/// The kept outcome of one command. Most results are a few bytes, so short ones live inside the slot and cost no allocation.
/// Invariant: <see cref="_overflow"/> is never written after it is set, so copies of the slot may share it.
/// </summary>
internal struct FirstResult
{
    private const int InlineCapacity = 16;

    /// <summary>None marks an empty slot.</summary>
    public CommandSequence Sequence;
    public CommandStatus Status;
    public CommandPlace AppliedAt;
    private int _length;
    private InlineBytes _inline;
    private byte[]? _overflow;

    public FirstResult(CommandSequence sequence, CommandStatus status, CommandPlace appliedAt, ReadOnlySpan<byte> bytes)
    {
        Sequence = sequence;
        Status = status;
        AppliedAt = appliedAt;
        _length = bytes.Length;
        if (bytes.Length <= InlineCapacity)
        {
            bytes.CopyTo(_inline);
        }
        else
        {
            _overflow = bytes.ToArray();
        }
    }

    public readonly int Length => _length;

    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Bytes => _overflow ?? ((ReadOnlySpan<byte>)_inline)[.._length];

    [InlineArray(InlineCapacity)]
    private struct InlineBytes
    {
        private byte _first;
    }
}
