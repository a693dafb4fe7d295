using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Simulation.World;

/// <summary>
/// One machine's two clocks. The monotonic one starts anywhere, runs at a rate of its own and never goes back; the wall clock is that of the
/// world, wrong by an offset that may jump.
/// </summary>
internal sealed class SimulatedClock(EventQueue events, TimeSpan start, int partsPerMillion) : IReplicaClock
{
    // An ordinary date, so that the wall clock may jump back without meeting zero.
    private const ulong WallStartMs = 1_700_000_000_000;

    private WorldTime _since;
    private MonotonicTime _then = new((long)start.TotalMicroseconds + 1);
    private TimeSpan _stall;

    public int PartsPerMillion { get; private set; } = partsPerMillion;
    public TimeSpan WallOffset { get; set; }

    /// <summary>The process is to stop for so long the next time that it looks at its clock, in the middle of whatever it does.</summary>
    public TimeSpan StallAtNextLook { get; set; }

    /// <summary>For how long the current turn has stood still so far.</summary>
    public TimeSpan Stall => _stall;

    public MonotonicTime Now
    {
        get
        {
            _stall += StallAtNextLook;
            StallAtNextLook = TimeSpan.Zero;
            return At(events.Now + _stall);
        }
    }

    public LogTime WallTime
    {
        get
        {
            long milliseconds = (events.Now.Microseconds / 1_000) + (long)WallOffset.TotalMilliseconds;
            return new LogTime(WallStartMs + (ulong)Math.Max(milliseconds, -(long)WallStartMs));
        }
    }

    /// <summary>The monotonic clock at the start of a turn; the former turn's stall is over.</summary>
    public MonotonicTime BeginTurn()
    {
        _stall = TimeSpan.Zero;
        return At(events.Now);
    }

    public void Drift(int partsPerMillion)
    {
        _then = At(events.Now);
        _since = events.Now;
        PartsPerMillion = partsPerMillion;
    }

    /// <summary>When, in the world, this clock will have reached <paramref name="local"/>; never too early.</summary>
    public WorldTime WhenReached(MonotonicTime local)
    {
        long ahead = local.Microseconds - _then.Microseconds;
        return ahead <= 0 ? events.Now : new WorldTime(_since.Microseconds + (long)((Int128)ahead * 1_000_000 / (1_000_000 + PartsPerMillion)) + 1);
    }

    private MonotonicTime At(WorldTime world)
    {
        long passed = world.Microseconds - _since.Microseconds;
        return new MonotonicTime(_then.Microseconds + passed + (long)((Int128)passed * PartsPerMillion / 1_000_000));
    }
}
