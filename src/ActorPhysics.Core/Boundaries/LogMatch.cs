using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Boundaries;

/// <summary>
/// Proves that this replica's log agrees with that of the leader of an epoch through an index (Raft, section 5.3, Log Matching).
/// A commit moves a replica's frontier only as far as such a match: what is committed elsewhere may be missing or different here.
/// </summary>
public sealed class LogMatch
{
    private LogMatch(LeaderEpoch leaderEpoch, LogIndex through)
    {
        (LeaderEpoch, Through) = (leaderEpoch, through);
    }

    /// <summary>The epoch of the leader whose log was compared.</summary>
    public LeaderEpoch LeaderEpoch { get; }

    /// <summary>The last index through which the logs agree.</summary>
    public LogIndex Through { get; }

    /// <summary>
    /// The match that one append message proves: both logs hold the same entry just before the message's own entries, and the local
    /// log now holds those entries too.
    /// </summary>
    /// <param name="leaderPrevious">The position before the message's entries, as the leader sent it.</param>
    /// <param name="localAtSameIndex">What the local log holds there: an entry, the position it was trimmed through, or the empty log's tail.</param>
    /// <param name="leaderEpoch">The epoch whose leader sent the message.</param>
    /// <param name="through">The index of the message's last entry; the previous index when it has none. Not the local log's end, which may lie on another branch.</param>
    /// <returns>Null when the logs differ before the message's entries, or when it is of no leader.</returns>
    public static LogMatch? TryProve(LogPosition leaderPrevious, LogPosition localAtSameIndex, LeaderEpoch leaderEpoch, LogIndex through)
    {
        bool sane = leaderEpoch > LeaderEpoch.None && leaderPrevious.Epoch <= leaderEpoch && through >= leaderPrevious.Index;
        return sane && leaderPrevious == localAtSameIndex ? new LogMatch(leaderEpoch, through) : null;
    }

    /// <summary>A leader's own log agrees with itself, as far as it has appended.</summary>
    public static LogMatch OfLeader(AuthorityCertificate authority, LogIndex through)
    {
        ArgumentNullException.ThrowIfNull(authority);
        return new LogMatch(authority.LeaderEpoch, through);
    }
}
