using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness;

/// <summary>
/// The host of one replica: interprets its effects over a journal, a snapshot shelf and a network that the test controls. What takes time in
/// the world (fsync, apply, snapshot work) either completes at once or, when held, only when the test says so.
/// </summary>
internal sealed class SimulatedReplica(Cluster cluster, ReplicaId id)
{
    private readonly MonotonicTime[] _timers = [MonotonicTime.Never, MonotonicTime.Never];
    private readonly Queue<(RecordNumber After, IReadOnlyList<LineMessage> Messages)> _gated = new();
    private readonly Queue<Func<LineInput>> _storageWork = new();
    private ApplyEntries? _applying;
    private AppliedState? _prepared;

    public ReplicaId Id { get; } = id;
    public int Number => (int)Id.Value;

    /// <summary>Null while the process is down.</summary>
    public LineReplica? Line { get; private set; }
    public bool IsUp => Line is not null;
    public SimulatedJournal Journal { get; } = new();
    public SnapshotShelf Snapshots { get; } = new();
    public AppliedState State { get; private set; } = new();

    /// <summary>The log as written.</summary>
    public ShadowLog Memory { get; private set; } = new();

    /// <summary>The log as it would survive a power cut.</summary>
    public ShadowLog Disk { get; private set; } = new();

    /// <summary>Written records stay in the page cache until <see cref="Persist()"/>.</summary>
    public bool HoldsDisk { get; set; }

    /// <summary>Committed entries are not applied until <see cref="Apply"/>.</summary>
    public bool HoldsApply { get; set; }

    /// <summary>Snapshots are neither written nor read until <see cref="WorkStorage"/>.</summary>
    public bool HoldsStorage { get; set; }

    /// <summary>By how much this replica's clock is ahead, and how much faster it runs.</summary>
    public TimeSpan ClockOffset { get; set; }
    public int ClockPartsPerMillion { get; set; }

    public MonotonicTime Now => new(cluster.Now.Microseconds + (cluster.Now.Microseconds / 1_000_000 * ClockPartsPerMillion) + (long)ClockOffset.TotalMicroseconds);
    public bool IsApplying => _applying is not null;
    public bool HasStorageWork => _storageWork.Count > 0;
    public bool HasUnsynced => Journal.Durable < Journal.Written;

    public MonotonicTime DueAt(LineTimer timer) => _timers[(int)timer];

    public void Start(ulong randomSeed)
    {
        Invariant.Require(Line is null, "StepOrder", $"{Id} runs already");
        RecoveredReplica recovered = Journal.Recover(cluster.Configuration);
        bool wasDamaged = Journal.IsDamaged;
        RestoreState(recovered);
        Memory = ShadowLog.Of(recovered.Log);
        if (!wasDamaged)
        {
            Invariant.Require(Memory.Base == Disk.Base && Memory.Tail == Disk.Tail, "JournalOrder",
                $"{Id} recovered ({Memory.Base}, {Memory.Tail}], its journal holds ({Disk.Base}, {Disk.Tail}]");
        }

        Disk = Memory.Copy();
        Line = new LineReplica(Id, cluster.Options, recovered, randomSeed);
        cluster.Monitors.OnStarted(this);
        Give(new Started(Now));
    }

    /// <param name="survivingUnsynced">How many records that no fsync covered reached the disk all the same.</param>
    public void Crash(int survivingUnsynced = 0)
    {
        Line = null;
        foreach (HistoryEvent record in Journal.Crash(survivingUnsynced))
        {
            Disk.Fold(record);
        }

        Array.Fill(_timers, MonotonicTime.Never);
        _gated.Clear();
        _storageWork.Clear();
        _applying = null;
        _prepared = null;
        Snapshots.Crash();
        cluster.Ledger.HostDied(Id);
    }

    /// <summary>One input, and then whatever completes at once.</summary>
    public void Give(LineInput input)
    {
        Step(input);
        Resume();
    }

