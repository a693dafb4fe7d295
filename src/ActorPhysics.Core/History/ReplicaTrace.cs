using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>Where one replica's log stands after the sightings so far: it holds what lies on the way to its tail, above the trimmed part.</summary>
internal sealed class ReplicaTrace(ReplicaId replica)
{
    public ReplicaId Replica { get; } = replica;

    /// <summary>Null until a sighting says where this history begins.</summary>
    public LogPosition? Tail { get; set; }

    public LogIndex TrimmedThrough { get; set; }
}
