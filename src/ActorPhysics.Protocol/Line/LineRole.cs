namespace ActorPhysics.Protocol.Line;

/// <summary>What a replica is at the moment.</summary>
public enum LineRole
{
    /// <summary>Its run is not durable yet; it says nothing.</summary>
    Starting,
    Follower,
    PreCandidate,
    Candidate,
    Leader,

    /// <summary>It may take no part any more: a crash-stop replica that was restarted, or one that was removed.</summary>
    Retired,
}
