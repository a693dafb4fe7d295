namespace ActorPhysics.Core.Quorums;

/// <summary>What a quorum decides.</summary>
public enum QuorumPhase
{
    /// <summary>It grants authority for a LeaderEpoch.</summary>
    Election,

    /// <summary>It makes an entry part of the trunk.</summary>
    Commit,
}

/// <summary>Where an election stands.</summary>
public enum VoteTally
{
    /// <summary>Neither side is decided by the votes seen so far.</summary>
    Pending,

    /// <summary>The grants are an election quorum.</summary>
    Won,

    /// <summary>Even if all who are silent granted, there would be no election quorum.</summary>
    Lost,
}
