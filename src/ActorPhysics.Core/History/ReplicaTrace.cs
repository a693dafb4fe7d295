using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>Where one replica's log stands after the events so far: it holds what lies on the way to its tail, above the trimmed part.</summary>
internal sealed class ReplicaTrace(ReplicaId replica)
{
    public ReplicaId Replica { get; } = replica;

    /// <summary>Null until the first event says where this history begins.</summary>
    public LogPosition? Tail { get; set; }

    public LogPosition TrimmedThrough { get; set; }
}
