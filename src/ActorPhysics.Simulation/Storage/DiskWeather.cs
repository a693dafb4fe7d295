namespace ActorPhysics.Simulation.Storage;

/// <summary>How long a node's disk usually takes.</summary>
/// <param name="SyncLatency">At least, for a sync.</param>
/// <param name="SyncJitter">On top, exponentially distributed around this.</param>
/// <param name="SnapshotLatency">For a piece of snapshot work.</param>
public sealed record DiskWeather(TimeSpan SyncLatency, TimeSpan SyncJitter, TimeSpan SnapshotLatency);