    /// <summary>Completes what is not held.</summary>
    public void Resume()
    {
        bool more = IsUp;
        while (more && IsUp)
        {
            more = (!HoldsDisk && HasUnsynced && FinishSync(Journal.Written))
                || (!HoldsApply && IsApplying && FinishApply())
                || (!HoldsStorage && HasStorageWork && FinishStorageWork());
        }
    }

    public void Persist() => Persist(Journal.Written);

    /// <summary>An fsync covers the records through <paramref name="through"/>.</summary>
    public void Persist(RecordNumber through)
    {
        FinishSync(through);
        Resume();
    }

    /// <summary>The state machine finishes the entries that it was handed.</summary>
    public void Apply()
    {
        FinishApply();
        Resume();
    }

    /// <summary>The oldest snapshot work finishes.</summary>
    public void WorkStorage()
    {
        FinishStorageWork();
        Resume();
    }

    /// <summary>The messages that waited for the records leave, then the stepper is told.</summary>
    private bool FinishSync(RecordNumber through)
    {
        foreach (HistoryEvent record in Journal.MakeDurable(through))
        {
            Disk.Fold(record);
        }

        while (_gated.TryPeek(out (RecordNumber After, IReadOnlyList<LineMessage> Messages) oldest) && oldest.After <= through)
        {
            _gated.Dequeue();
            foreach (LineMessage message in oldest.Messages)
            {
                Transmit(message);
            }
        }

        Step(new RecordsDurable(Now, through));
        return true;
    }

    private bool FinishApply()
    {
        ApplyEntries work = _applying!;
        _applying = null;
        foreach (EntryToApply entry in work.Entries)
        {
            State.Apply(entry.Entry);
            cluster.Monitors.OnApplied(this, entry.Entry);
            foreach (RequestToken waiting in entry.Waiting)
            {
                cluster.Ledger.Complete(waiting, entry.Entry.Position.Index);
            }
        }

        Step(new EntriesApplied(Now, State.Through));
        return true;
    }

    private bool FinishStorageWork()
    {
        Step(_storageWork.Dequeue()());
        return true;
    }

    /// <returns>Whether a timer was due.</returns>
    public bool FireIfDue(LineTimer timer)
    {
        if (!IsUp || DueAt(timer) > Now)
        {
            return false;
        }

        Fire(timer);
        return true;
    }

    public void Fire(LineTimer timer)
    {
        _timers[(int)timer] = MonotonicTime.Never;
        Give(new TimerFired(Now, timer));
    }

    private void Step(LineInput input)
    {
        var effects = new List<LineEffect>();
        cluster.Trace?.Invoke($"{cluster.Now} {Id} <- {Describe.Of(input)}");
        cluster.Monitors.BeforeStep(this);
        cluster.BeforeStep?.Invoke(this, input);
        bool wasAwake = !Line!.IsQuiescent;
        Line.Step(input, effects);
        cluster.Configurations.Note(effects);
        cluster.AfterStep?.Invoke(this, effects);
        foreach (LineEffect effect in effects)
        {
            cluster.Trace?.Invoke($"    {Describe.Of(effect)}");
            Interpret(effect);
        }

        cluster.Seen.Note(input, effects, fellSilent: wasAwake && Line.IsQuiescent);
        cluster.Monitors.AfterStep(this, effects);
    }

    private void Interpret(LineEffect effect)
    {
        switch (effect)
        {
            case Persist persist:
                Write(persist);
                break;
            case Send send:
                Transmit(send.Message);
                break;
            case ApplyEntries apply:
                Invariant.Require(_applying is null, "ApplyOrder", $"{Id} was handed entries while it applies others");
                _applying = apply;
                break;
            case ServeReads serve:
                Serve(serve);
                break;
            case RefuseRequests refuse:
                foreach (RequestToken request in refuse.Requests)
                {
                    cluster.Ledger.Refuse(request, refuse.Refusal);
                }

                break;
            case TransferCompleted completed:
                cluster.Ledger.Complete(completed.Request, LogIndex.Zero);
                break;
            case SetTimer timer:
                _timers[(int)timer.Timer] = timer.Due;
                break;
            case DiscardRecords discard:
                Journal.Discard(discard.Through);
                break;
            case DiscardSnapshots discard:
                Snapshots.DiscardBelow(discard.Keep);
                break;
            case AdoptSnapshot:
                State = _prepared!;
                _prepared = null;
                break;
            case RoleChanged or ConfigurationChanged:
                break;
            default:
                InterpretStorage(effect);
                break;
        }
    }

