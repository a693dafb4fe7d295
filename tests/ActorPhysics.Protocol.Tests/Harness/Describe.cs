using ActorPhysics.Core.Certificates;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness;

/// <summary>One line per step and effect, for the trace that explains a failed run.</summary>
internal static class Describe
{
    public static string Of(LineInput input) => input switch
    {
        MessageArrived arrived => Of(arrived.Message),
        TimerFired fired => $"timer {fired.Timer}",
        RecordsDurable durable => $"durable through record {durable.Through.Value}",
        EntriesApplied applied => $"applied through {applied.Through}",
        WriteRequested write => $"write {System.Text.Encoding.UTF8.GetString(write.Commands.Span)}",
        ReadRequested read => $"read {read.Level}",
        TransferRequested transfer => $"transfer to {transfer.Target}",
        MembershipRequested change => $"change of members to {change.Target}, expecting {change.Expected}",
        PeerConnected connected => $"connected to {connected.Peer}",
        PeerDisconnected disconnected => $"disconnected from {disconnected.Peer}",
        SnapshotPrepared prepared => $"snapshot {prepared.Snapshot.Position} prepared",
        SnapshotCaptured captured => $"snapshot {captured.Snapshot.Position} captured",
        _ => input.GetType().Name,
    };

    public static string Of(LineMessage message)
    {
        Envelope envelope = message.Envelope;
        string head = $"{envelope.From}->{envelope.To} {message.GetType().Name} {envelope.Epoch}";
        return message switch
        {
            PreVoteRequest request => $"{head} for {request.ProspectiveEpoch}, tail {request.Tail}",
            PreVoteAnswer answer => $"{head} for {answer.ProspectiveEpoch}: {answer.Granted}",
            VoteRequest request => $"{head} tail {request.Tail}{(request.LeadershipTransfer ? ", transfer" : "")}",
            VoteAnswer answer => $"{head}: {answer.Granted}",
            AppendEntries append => $"{head} after {append.Previous}: [{string.Join(" ", append.Entries.Select(entry => entry.Position))}] commit {Of(append.Commit)}",
            AppendAccepted accepted => $"{head} matched {accepted.Matched}",
            AppendConflict conflict => $"{head} refused {conflict.Refused}, hint {conflict.Hint}",
            Heartbeat heartbeat => $"{head} {heartbeat.Round} commit {Of(heartbeat.Commit)}",
            HeartbeatAnswer answer => $"{head} {answer.Round}",
            SnapshotChunk chunk => $"{head} {chunk.Snapshot.Position} at {chunk.OffsetBytes}, {chunk.Bytes.Length} of {chunk.Snapshot.Header.LengthBytes} bytes",
            SnapshotProgress progress => $"{head} {progress.Snapshot} next {progress.NextOffsetBytes}",
            SnapshotInstalled installed => $"{head} {installed.Snapshot}",
            RepairAnswer answer => $"{head} end {answer.End}",
            ReadIndexAnswer answer => $"{head} {(answer.Evidence is null ? "refused" : answer.Evidence.Commit.Frontier)}",
            Quiesce quiesce => $"{head} {quiesce.End} after {quiesce.Round}",
            QuiesceAccepted accepted => $"{head} {accepted.Round}",
            MembershipEnded ended => $"{head} by {ended.Configuration.Epoch}",
            _ => head,
        };
    }

    public static string Of(LineEffect effect) => effect switch
    {
        Persist persist => $"persist {persist.First.Value}: {string.Join(", ", persist.Records.Select(Of))}; then send {string.Join("; ", persist.ThenSend.Select(Of))}",
        Send send => $"send {Of(send.Message)}",
        ApplyEntries apply => $"apply {apply.Entries[0].Entry.Position}..{apply.Entries[^1].Entry.Position} by {apply.Certificate.Frontier}",
        ServeReads serve => $"serve {serve.Level} reads at {serve.Frontier}",
        RefuseRequests refuse => $"refuse {refuse.Requests.Count} requests: {refuse.Refusal}",
        SetTimer timer => $"timer {timer.Timer} at {timer.Due}",
        RoleChanged changed => $"becomes {changed.Role} in {changed.Epoch}, leader {changed.Leader}: {changed.Reason}",
        CaptureSnapshot capture => $"capture {capture.Position}",
        AdoptSnapshot adopt => $"adopt {adopt.Snapshot.Position}",
        DiscardRecords discard => $"discard records through {discard.Through.Value}",
        _ => effect.GetType().Name,
    };

    public static string Of(HistoryEvent record) => record switch
    {
        EpochPromised promise => $"promise {promise.Epoch} to {promise.VotedFor} in {promise.Run}",
        EntriesAppended appended => $"append {string.Join(" ", appended.Entries.Select(Of))}",
        BranchPruned pruned => $"prune to {pruned.NewEnd}",
        TrunkExtended extended => $"trunk through {extended.Through} by {extended.Commit.Frontier}",
        SnapshotSaved saved => $"snapshot {saved.Snapshot.Position} {saved.Placement}",
        Trimmed trimmed => $"trim through {trimmed.Through}",
        RepairCompleted completed => $"repaired through {completed.End}",
        _ => record.GetType().Name,
    };

    private static string Of(LogEntry entry) => entry is CommandEntry ? $"{entry.Position}={AppliedState.TextOf(entry)}" : $"{entry.Position}";

    private static string Of(CommitEvidence? commit) => commit is null ? "-" : commit.Frontier.ToString();
}
