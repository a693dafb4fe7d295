namespace ActorPhysics.Simulation.World;

/// <summary>Something that happens in the world at a planned moment.</summary>
internal abstract class WorldEvent
{
    public abstract void Happen();
}

/// <summary>An event that is a call, for what happens seldom.</summary>
internal sealed class Occurrence(Action happen) : WorldEvent
{
    public override void Happen() => happen();
}

/// <summary>
/// What is going to happen, by time; what is due at the same time happens in the order of planning. This queue is the only place that decides
/// what comes next, so a run is a function of its plan.
/// </summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<WorldEvent, (long Microseconds, long Order)> _planned = new();
    private long _order;

    public WorldTime Now { get; private set; }
    public long Happened { get; private set; }

    public void Plan(WorldTime at, WorldEvent planned) =>
        _planned.Enqueue(planned, (Math.Max(at.Microseconds, Now.Microseconds), _order++));

    public void Plan(WorldTime at, Action happen) => Plan(at, new Occurrence(happen));

    /// <summary>Moves on to the next event, if it is due by <paramref name="limit"/>; otherwise to the limit.</summary>
    public bool TryNext(WorldTime limit, out WorldEvent? next)
    {
        if (_planned.TryPeek(out next, out (long Microseconds, long Order) due) && due.Microseconds <= limit.Microseconds)
        {
            _planned.Dequeue();
            Now = new WorldTime(due.Microseconds);
            Happened++;
            return true;
        }

        Now = WorldTime.Max(Now, limit);
        next = null;
        return false;
    }
}
