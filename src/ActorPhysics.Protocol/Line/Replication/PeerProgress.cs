using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Line.Replication;

/// <summary>How the leader feeds a peer.</summary>
public enum ReplicationMode
{
    /// <summary>The peer's log end is unknown: one append at a time, until one matches.</summary>
    Probe,

    /// <summary>Appends are pipelined within the window.</summary>
    Replicate,

    /// <summary>The peer is beyond the cliff (seed §4.4): it gets a state snapshot first.</summary>
    Snapshot,
}

/// <summary>What the leader knows of one peer in its epoch.</summary>
internal sealed class PeerProgress(ReplicaId peer, int position, LogIndex next)
{
    private readonly Queue<(LogIndex Last, int Bytes)> _inFlight = new();

    public ReplicaId Peer { get; } = peer;

    /// <summary>The peer's place among the voters of the newest configuration; negative for a learner and for one that leaves.</summary>
    public int Position { get; set; } = position;
    public ReplicationMode Mode { get; private set; } = ReplicationMode.Probe;

    /// <summary>Held by the peer, durably where the failure model asks for it. Invariant: rises, but for a repair that zeroes it.</summary>
    public LogIndex Match { get; private set; }

    /// <summary>The first index not sent yet.</summary>
    public LogIndex Next { get; private set; } = next;

    public int InFlightBytes { get; private set; }
    public int InFlightBatches => _inFlight.Count;
    public bool Connected { get; set; } = true;

    /// <summary>The run of the peer's process that was last heard; <c>default</c> before anything was.</summary>
    public ReplicaRun Run { get; set; }

    /// <summary>When the peer last said anything in this epoch.</summary>
    public MonotonicTime LastHeard { get; set; }

    /// <summary>Since when the peer owes an acknowledgement, whatever was sent again meanwhile; null when it owes none.</summary>
    public MonotonicTime? OwesSince { get; private set; }

    /// <summary>When the oldest append in flight was sent; null when none is.</summary>
    public MonotonicTime? InFlightSince { get; private set; }
    public ReadRound ConfirmedRound { get; set; }

    /// <summary>The newest commit frontier that was sent to the peer with an append; it may be lost.</summary>
    public LogIndex CommitSent { get; set; }

    /// <summary>The newest commit frontier that a heartbeat carried, in which round, and the newest that reached the peer.</summary>
    public (ReadRound Round, LogIndex Frontier) CommitInRound { get; set; }
    public LogIndex CommitHeard { get; set; }

    /// <summary>It agreed to the silence that is on offer, or lasts.</summary>
    public bool Sleeps { get; set; }

    /// <summary>In mode <see cref="ReplicationMode.Snapshot"/>: what is sent, and whether a chunk is under way.</summary>
    public SnapshotDescription? Snapshot { get; private set; }
    public bool ChunkUnderWay { get; set; }

    /// <summary>When the snapshot was last asked for, and when the peer last took a piece of it.</summary>
    public MonotonicTime SnapshotAskedAt { get; set; }
    public MonotonicTime SnapshotMovedAt { get; set; }

    public bool HasRoom(LineOptions options) => Mode switch
    {
        ReplicationMode.Probe => _inFlight.Count == 0,
        ReplicationMode.Replicate => _inFlight.Count < options.MaximumInFlightBatches && InFlightBytes < options.MaximumInFlightBytes,
        _ => false,
    };

    /// <summary>It is known to hold everything through <paramref name="end"/>, to know that this is trunk, and owes nothing.</summary>
    public bool HasEverything(LogIndex end) =>
        Mode == ReplicationMode.Replicate && _inFlight.Count == 0 && Match == end && CommitHeard >= end;

    /// <summary>An acknowledgement is heard, and nothing sent has waited longer than <paramref name="patience"/>: the peer's disk lives too.</summary>
    public bool IsLive(MonotonicTime now, TimeSpan patience) =>
        now.Since(LastHeard) < patience && (OwesSince is not { } since || now.Since(since) < patience);

    public void Sent(LogIndex last, int bytes, MonotonicTime now)
    {
        _inFlight.Enqueue((last, bytes));
        InFlightBytes += bytes;
        OwesSince ??= now;
        InFlightSince ??= now;
        if (Mode == ReplicationMode.Replicate)
        {
            Next = last.Next;
        }
    }

