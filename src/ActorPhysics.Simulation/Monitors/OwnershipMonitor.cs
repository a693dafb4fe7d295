using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// Remembers which keys a group of a space took for its own, as the first replica to get so far in its log has it. Whether it should have is for the judge of the
/// space to say, who knows what the others own.
/// </summary>
internal sealed class OwnershipMonitor(Observatory observatory) : Monitor(observatory)
{
    private readonly List<(LogIndex At, KeyRange? Owned, TimeSpan Since)> _taken = [];
    private KeyOwnership? _last;
    private LogIndex _through;

    /// <summary>What was owned at a place of the log, and since when it was known there; only places where something changed, in order.</summary>
    public IReadOnlyList<(LogIndex At, KeyRange? Owned, TimeSpan Since)> Taken => _taken;

    public override void TurnEnded(Subject subject)
    {
        KeyOwnership? now = subject.Actor!.Ownership;
        LogIndex applied = subject.Actor.Boundaries.Applied;
        if (now is null || applied <= _through)
        {
            return;
        }

        _through = applied;
        if (!ReferenceEquals(now, _last))
        {
            _last = now;
            _taken.Add((applied, now.Owned, Observatory.Now.SinceBeginning));
        }
    }
}
