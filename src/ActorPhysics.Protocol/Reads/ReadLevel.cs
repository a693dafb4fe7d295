namespace ActorPhysics.Protocol.Reads;

/// <summary>How a read is served (seed §5.4).</summary>
public enum ReadLevel
{
    /// <summary>Linearizable, by a quorum round after the request arrived; on a follower the leader is asked for the certificate.</summary>
    Strong,

    /// <summary>Linearizable while clocks drift less than the stated bound; leader only.</summary>
    Lease,

    /// <summary>Whatever this replica has applied; may be stale.</summary>
    Follower,
}
