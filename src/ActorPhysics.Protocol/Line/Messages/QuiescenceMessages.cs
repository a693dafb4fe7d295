using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Protocol.Line.Messages;

/// <summary>
/// The leader would fall silent: everybody it can reach holds its log through <paramref name="end"/>, all of it is trunk, and nobody asks for
/// anything. Whoever agrees stops waiting for signs of life.
/// </summary>
/// <param name="round">The leader's newest round of heartbeats. A further one takes the offer back.</param>
public sealed class Quiesce(Envelope envelope, LogPosition end, ReadRound round) : LineMessage(envelope)
{
    public LogPosition End { get; } = end;
    public ReadRound Round { get; } = round;
}

/// <summary>The sender expects no further signs of life from the leader until something happens.</summary>
public sealed class QuiesceAccepted(Envelope envelope, ReadRound round) : LineMessage(envelope)
{
    public ReadRound Round { get; } = round;
}

/// <summary>Something happened to a replica of a silent group, and it waits for a sign of life again: the leader, if it lives, gives one.</summary>
public sealed class WakeUp(Envelope envelope) : LineMessage(envelope);
