using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Membership;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Line;
using ActorPhysics.Wire.Protobuf;
using Google.Protobuf;

namespace ActorPhysics.Wire.Journal;

/// <summary>
/// The events of a replica's journal as journal.proto. A record that this version cannot read is never skipped: the history would have a hole.
/// </summary>
public static class HistoryEventCodec
{
    public static ReadOnlyMemory<byte> Encode(HistoryEvent record) => ToMessage(record).ToByteArray();

    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out HistoryEvent? record, [NotNullWhen(false)] out string? refusal)
    {
        record = null;
        if (!GeneratedMessages.TryParse(Protos.HistoryEvent.Parser, bytes.Span, out Protos.HistoryEvent? message))
        {
            refusal = "the record is no history event";
            return false;
        }

        record = FromMessage(message);
        refusal = record is null ? $"a history event of kind {message.EventCase} is malformed or of a later version" : null;
        return refusal is null;
    }

    private static Protos.HistoryEvent ToMessage(HistoryEvent record)
    {
        switch (record)
        {
            case EntriesAppended appended:
                var entries = new Protos.EntriesAppended();
                EntryMapping.AddTo(entries.Entries, appended.Entries);
                return new Protos.HistoryEvent { EntriesAppended = entries };
            case TrunkExtended extended:
                return new Protos.HistoryEvent
                {
                    TrunkExtended = new Protos.TrunkExtended { Commit = EvidenceMapping.ToMessage(extended.Commit), Through = extended.Through.Value },
                };
            case EpochPromised promised:
                return new Protos.HistoryEvent { EpochPromised = ToMessage(promised) };
            case BranchPruned pruned:
                return new Protos.HistoryEvent { BranchPruned = new Protos.BranchPruned { NewEnd = pruned.NewEnd.Value, Winner = pruned.Winner.Value } };
            case SnapshotSaved saved:
                return new Protos.HistoryEvent
                {
                    SnapshotSaved = new Protos.SnapshotSaved { Snapshot = EntryMapping.ToMessage(saved.Snapshot), Placement = (Protos.SnapshotSaved.Types.Placement)saved.Placement },
                };
            case Trimmed trimmed:
                return new Protos.HistoryEvent
                {
                    Trimmed = new Protos.Trimmed
                    {
                        Through = EvidenceMapping.ToMessage(trimmed.Through),
                        Evidence = EvidenceMapping.ToMessage(trimmed.Evidence),
                        Promise = ToMessage(trimmed.Promise),
                        Snapshot = EntryMapping.ToMessage(trimmed.Snapshot),
                    },
                };
            case RepairBegun begun:
                return new Protos.HistoryEvent
                {
                    RepairBegun = new Protos.RepairBegun
                    {
                        Reason = begun.Damage.Reason,
                        PromiseLost = begun.Damage.PromiseLost,
                        LogGivenUp = begun.LogGivenUp,
                    },
                };
            case RepairCompleted completed:
                return new Protos.HistoryEvent
                {
                    RepairCompleted = new Protos.RepairCompleted
                    {
                        End = EvidenceMapping.ToMessage(completed.End),
                        ConfirmedEpoch = completed.ConfirmedEpoch.Value,
                    },
                };
            case GroupRecovered recovered:
                return new Protos.HistoryEvent { GroupRecovered = RecoveryCodec.ToMessage(recovered.Recovery) };
            default:
                throw new ArgumentException($"no encoding for {record.GetType().Name}", nameof(record));
        }
    }

    private static HistoryEvent? FromMessage(Protos.HistoryEvent message)
    {
        switch (message.EventCase)
        {
            case Protos.HistoryEvent.EventOneofCase.EpochPromised:
                return FromMessage(message.EpochPromised);
            case Protos.HistoryEvent.EventOneofCase.EntriesAppended:
                return EntryMapping.TryFromMessages(message.EntriesAppended.Entries, out IReadOnlyList<LogEntry>? entries) ? new EntriesAppended(entries) : null;
            case Protos.HistoryEvent.EventOneofCase.BranchPruned:
                return new BranchPruned(new LogIndex(message.BranchPruned.NewEnd), new LeaderEpoch(message.BranchPruned.Winner));
            case Protos.HistoryEvent.EventOneofCase.TrunkExtended:
                return EvidenceMapping.FromMessage(message.TrunkExtended.Commit) is { } commit
                    ? new TrunkExtended(commit, new LogIndex(message.TrunkExtended.Through))
                    : null;
            case Protos.HistoryEvent.EventOneofCase.SnapshotSaved:
                return EntryMapping.FromMessage(message.SnapshotSaved.Snapshot) is { } saved && Enum.IsDefined((SnapshotPlacement)message.SnapshotSaved.Placement)
                    ? new SnapshotSaved(saved, (SnapshotPlacement)message.SnapshotSaved.Placement)
                    : null;
            case Protos.HistoryEvent.EventOneofCase.Trimmed:
                return FromMessage(message.Trimmed);
            case Protos.HistoryEvent.EventOneofCase.RepairBegun:
                return new RepairBegun(
                    new JournalDamage(message.RepairBegun.Reason, message.RepairBegun.PromiseLost), message.RepairBegun.LogGivenUp);
            case Protos.HistoryEvent.EventOneofCase.RepairCompleted:
                return new RepairCompleted(EvidenceMapping.FromMessage(message.RepairCompleted.End), new LeaderEpoch(message.RepairCompleted.ConfirmedEpoch));
            case Protos.HistoryEvent.EventOneofCase.GroupRecovered:
                return RecoveryCodec.TryFromMessage(message.GroupRecovered, out GroupRecovery? recovery) ? new GroupRecovered(recovery) : null;
            default:
                return null;
        }
    }

    private static Trimmed? FromMessage(Protos.Trimmed message) =>
        EvidenceMapping.FromMessage(message.Evidence) is { } evidence
        && message.Promise is not null
        && EntryMapping.FromMessage(message.Snapshot) is { } snapshot
            ? new Trimmed(EvidenceMapping.FromMessage(message.Through), evidence, FromMessage(message.Promise), snapshot)
            : null;

    private static Protos.EpochPromised ToMessage(EpochPromised promised) =>
        new() { Epoch = promised.Epoch.Value, VotedFor = promised.VotedFor.Value, Run = promised.Run.Value };

    private static EpochPromised FromMessage(Protos.EpochPromised message) =>
        new(new LeaderEpoch(message.Epoch), new ReplicaId(message.VotedFor), new ReplicaRun(message.Run));
}
