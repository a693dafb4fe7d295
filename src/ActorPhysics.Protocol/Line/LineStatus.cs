using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Replication;
using ActorPhysics.Protocol.Line.State;

namespace ActorPhysics.Protocol.Line;

/// <summary>One replica as it sees itself at one moment.</summary>
/// <param name="RetainedBytes">Of the entries that are kept.</param>
/// <param name="Peers">What a leader knows of the others; empty on other roles.</param>
/// <param name="Damage">Why the replica does not vote, or null.</param>
public sealed record LineStatus(
    GroupId Group,
    GroupIncarnation Incarnation,
    ReplicaId Replica,
    ReplicaRun Run,
    LineRole Role,
    GroupConfiguration Configuration,
    LeaderEpoch LeaderEpoch,
    ReplicaId Leader,
    BoundariesView Boundaries,
    LogPosition Tail,
    long RetainedBytes,
    string? Damage,
    IReadOnlyList<PeerStatus> Peers)
{
    public ConfigEpoch ConfigEpoch => Configuration.Epoch;

    /// <summary>Of the newest snapshot; zero without one.</summary>
    public long SnapshotBytes { get; private init; }

    /// <summary>The newest snapshot and the entries that are kept: what a new replica is sent, at most.</summary>
    public long SizeBytes => SnapshotBytes + RetainedBytes;

    internal static LineStatus Of(ReplicaState state, LineRole role, IReadOnlyList<PeerProgress> peers) => new(
        state.Configuration.Group,
        state.Configuration.Incarnation,
        state.Self,
        state.Run,
        role,
        state.Configuration,
        state.Epoch,
        state.Leader,
        state.Boundaries.View,
        state.Log.Tail,
        state.Log.RetainedBytes,
        state.Damage?.Reason,
        [.. peers.Select(peer => new PeerStatus(peer.Peer, peer.Connected, peer.Mode, peer.Match, state.Log.End.DistanceFrom(peer.Match)))])
    {
        SnapshotBytes = (long)(state.Snapshot?.Header.LengthBytes ?? 0),
    };
}

/// <summary>What the leader knows of one peer.</summary>
/// <param name="LagEntries">How many entries of the leader's log the peer is not known to hold.</param>
public sealed record PeerStatus(ReplicaId Replica, bool Connected, ReplicationMode Mode, LogIndex Match, ulong LagEntries);
