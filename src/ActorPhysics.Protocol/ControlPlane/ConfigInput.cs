using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>Everything that can happen to the config actor. The stepper reads no clock: each input brings the host's. The hierarchy is closed.</summary>
public abstract class ConfigInput(MonotonicTime now)
{
    public MonotonicTime Now { get; } = now;
}

/// <summary>
/// The replica beside which the actor lives leads the config group, and has applied an entry of its own epoch: its state holds everything that was ever
/// decided. What was known of nodes and orders before is forgotten.
/// </summary>
public sealed class OfficeTaken(MonotonicTime now, ConfigState state) : ConfigInput(now)
{
    public ConfigState State { get; } = state;
}

/// <summary>The replica leads no more: nothing is ordered until it does again.</summary>
public sealed class OfficeLost(MonotonicTime now) : ConfigInput(now);

/// <summary>The replica applied commands.</summary>
public sealed class StateDecided(MonotonicTime now, ConfigState state) : ConfigInput(now)
{
    public ConfigState State { get; } = state;
}

/// <summary>A node reported.</summary>
public sealed class ReportArrived(MonotonicTime now, NodeReport report) : ConfigInput(now)
{
    public NodeReport Report { get; } = report;
}

/// <summary>An order was answered, or no answer is to be expected any more.</summary>
public sealed class OrderEnded(MonotonicTime now, OrderNumber order, OrderOutcome outcome) : ConfigInput(now)
{
    public OrderNumber Order { get; } = order;
    public OrderOutcome Outcome { get; } = outcome;
}

/// <summary>The time of the last <see cref="WakeAt"/> came.</summary>
public sealed class TimeCame(MonotonicTime now, LogTime wallTime) : ConfigInput(now)
{
    /// <summary>Only to say since when a node is absent, and to compare with that.</summary>
    public LogTime WallTime { get; } = wallTime;
}

/// <summary>How an order ended.</summary>
public enum OrderEnd
{
    Done = 0,

    /// <summary>It may be done later: something else is under way, or the ConfigEpoch was another one.</summary>
    Conflict = 1,

    /// <summary>It makes no sense to the receiver.</summary>
    Refused = 2,

    /// <summary>The receiver does not lead the group.</summary>
    NotLeader = 3,

    /// <summary>Nobody knows whether it was done.</summary>
    Unknown = 4,
}

/// <summary>An order's end, with what a giver says when it has handed out.</summary>
/// <param name="Detail">For people.</param>
/// <param name="Freeze">Of a <see cref="HandOutOrder"/> that was done: verified evidence.</param>
public sealed record OrderOutcome(OrderEnd End, string Detail = "", HandoffFreeze? Freeze = null);
