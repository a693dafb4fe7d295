using System.Globalization;

namespace ActorPhysics.Protocol.Sessions;

/// <summary>
/// The random 64 bits by which a client opens a session. A client draws a fresh one for each session, so that a repeated open command is
/// recognized as a repetition. <c>default</c> (0) is refused.
/// </summary>
public readonly record struct SessionNonce(ulong Value)
{
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>
/// Names a session in a command. The log assigns it when it applies the open command: it mixes the client's nonce with the coordinate at
/// which the session was opened, so a nonce that is opened again after its session was evicted gets another id, and late commands of the
/// old session stay refused. <c>default</c> (0) is "no session": the command is applied each time it is in the log.
/// </summary>
public readonly record struct SessionId(ulong Value) : IComparable<SessionId>
{
    public static SessionId None => default;
    public bool IsNone => Value == 0;
    public int CompareTo(SessionId other) => Value.CompareTo(other.Value);
    public override string ToString() => IsNone ? "s-" : "s" + Value.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>Numbers the commands of one session from 1. <c>default</c> (0) precedes the first.</summary>
public readonly record struct CommandSequence(ulong Value) : IComparable<CommandSequence>
{
    public static CommandSequence None => default;
    public CommandSequence Next => new(checked(Value + 1));
    public int CompareTo(CommandSequence other) => Value.CompareTo(other.Value);
    public static bool operator <(CommandSequence a, CommandSequence b) => a.Value < b.Value;
    public static bool operator >(CommandSequence a, CommandSequence b) => a.Value > b.Value;
    public static bool operator <=(CommandSequence a, CommandSequence b) => a.Value <= b.Value;
    public static bool operator >=(CommandSequence a, CommandSequence b) => a.Value >= b.Value;
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
