namespace ActorPhysics.Core.Causality;

/// <summary>Names a process of a trace. <c>default</c> names none.</summary>
/// <remarks>Order is ordinal, so that clocks print alike on every machine.</remarks>
public readonly record struct ProcessName(string Value) : IComparable<ProcessName>
{
    public int CompareTo(ProcessName other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>An event's place among the events of its process, from 1 without gaps. <c>default</c> precedes the first.</summary>
public readonly record struct EventNumber(ulong Value) : IComparable<EventNumber>
{
    public EventNumber Next => new(checked(Value + 1));
    public int CompareTo(EventNumber other) => Value.CompareTo(other.Value);
    public static bool operator <(EventNumber a, EventNumber b) => a.Value < b.Value;
    public static bool operator >(EventNumber a, EventNumber b) => a.Value > b.Value;
    public static bool operator <=(EventNumber a, EventNumber b) => a.Value <= b.Value;
    public static bool operator >=(EventNumber a, EventNumber b) => a.Value >= b.Value;
    public override string ToString() => $"#{Value}";
}

/// <summary>Ties the receipts of a message to its sending. It is sent once and may be received any number of times.</summary>
public readonly record struct MessageId(ulong Value)
{
    public override string ToString() => $"message {Value}";
}
