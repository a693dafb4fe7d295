using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Simulation.Traces;

/// <summary>A message in a few words.</summary>
internal static class MessageText
{
    public static string Of(LineMessage message)
    {
        string what = message switch
        {
            PreVoteRequest request => $"would you vote for me in {request.ProspectiveEpoch}? my log ends at {request.Tail}",
            PreVoteAnswer answer => $"{(answer.Granted ? "I would" : "I would not")} vote for you in {answer.ProspectiveEpoch}",
            VoteRequest request => $"vote for me; my log ends at {request.Tail}{(request.LeadershipTransfer ? ", by transfer" : "")}",
            VoteAnswer answer => answer.Granted ? "you have my vote" : "not my vote",
            EpochFenced => "you are fenced",
            TransferNow => "take over now",
            AppendEntries { Entries.Count: 0 } append => $"do you hold {append.Previous}?{Commit(append.Commit)}",
            AppendEntries append => $"after {append.Previous} append {append.Entries[0].Position}..{append.Entries[^1].Position}{Commit(append.Commit)}",
            AppendAccepted accepted => $"I hold your log through {accepted.Matched}",
            AppendConflict conflict => $"I do not hold {conflict.Refused}; perhaps {conflict.Hint}",
            Heartbeat heartbeat => $"heartbeat {heartbeat.Round}{Commit(heartbeat.Commit)}",
            HeartbeatAnswer answer => $"heard {answer.Round}",
            ReadIndexRequest => "through where may I read?",
            ReadIndexAnswer answer => answer.Evidence is { } evidence ? $"read through {evidence.Commit.Evidence.Frontier}" : "I cannot say",
            SnapshotChunk chunk => $"snapshot at {chunk.Snapshot.Position}, {chunk.Bytes.Length} bytes from {chunk.OffsetBytes} of {chunk.Snapshot.Header.LengthBytes}",
            SnapshotProgress progress => $"of the snapshot at {progress.Snapshot} send me what follows byte {progress.NextOffsetBytes}",
            SnapshotInstalled installed => $"the snapshot at {installed.Snapshot} is installed",
            RepairRequest => "my journal is damaged; where does the log end?",
            RepairAnswer answer => $"the log ends at {answer.End}",
            Quiesce quiesce => $"all of you have everything through {quiesce.End}: silence after round {quiesce.Round}?",
            QuiesceAccepted accepted => $"silence after round {accepted.Round}",
            WakeUp => "are you there?",
            MembershipInquiry => "do I still belong to the group?",
            MembershipEnded ended => $"you belong to the group no more since {ended.Configuration.Epoch}",
            _ => message.GetType().Name,
        };
        return $"[{message.Envelope.Epoch}] {what}";
    }

    private static string Commit(Core.Certificates.CommitEvidence? commit) => commit is null ? "" : $", committed through {commit.Frontier}";
}
