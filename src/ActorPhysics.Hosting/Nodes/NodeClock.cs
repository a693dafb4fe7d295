using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Time;
using ActorPhysics.Hosting.Loops;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>The machine's clocks.</summary>
internal sealed class NodeClock(TimeProvider time) : IReplicaClock
{
    public MonotonicTime Now => MonotonicClock.Read();

    public LogTime WallTime => new((ulong)Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds()));
}
