using ActorPhysics.Core;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Reads;

namespace ActorPhysics.Protocol.Line.State;

/// <summary>
/// Moves A towards C, one bounded run of entries at a time, and remembers who waits for what: writes for their entry to be applied, reads
/// for A to reach their frontier. It outlives roles, because an entry committed by a deposed leader still answers its clients.
/// </summary>
internal sealed class Applier(ReplicaState state)
{
    // Requests by the entry that holds their commands, oldest first.
    private readonly Queue<(LogIndex Index, IReadOnlyList<RequestToken> Requests)> _writes = new();

    // Reads whose frontier is certified but not applied yet, in order of arrival.
    private readonly List<WaitingRead> _reads = [];

    private LogIndex _handedOut = state.Boundaries.Applied;

    private readonly record struct WaitingRead(ReadLevel Level, IReadOnlyList<RequestToken> Requests, LogIndex Frontier, ReadCertificate Certificate, MonotonicTime Since);

    public void AwaitWrite(LogIndex index, IReadOnlyList<RequestToken> requests)
    {
        if (requests.Count > 0)
        {
            _writes.Enqueue((index, requests));
        }
    }

    /// <summary>Serves the reads once A reaches the certificate's frontier.</summary>
    public void AwaitRead(ReadLevel level, IReadOnlyList<RequestToken> requests, LogIndex frontier, ReadCertificate certificate)
    {
        if (state.Boundaries.Applied >= frontier)
        {
            state.Emit(new ServeReads(level, requests, frontier, certificate));
        }
        else
        {
            _reads.Add(new WaitingRead(level, requests, frontier, certificate, state.Now));
        }
    }

    /// <summary>Hands out the next committed entries unless some are being applied.</summary>
    public void Advance()
    {
        LogIndex applied = state.Boundaries.Applied;
        LogIndex committed = state.Boundaries.Committed;
        if (_handedOut > applied || committed <= applied)
        {
            return;
        }

        CommitCertificate certificate = state.LatestCommit
            ?? throw new InvariantViolationException("CertificateValidity", $"C is {committed} without a certificate");
        if (state.HeldCommit is { } held && held.Frontier.Index > applied)
        {
            // Clients that still wait from when this replica led get a proof that this log can bear out.
            certificate = held;
            committed = LogIndex.Min(committed, held.Frontier.Index);
        }

        ulong count = Math.Min(committed.DistanceFrom(applied), (ulong)state.Options.MaximumApplyEntries);
        var entries = new EntryToApply[count];
        LogIndex index = applied;
        for (int i = 0; i < entries.Length; i++)
        {
            index = index.Next;
            LogEntry entry = state.Log[index];
            entries[i] = new EntryToApply(entry, state.Configurations.EpochOfEntryAt(index), TakeWaiting(index));
        }

        _handedOut = index;
        state.Emit(new ApplyEntries(entries, certificate, state.Log.Runs));
    }

    public void OnApplied(LogIndex through)
    {
        Invariant.Require(through == _handedOut, "StateMachineSafety", (through, applier: this),
            static x => $"the state machine applied through {x.through}, it was handed entries through {x.applier._handedOut}");
        state.Boundaries.ApplyTo(through);
        state.Boundaries.StabilizeRead(through);
        ServeReached();
    }

    /// <summary>The applied state became a snapshot's.</summary>
    public void OnInstalled()
    {
        _handedOut = state.Boundaries.Applied;
        state.Boundaries.StabilizeRead(_handedOut);
        ServeReached();
    }

    /// <summary>Whether a read or a write still waits for something to be applied.</summary>
    public bool IsAwaited => _writes.Count > 0 || _reads.Count > 0;

    /// <summary>True while entries are being applied: the state machine is then ahead of A.</summary>
    public bool IsBusy => _handedOut > state.Boundaries.Applied;

    /// <summary>A deposed leader cannot know what becomes of its wet cement; what is committed already will still be answered.</summary>
    public void AbandonWetWrites(ReplicaId leaderHint)
    {
        int kept = _writes.Count;
        var unknown = new List<RequestToken>();
        for (int i = 0; i < kept; i++)
        {
            (LogIndex Index, IReadOnlyList<RequestToken> Requests) waiting = _writes.Dequeue();
            if (waiting.Index <= state.Boundaries.Committed)
            {
                _writes.Enqueue(waiting);
            }
            else
            {
                unknown.AddRange(waiting.Requests);
            }
        }

        if (unknown.Count > 0)
        {
            state.Emit(new RefuseRequests(unknown, Refusal.OutcomeUnknown, leaderHint));
        }
    }

    /// <summary>Ends certified reads that A has not reached for too long, because this replica is cut off from the log.</summary>
    public void RefuseReadsOlderThan(MonotonicTime time)
    {
        for (int i = _reads.Count - 1; i >= 0; i--)
        {
            if (_reads[i].Since < time)
            {
                state.Emit(new RefuseRequests(_reads[i].Requests, Refusal.Unavailable, state.Leader));
                _reads.RemoveAt(i);
            }
        }
    }

    /// <summary>Ends all certified reads.</summary>
    public void RefuseReads() => RefuseReadsOlderThan(MonotonicTime.Never);

    /// <summary>Nothing will be applied here any more: what is in the log may have its effect elsewhere.</summary>
    public void Abandon()
    {
        RefuseReads();
        while (_writes.TryDequeue(out (LogIndex Index, IReadOnlyList<RequestToken> Requests) waiting))
        {
            state.Emit(new RefuseRequests(waiting.Requests, Refusal.OutcomeUnknown, state.Leader));
        }
    }

    private IReadOnlyList<RequestToken> TakeWaiting(LogIndex index)
    {
        if (_writes.TryPeek(out (LogIndex Index, IReadOnlyList<RequestToken> Requests) oldest) && oldest.Index == index)
        {
            return _writes.Dequeue().Requests;
        }

        return [];
    }

    private void ServeReached()
    {
        LogIndex applied = state.Boundaries.Applied;
        for (int i = 0; i < _reads.Count;)
        {
            if (_reads[i].Frontier <= applied)
            {
                WaitingRead ready = _reads[i];
                state.Emit(new ServeReads(ready.Level, ready.Requests, ready.Frontier, ready.Certificate));
                _reads.RemoveAt(i);
            }
            else
            {
                i++;
            }
        }
    }

    public Applier Fork(ReplicaState forked)
    {
        var fork = new Applier(forked) { _handedOut = _handedOut };
        foreach ((LogIndex Index, IReadOnlyList<RequestToken> Requests) waiting in _writes)
        {
            fork._writes.Enqueue(waiting);
        }

        fork._reads.AddRange(_reads);
        return fork;
    }

    public void DigestTo(StateDigest digest)
    {
        digest.Add(_handedOut);
        digest.Add(_writes.Count);
        foreach ((LogIndex index, IReadOnlyList<RequestToken> requests) in _writes)
        {
            digest.Add(index);
            digest.Add(requests);
        }

        digest.Add(_reads.Count);
        foreach (WaitingRead read in _reads)
        {
            digest.Add((ulong)read.Level);
            digest.Add(read.Requests);
            digest.Add(read.Frontier);
            digest.AddAge(read.Since, state.Options.ElectionTimeoutMaximum);
        }
    }
}