    private void InterpretStorage(LineEffect effect)
    {
        switch (effect)
        {
            case CaptureSnapshot capture:
                byte[] body = State.Capture();
                SnapshotDescription taken = SnapshotShelf.Describe(capture.Position, capture.Configuration, body);
                _storageWork.Enqueue(() => FinishCapture(taken, body));
                break;
            case ReadSnapshotChunk read:
                _storageWork.Enqueue(() =>
                    new SnapshotChunkRead(Now, read.Peer, read.Snapshot, read.OffsetBytes, Snapshots.Read(read.Snapshot, read.OffsetBytes, read.MaximumBytes)));
                break;
            case StoreSnapshotChunk store:
                _storageWork.Enqueue(() => StoreChunk(store));
                break;
            default:
                throw new InvariantViolationException("ClosedEffects", $"the test host does not interpret {effect.GetType().Name}");
        }
    }

    private LineInput FinishCapture(SnapshotDescription taken, byte[] body)
    {
        if (cluster.FailsCaptures)
        {
            return new SnapshotCaptureFailed(Now);
        }

        Snapshots.Save(taken, body);
        return new SnapshotCaptured(Now, SnapshotShelf.Verify(taken, body)!, taken);
    }

    private LineInput StoreChunk(StoreSnapshotChunk store)
    {
        byte[]? whole = Snapshots.Store(store.Snapshot, store.OffsetBytes, store.Bytes.Span, out ulong next);
        if (whole is null)
        {
            return new SnapshotChunkStored(Now, store.Snapshot, next);
        }

        if (SnapshotShelf.Verify(store.Snapshot, whole) is not { } proof)
        {
            return new SnapshotChunkStored(Now, store.Snapshot, 0);
        }

        Snapshots.Save(store.Snapshot, whole);
        _prepared = AppliedState.Restore(whole);
        return new SnapshotPrepared(Now, proof, store.Snapshot);
    }

    private void Write(Persist persist)
    {
        Journal.Write(persist.First, persist.Records);
        foreach (HistoryEvent record in persist.Records)
        {
            Memory.Fold(record);
        }

        if (persist.ThenSend.Count > 0)
        {
            _gated.Enqueue((persist.Last, persist.ThenSend));
        }
    }

    private void Transmit(LineMessage message)
    {
        cluster.Monitors.OnSent(this, message);
        cluster.Network.Send(message);
    }

    private void Serve(ServeReads serve)
    {
        Invariant.Require(State.Through >= serve.Frontier, "ReadFreshness", $"{Id} serves reads at {serve.Frontier} from a state at {State.Through}");
        foreach (RequestToken request in serve.Requests)
        {
            if (Now >= serve.AnswerBefore)
            {
                cluster.Ledger.Refuse(request, Refusal.NoLease);
                continue;
            }

            ClientRequest read = cluster.Ledger.Complete(request, State.Through);
            read.Values = [.. State.Commands];
            cluster.Monitors.OnRead(this, read);
        }
    }

    /// <summary>Opens the newest snapshot that the journal knows of, or an older one, or none.</summary>
    private void RestoreState(RecoveredReplica recovered)
    {
        State = new AppliedState();
        if (recovered.Snapshot is not { } newest)
        {
            return;
        }

        foreach (SnapshotDescription candidate in Snapshots.Durable.Reverse().Where(snapshot => snapshot.Position.Index <= newest.Position.Index).ToList())
        {
            byte[] body = Snapshots.Open(candidate)!;
            if (recovered.RestoreFrom(SnapshotShelf.Verify(candidate, body)!, candidate))
            {
                State = AppliedState.Restore(body);
                return;
            }
        }

        recovered.LoseSnapshot("no snapshot could be opened");
    }
}
