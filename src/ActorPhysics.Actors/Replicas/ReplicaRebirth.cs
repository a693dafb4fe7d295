using System.Collections.Immutable;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Membership;
using ActorPhysics.Wire.Journal;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.Replicas;

/// <summary>
/// Writes the first replica of a group that begins anew from a survivor's log (docs/design/recovery.md): a state with every entry of that log applied, as a
/// snapshot, and a journal that begins with the word of it. The survivor's own journal stays as it was. It blocks, and no actor of the group may run.
/// </summary>
public static class ReplicaRebirth
{
    /// <summary>The survivor's entries that it does not know to be committed, in runs of equal epochs.</summary>
    public static ImmutableArray<CoordinateRun> EntriesAtRisk(RecoveredReplica survivor)
    {
        ArgumentNullException.ThrowIfNull(survivor);
        ImmutableArray<CoordinateRun>.Builder runs = ImmutableArray.CreateBuilder<CoordinateRun>();
        LogIndex first = LogIndex.Max(survivor.CommittedThrough, survivor.Log.Base.Index).Next;
        for (LogIndex index = first; index <= survivor.Log.End; index = index.Next)
        {
            ConfigEpoch configEpoch = survivor.Configurations.EpochOfEntryAt(index);
            LeaderEpoch leaderEpoch = survivor.Log[index].Position.Epoch;
            if (runs.Count > 0 && runs[^1].ConfigEpoch == configEpoch && runs[^1].LeaderEpoch == leaderEpoch)
            {
                runs[^1] = runs[^1] with { Last = index };
            }
            else
            {
                runs.Add(new CoordinateRun(configEpoch, leaderEpoch, index, index));
            }
        }

        return runs.ToImmutable();
    }

    /// <summary>Writes it all, durably.</summary>
    /// <exception cref="JournalFaultException">The journal refused.</exception>
    public static void Write(RecoveredState survivor, GroupRecovery recovery, IJournal journal, ISnapshotStore snapshots)
    {
        ArgumentNullException.ThrowIfNull(survivor);
        ArgumentNullException.ThrowIfNull(recovery);
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(snapshots);
        ReplicaId newcomer = recovery.Configuration.Members[0].Replica;
        ApplyAll(survivor.Replica, survivor.State, recovery.Group);
        SnapshotDescription snapshot = Save(survivor.State, recovery, newcomer, snapshots);

        // No epoch of the new incarnation is below one of the old: coordinates go on ascending.
        LeaderEpoch epoch = survivor.Replica.Epoch > recovery.At.Epoch ? survivor.Replica.Epoch : recovery.At.Epoch;
        HistoryEvent[] records =
        [
            new EpochPromised(epoch, ReplicaId.None, default),
            new GroupRecovered(recovery),
            new SnapshotSaved(snapshot, SnapshotPlacement.ReplacesLog),
        ];
        var stream = new JournalStreamId(recovery.Group, newcomer);
        if (journal.Replay(stream).Next != JournalSequence.First)
        {
            throw new InvalidOperationException($"{stream} has a journal already: a recovery begins with a replica that never was");
        }

        using var outcome = new AppendOutcome();
        journal.Append(
            stream, JournalSequence.First, [.. records.Select(record => new JournalRecord(HistoryEventCodec.Encode(record), record.IsGuarded))], new PersistTicket(1), outcome);
        outcome.Wait();
    }

    private static void ApplyAll(RecoveredReplica survivor, ReplicatedState state, GroupId group)
    {
        using var results = new AppliedBatch();
        for (LogIndex index = state.Applied.Index.Next; index <= survivor.Log.End; index = index.Next)
        {
            LogEntry entry = survivor.Log[index];
            var at = new Coordinate(group, survivor.Configurations.EpochOfEntryAt(index), entry.Position.Epoch, index);
            if (entry is CommandEntry command)
            {
                state.ApplyCommands(at, command.Time, command.Commands.Span, results);
            }
            else
            {
                state.PassEntry(at);
            }
        }
    }

    private static SnapshotDescription Save(ReplicatedState state, GroupRecovery recovery, ReplicaId newcomer, ISnapshotStore snapshots)
    {
        GroupConfiguration configuration = recovery.Configuration;
        using ReplicatedStateCapture capture = state.Capture(SnapshotHeaderCodec.EncodeConfiguration(configuration));
        using ISnapshotWriter writer = snapshots.Create(
            new SnapshotName(recovery.Group, newcomer, recovery.At), SnapshotHeaderCodec.Encode(recovery.At, configuration));
        using (var output = new SnapshotOutput(writer))
        {
            capture.WriteTo(output);
        }

        long length = writer.LengthBytes;
        return SnapshotDesk.Describe(recovery.At, configuration, length, writer.Complete());
    }

    private sealed class AppendOutcome : IJournalCallback, IDisposable
    {
        private readonly ManualResetEventSlim _answered = new();
        private JournalFault? _fault;

        public void Durable(PersistTicket ticket) => _answered.Set();

        public void Failed(PersistTicket ticket, JournalFault fault)
        {
            _fault = fault;
            _answered.Set();
        }

        public void Wait()
        {
            _answered.Wait();
            if (_fault is { } fault)
            {
                throw new JournalFaultException(fault);
            }
        }

        public void Dispose() => _answered.Dispose();
    }
}
