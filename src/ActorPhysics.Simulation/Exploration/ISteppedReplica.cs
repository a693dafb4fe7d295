using System.Collections.Immutable;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>What the explorer asks of a stepper. The shipped one has all of it; tests put broken ones in its place.</summary>
internal interface ISteppedReplica
{
    LineRole RoleKind { get; }

    LeaderEpoch Epoch { get; }

    BoundariesView Boundaries { get; }

    /// <summary>Through where a leader knows each peer to hold its log; empty on other roles.</summary>
    ImmutableArray<(ReplicaId Peer, LogIndex Match)> Matches { get; }

    void Step(LineInput input, List<LineEffect> effects);

    ISteppedReplica Fork();

    void DigestTo(StateDigest digest);
}

/// <summary>The shipped stepper.</summary>
internal sealed class ShippedReplica(LineReplica line) : ISteppedReplica
{
    public LineRole RoleKind => line.RoleKind;

    public LeaderEpoch Epoch => line.Epoch;

    public BoundariesView Boundaries => line.Boundaries;

    public ImmutableArray<(ReplicaId Peer, LogIndex Match)> Matches => MatchesOf(line);

    public static ImmutableArray<(ReplicaId Peer, LogIndex Match)> MatchesOf(LineReplica line) =>
        [.. line.Status.Peers.Select(peer => (peer.Replica, new LogIndex(line.Boundaries.Appended.Value - peer.LagEntries)))];

    public void Step(LineInput input, List<LineEffect> effects) => line.Step(input, effects);

    public ISteppedReplica Fork() => new ShippedReplica(line.Fork());

    public void DigestTo(StateDigest digest) => line.DigestTo(digest);
}