    public void Accepted(LogIndex matched, MonotonicTime now)
    {
        while (_inFlight.TryPeek(out (LogIndex Last, int Bytes) oldest) && oldest.Last <= matched)
        {
            InFlightBytes -= _inFlight.Dequeue().Bytes;
        }

        if (matched >= Match)
        {
            Match = matched;
            OwesSince = _inFlight.Count == 0 ? null : now;
            InFlightSince = OwesSince;
        }

        if (Mode == ReplicationMode.Probe)
        {
            Mode = ReplicationMode.Replicate;
            Forget();
            Next = Match.Next;
        }
        else if (Mode == ReplicationMode.Replicate)
        {
            Next = LogIndex.Max(Next, Match.Next);
        }
    }

    /// <summary>Go on one append at a time from <paramref name="next"/>; what was in flight counts as lost.</summary>
    public void Probe(LogIndex next)
    {
        Mode = ReplicationMode.Probe;
        Snapshot = null;
        Next = LogIndex.Max(next, Match.Next);
        Forget();
    }

    public void SendSnapshot(SnapshotDescription snapshot, MonotonicTime now)
    {
        SnapshotAskedAt = now;
        SnapshotMovedAt = now;
        Mode = ReplicationMode.Snapshot;
        Snapshot = snapshot;
        ChunkUnderWay = false;
        OwesSince = null;
        Forget();
    }

    /// <summary>
    /// The peer's process is another one, or what was sent to it is lost: it is told again what is trunk. The round that carried the frontier is forgotten
    /// too, or the new process's answer to a later one would count for what only the former one heard.
    /// </summary>
    public void ForgetCommit()
    {
        CommitSent = LogIndex.Zero;
        CommitInRound = default;
        CommitHeard = LogIndex.Zero;
    }

    /// <summary>The peer said that its journal was damaged: nothing it acknowledged counts any more.</summary>
    public void Zero(LogIndex next)
    {
        Match = LogIndex.Zero;
        Probe(next);
    }

    private void Forget()
    {
        _inFlight.Clear();
        InFlightBytes = 0;
        InFlightSince = null;
    }

    public PeerProgress Fork()
    {
        var fork = new PeerProgress(Peer, Position, Next)
        {
            Mode = Mode,
            Match = Match,
            InFlightBytes = InFlightBytes,
            Connected = Connected,
            Run = Run,
            LastHeard = LastHeard,
            OwesSince = OwesSince,
            InFlightSince = InFlightSince,
            ConfirmedRound = ConfirmedRound,
            CommitSent = CommitSent,
            CommitInRound = CommitInRound,
            CommitHeard = CommitHeard,
            Sleeps = Sleeps,
            Snapshot = Snapshot,
            ChunkUnderWay = ChunkUnderWay,
            SnapshotAskedAt = SnapshotAskedAt,
            SnapshotMovedAt = SnapshotMovedAt,
        };
        foreach ((LogIndex Last, int Bytes) sent in _inFlight)
        {
            fork._inFlight.Enqueue(sent);
        }

        return fork;
    }

    /// <param name="limit">Longer than that no acknowledgement is waited for.</param>
    /// <param name="snapshotLimit">Nor longer than that for a snapshot.</param>
    public void DigestTo(StateDigest digest, TimeSpan limit, TimeSpan snapshotLimit)
    {
        digest.Add(Peer);
        digest.Add((ulong)Mode);
        digest.Add(Match);
        digest.Add(Next);
        digest.Add(_inFlight.Count);
        foreach ((LogIndex last, int bytes) in _inFlight)
        {
            digest.Add(last);
            digest.Add(bytes);
        }

        digest.Add(Connected);
        digest.Add(Run);
        digest.AddAge(LastHeard, limit);
        digest.AddAge(OwesSince, limit);
        digest.AddAge(InFlightSince, limit);
        digest.Add(ConfirmedRound.Value);
        digest.Add(CommitSent);
        digest.Add(CommitInRound.Round.Value);
        digest.Add(CommitInRound.Frontier);
        digest.Add(CommitHeard);
        digest.Add(Sleeps);
        digest.Add(Snapshot);
        digest.Add(ChunkUnderWay);
        if (Mode == ReplicationMode.Snapshot)
        {
            digest.AddAge(SnapshotAskedAt, snapshotLimit);
            digest.AddAge(SnapshotMovedAt, snapshotLimit);
        }
    }
}
