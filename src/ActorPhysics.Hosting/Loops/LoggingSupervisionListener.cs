using ActorPhysics.Actors.Runtime;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Loops;

/// <summary>Writes each failed actor to the log, with the invariant that it broke.</summary>
public sealed class LoggingSupervisionListener(ILogger logger) : ISupervisionListener
{
    public void ActorFailed(ActorFailure failure)
    {
        if (failure.Invariant is { } invariant)
        {
            LoopLog.InvariantBroken(logger, failure.Actor.ToString(), invariant, failure.Fault);
        }
        else
        {
            LoopLog.ActorFaulted(logger, failure.Actor.ToString(), failure.Fault);
        }
    }
}
