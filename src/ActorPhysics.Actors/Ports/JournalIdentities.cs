using System.Globalization;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Actors.Ports;

/// <summary>
/// Names one replica's stream of records in its node's journal. All streams of a node share the journal and its fsyncs; each has
/// sequences of its own. <c>default</c> names no stream.
/// </summary>
public readonly record struct JournalStreamId(GroupId Group, ReplicaId Replica) : IComparable<JournalStreamId>
{
    public int CompareTo(JournalStreamId other)
    {
        int byGroup = Group.CompareTo(other.Group);
        return byGroup != 0 ? byGroup : Replica.CompareTo(other.Replica);
    }

    public override string ToString() => $"{Group}/{Replica}";
}

/// <summary>
/// The number of a record in its stream. The first record is 1 and each next one is one more, so that a missing record shows.
/// <c>default</c> is 0, the place before the first record.
/// </summary>
public readonly record struct JournalSequence(ulong Value) : IComparable<JournalSequence>
{
    /// <summary>The place before the first record.</summary>
    public static JournalSequence Zero => default;

    /// <summary>The first record of every stream.</summary>
    public static JournalSequence First => new(1);

    public JournalSequence Next => new(checked(Value + 1));

    /// <summary>The record before this one; <see cref="Zero"/> has none and throws <see cref="OverflowException"/>.</summary>
    public JournalSequence Previous => new(checked(Value - 1));

    public JournalSequence Plus(ulong records) => new(checked(Value + records));
    public static JournalSequence Max(JournalSequence a, JournalSequence b) => a.Value >= b.Value ? a : b;
    public static JournalSequence Min(JournalSequence a, JournalSequence b) => a.Value <= b.Value ? a : b;
    public int CompareTo(JournalSequence other) => Value.CompareTo(other.Value);
    public static bool operator <(JournalSequence a, JournalSequence b) => a.Value < b.Value;
    public static bool operator >(JournalSequence a, JournalSequence b) => a.Value > b.Value;
    public static bool operator <=(JournalSequence a, JournalSequence b) => a.Value <= b.Value;
    public static bool operator >=(JournalSequence a, JournalSequence b) => a.Value >= b.Value;
    public override string ToString() => $"#{Value.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>The caller's name for one append; the journal hands it back and never interprets it. <c>default</c> is an ordinary ticket.</summary>
public readonly record struct PersistTicket(ulong Value)
{
    public PersistTicket Next => new(checked(Value + 1));
    public override string ToString() => $"ticket {Value.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>
/// One record of a stream, in the bytes of whoever appends it. A <em>guarded</em> record holds what a replica must not forget
/// even if the log is damaged (its epoch promise, its vote): the journal keeps the latest one of each stream in a second place.
/// Two records are equal when they refer to the same memory, not when the bytes agree.
/// </summary>
public readonly record struct JournalRecord(ReadOnlyMemory<byte> Payload, bool Guarded);
