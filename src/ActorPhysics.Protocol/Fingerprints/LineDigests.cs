using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Fingerprints;

/// <summary>
/// What counts of the line protocol's immutable data. A proof counts by what it proves: which of several quorums proved it makes no difference
/// to anything that follows.
/// </summary>
public static class LineDigests
{
    public static void Add(this StateDigest digest, LogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(digest);
        ArgumentNullException.ThrowIfNull(entry);
        digest.Add(entry.Position);
        switch (entry)
        {
            case BarrierEntry barrier:
                digest.Add(1UL);
                digest.Add(barrier.Authority.Leader);
                break;
            case CommandEntry command:
                digest.Add(2UL);
                digest.Add(command.Commands.Span);
                digest.Add(command.CommandCount);
                digest.Add(command.Time.UnixMilliseconds);
                break;
            case ConfigurationEntry configured:
                digest.Add(3UL);
                digest.Add(configured.Configuration);
                break;
            default:
                throw new NotSupportedException($"no digest of {entry.GetType().Name}");
        }
    }

    public static void Add(this StateDigest digest, IReadOnlyList<LogEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(digest);
        ArgumentNullException.ThrowIfNull(entries);
        digest.Add(entries.Count);
        foreach (LogEntry entry in entries)
        {
            digest.Add(entry);
        }
    }

    public static void Add(this StateDigest digest, CommitCertificate? certificate)
    {
        ArgumentNullException.ThrowIfNull(digest);
        digest.Add(certificate?.Frontier);
        digest.Add(certificate?.ConfigEpoch.Value ?? 0UL);
    }

    public static void Add(this StateDigest digest, CommitEvidence? evidence)
    {
        ArgumentNullException.ThrowIfNull(digest);
        digest.Add(evidence?.Frontier);
        digest.Add(evidence?.ConfigEpoch.Value ?? 0UL);
    }

    public static void Add(this StateDigest digest, in BoundariesView boundaries)
    {
        ArgumentNullException.ThrowIfNull(digest);
        digest.Add(boundaries.Appended);
        digest.Add(boundaries.Durable);
        digest.Add(boundaries.Applied);
        digest.Add(boundaries.Committed);
        digest.Add(boundaries.TrimmedThrough);
        digest.Add(boundaries.StableRead);
        digest.Add(boundaries.SnapshotThrough);
    }

    public static void Add(this StateDigest digest, IReadOnlyList<RequestToken> requests)
    {
        ArgumentNullException.ThrowIfNull(digest);
        ArgumentNullException.ThrowIfNull(requests);
        digest.Add(requests.Count);
        foreach (RequestToken request in requests)
        {
            digest.Add(request.Source);
            digest.Add(request.Request);
        }
    }

    public static void Add(this StateDigest digest, SnapshotDescription? snapshot)
    {
        ArgumentNullException.ThrowIfNull(digest);
        digest.Add(snapshot?.Position);
        SnapshotChecksum checksum = snapshot?.Header.Checksum ?? default;
        digest.Add((ulong)(checksum.High >> 64) ^ (ulong)checksum.Low);
        digest.Add((ulong)checksum.High ^ (ulong)(checksum.Low >> 64));
        digest.Add(snapshot?.Header.LengthBytes ?? 0);
    }

    public static void Add(this StateDigest digest, LineMessage message)
    {
        ArgumentNullException.ThrowIfNull(digest);
        ArgumentNullException.ThrowIfNull(message);
        Envelope envelope = message.Envelope;
        digest.Add(envelope.From);
        digest.Add(envelope.FromRun);
        digest.Add(envelope.To);
        digest.Add(envelope.Epoch);
        if (!AddElection(digest, message) && !AddReplication(digest, message) && !AddTransfers(digest, message))
        {
            throw new NotSupportedException($"no digest of {message.GetType().Name}");
        }
    }

