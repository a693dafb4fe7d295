using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Loops;

/// <summary>What loops and supervisors say in the log.</summary>
internal static partial class LoopLog
{
    [LoggerMessage(EventId = 1001, Level = LogLevel.Error, Message = "{Source} threw on loop {Loop}; the loop goes on")]
    public static partial void WorkFaulted(ILogger logger, string loop, string source, Exception fault);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Critical, Message = "Loop {Loop} ended by a fault of its own")]
    public static partial void LoopFaulted(ILogger logger, string loop, Exception fault);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Critical, Message = "Actor {Actor} is stopped for good: invariant {Invariant} is broken")]
    public static partial void InvariantBroken(ILogger logger, string actor, string invariant, Exception fault);

    [LoggerMessage(EventId = 1004, Level = LogLevel.Error, Message = "Actor {Actor} is stopped for good: it threw")]
    public static partial void ActorFaulted(ILogger logger, string actor, Exception fault);
}
