using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Protocol.Line.Messages;

/// <summary>Asks whether an election for <paramref name="prospectiveEpoch"/> could be won, without moving anybody's epoch (Raft thesis §9.6).</summary>
public sealed class PreVoteRequest(Envelope envelope, LeaderEpoch prospectiveEpoch, LogPosition tail) : LineMessage(envelope)
{
    public LeaderEpoch ProspectiveEpoch { get; } = prospectiveEpoch;
    public LogPosition Tail { get; } = tail;
}

/// <summary>Answers a <see cref="PreVoteRequest"/>; it names the prospective epoch so that a late answer is not counted in a newer round.</summary>
public sealed class PreVoteAnswer(Envelope envelope, LeaderEpoch prospectiveEpoch, bool granted) : LineMessage(envelope)
{
    public LeaderEpoch ProspectiveEpoch { get; } = prospectiveEpoch;
    public bool Granted { get; } = granted;
}

/// <summary>Asks for a vote in the envelope's epoch (Raft §5.2). It leaves only after the candidate's own vote is durable.</summary>
public sealed class VoteRequest(Envelope envelope, LogPosition tail, bool leadershipTransfer) : LineMessage(envelope)
{
    public LogPosition Tail { get; } = tail;

    /// <summary>The leader itself asked for this election and has revoked its lease: voters need not wait for their promise to expire.</summary>
    public bool LeadershipTransfer { get; } = leadershipTransfer;
}

/// <summary>Answers a <see cref="VoteRequest"/> of the envelope's epoch. A granted vote leaves only after it is durable.</summary>
public sealed class VoteAnswer(Envelope envelope, bool granted) : LineMessage(envelope)
{
    public bool Granted { get; } = granted;
}

/// <summary>Tells the sender of a message of a lower epoch that it is fenced: the envelope's epoch is the higher one.</summary>
public sealed class EpochFenced(Envelope envelope) : LineMessage(envelope);

/// <summary>The leader hands over: the receiver holds its whole log and shall stand for election at once (Raft thesis §3.10).</summary>
public sealed class TransferNow(Envelope envelope) : LineMessage(envelope);