    /// <summary>What a record of the line's log and promises says; records of snapshots and repairs are not searched.</summary>
    public static void Add(this StateDigest digest, HistoryEvent record)
    {
        ArgumentNullException.ThrowIfNull(digest);
        switch (record)
        {
            case EpochPromised promise:
                digest.Add(1UL);
                digest.Add(promise.Epoch);
                digest.Add(promise.VotedFor);
                digest.Add(promise.Run);
                break;
            case EntriesAppended appended:
                digest.Add(2UL);
                digest.Add(appended.Entries);
                break;
            case BranchPruned pruned:
                digest.Add(3UL);
                digest.Add(pruned.NewEnd);
                digest.Add(pruned.Winner);
                break;
            case TrunkExtended extended:
                digest.Add(4UL);
                digest.Add(extended.Commit);
                digest.Add(extended.Through);
                break;
            default:
                throw new NotSupportedException($"no digest of {record?.GetType().Name}");
        }
    }

    private static bool AddElection(StateDigest digest, LineMessage message)
    {
        switch (message)
        {
            case PreVoteRequest request:
                digest.Add(1UL);
                digest.Add(request.ProspectiveEpoch);
                digest.Add(request.Tail);
                return true;
            case PreVoteAnswer answer:
                digest.Add(2UL);
                digest.Add(answer.ProspectiveEpoch);
                digest.Add(answer.Granted);
                return true;
            case VoteRequest request:
                digest.Add(3UL);
                digest.Add(request.Tail);
                digest.Add(request.LeadershipTransfer);
                return true;
            case VoteAnswer answer:
                digest.Add(4UL);
                digest.Add(answer.Granted);
                return true;
            case EpochFenced:
                digest.Add(5UL);
                return true;
            case TransferNow:
                digest.Add(6UL);
                return true;
            case MembershipInquiry:
                digest.Add(19UL);
                return true;
            case MembershipEnded ended:
                digest.Add(20UL);
                digest.Add(ended.Configuration);
                digest.Add(ended.Commit);
                return true;
            default:
                return false;
        }
    }

    private static bool AddReplication(StateDigest digest, LineMessage message)
    {
        switch (message)
        {
            case AppendEntries append:
                digest.Add(7UL);
                digest.Add(append.Previous);
                digest.Add(append.Entries);
                digest.Add(append.Commit);
                return true;
            case AppendAccepted accepted:
                digest.Add(8UL);
                digest.Add(accepted.Matched);
                return true;
            case AppendConflict conflict:
                digest.Add(9UL);
                digest.Add(conflict.Refused);
                digest.Add(conflict.Hint);
                return true;
            case Heartbeat heartbeat:
                digest.Add(10UL);
                digest.Add(heartbeat.Round.Value);
                digest.Add(heartbeat.Commit);
                return true;
            case HeartbeatAnswer answer:
                digest.Add(11UL);
                digest.Add(answer.Round.Value);
                return true;
            case ReadIndexRequest request:
                digest.Add(12UL);
                digest.Add(request.Token.Value);
                return true;
            case ReadIndexAnswer answer:
                digest.Add(13UL);
                digest.Add(answer.Token.Value);
                digest.Add(answer.Evidence?.Commit);
                return true;
            default:
                return false;
        }
    }

    private static bool AddTransfers(StateDigest digest, LineMessage message)
    {
        switch (message)
        {
            case SnapshotChunk chunk:
                digest.Add(14UL);
                digest.Add(chunk.Snapshot);
                digest.Add(chunk.OffsetBytes);
                digest.Add(chunk.Bytes.Span);
                return true;
            case SnapshotProgress progress:
                digest.Add(15UL);
                digest.Add(progress.Snapshot);
                digest.Add(progress.NextOffsetBytes);
                return true;
            case SnapshotInstalled installed:
                digest.Add(16UL);
                digest.Add(installed.Snapshot);
                return true;
            case RepairRequest request:
                digest.Add(17UL);
                digest.Add(request.Token.Value);
                return true;
            case RepairAnswer answer:
                digest.Add(18UL);
                digest.Add(answer.Token.Value);
                digest.Add(answer.End);
                return true;
            case Quiesce quiesce:
                digest.Add(21UL);
                digest.Add(quiesce.End);
                digest.Add(quiesce.Round.Value);
                return true;
            case QuiesceAccepted accepted:
                digest.Add(22UL);
                digest.Add(accepted.Round.Value);
                return true;
            case WakeUp:
                digest.Add(23UL);
                return true;
            default:
                return false;
        }
    }
}
