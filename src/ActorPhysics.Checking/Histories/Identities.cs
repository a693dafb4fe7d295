using System.Globalization;

namespace ActorPhysics.Checking.Histories;

/// <summary>A logical client: it waits for one operation before it invokes the next. <c>default</c> is process 0.</summary>
public readonly record struct ProcessId(long Number) : IComparable<ProcessId>
{
    public int CompareTo(ProcessId other) => Number.CompareTo(other.Number);

    public override string ToString() => "p" + Number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The number of an event in its file: as stated there, else its place among the events. It names events in reports.</summary>
public readonly record struct EventIndex(long Number) : IComparable<EventIndex>
{
    public int CompareTo(EventIndex other) => Number.CompareTo(other.Number);

    public override string ToString() => Number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Nanoseconds since the start of the test, 0 where the file states none. No checker relies on it: what counts is the order of events.</summary>
public readonly record struct EventTime(long Nanoseconds) : IComparable<EventTime>
{
    public int CompareTo(EventTime other) => Nanoseconds.CompareTo(other.Nanoseconds);
}

/// <summary>The place of an event in the order in which events happened, from 0; <see cref="Never"/> comes after all.</summary>
public readonly record struct EventPosition(int Number) : IComparable<EventPosition>
{
    public static EventPosition Never { get; } = new(int.MaxValue);

    public static bool operator <(EventPosition left, EventPosition right) => left.Number < right.Number;

    public static bool operator >(EventPosition left, EventPosition right) => left.Number > right.Number;

    public int CompareTo(EventPosition other) => Number.CompareTo(other.Number);
}
