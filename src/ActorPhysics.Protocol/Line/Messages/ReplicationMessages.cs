using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Log;

namespace ActorPhysics.Protocol.Line.Messages;

/// <summary>Entries that follow <paramref name="previous"/> in the leader's log (Raft §5.3); none of them make it a probe.</summary>
public sealed class AppendEntries(Envelope envelope, LogPosition previous, IReadOnlyList<LogEntry> entries, CommitEvidence? commit) : LineMessage(envelope)
{
    public LogPosition Previous { get; } = previous;
    public IReadOnlyList<LogEntry> Entries { get; } = entries;

    /// <summary>The evidence of the newest commit, when the leader has something new to tell; the receiver proves it again.</summary>
    public CommitEvidence? Commit { get; } = commit;
}

/// <summary>
/// The sender holds the leader's log durably through <paramref name="matched"/>: the last entry of the very append that it answers, never
/// the end of the sender's log, which may be another branch.
/// </summary>
public sealed class AppendAccepted(Envelope envelope, LogIndex matched) : LineMessage(envelope)
{
    public LogIndex Matched { get; } = matched;
}

/// <summary>The sender's log does not hold the append's previous position.</summary>
public sealed class AppendConflict(Envelope envelope, LogPosition refused, LogPosition hint) : LineMessage(envelope)
{
    /// <summary>The previous position that did not match; answers to other probes are stale.</summary>
    public LogPosition Refused { get; } = refused;

    /// <summary>
    /// The greatest position of the sender's log that may still agree: at or below the refused index and, in the sender's log, of an
    /// epoch not above the refused one (back-off by whole epochs).
    /// </summary>
    public LogPosition Hint { get; } = hint;
}

/// <summary>The leader's sign of life. It carries no log position, so that its answer can move no match index.</summary>
public sealed class Heartbeat(Envelope envelope, ReadRound round, CommitEvidence? commit) : LineMessage(envelope)
{
    public ReadRound Round { get; } = round;
    public CommitEvidence? Commit { get; } = commit;
}

/// <summary>Confirms that the sender still followed the envelope's epoch when it received round <paramref name="round"/>, and renews its lease promise.</summary>
public sealed class HeartbeatAnswer(Envelope envelope, ReadRound round) : LineMessage(envelope)
{
    public ReadRound Round { get; } = round;
}
