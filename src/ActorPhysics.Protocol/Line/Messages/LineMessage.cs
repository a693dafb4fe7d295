using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Protocol.Line.Messages;

/// <summary>
/// What every message says of itself. The incarnation keeps a re-created group apart from its predecessor, the run keeps a restarted
/// replica apart from its former process, the epoch fences deposed leaders (seed §4.2).
/// </summary>
/// <param name="Epoch">The sender's current epoch when it sent; for a pre-vote the sender's current epoch, not the one it would open.</param>
public readonly record struct Envelope(
    GroupId Group,
    GroupIncarnation Incarnation,
    ReplicaId From,
    ReplicaRun FromRun,
    ReplicaId To,
    LeaderEpoch Epoch);

/// <summary>A message between two replicas of one group. The set of subtypes is closed; each has only the fields valid for it.</summary>
public abstract class LineMessage(Envelope envelope)
{
    public Envelope Envelope { get; } = envelope;
}
