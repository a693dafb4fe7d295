using ActorPhysics.Core.Certificates;

namespace ActorPhysics.Protocol.Line.Messages;

/// <summary>A follower asks the leader for a read certificate, so that it can serve linearizable reads itself (Raft thesis §6.4).</summary>
public sealed class ReadIndexRequest(Envelope envelope, ReadIndexToken token) : LineMessage(envelope)
{
    public ReadIndexToken Token { get; } = token;
}

/// <summary>Answers a <see cref="ReadIndexRequest"/>; without evidence the leader could not prove its authority and the reads are refused.</summary>
public sealed class ReadIndexAnswer(Envelope envelope, ReadIndexToken token, ReadEvidence? evidence) : LineMessage(envelope)
{
    public ReadIndexToken Token { get; } = token;
    public ReadEvidence? Evidence { get; } = evidence;
}

/// <summary>Matches a follower's read-index answer to its request; drawn anew for each. <c>default</c> is no request.</summary>
public readonly record struct ReadIndexToken(ulong Value);
