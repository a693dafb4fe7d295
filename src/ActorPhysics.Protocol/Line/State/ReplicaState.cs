using System.Collections.Immutable;
using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Line.State;

/// <summary>What a replica holds whatever its role, and the few ways to change it. Roles own what is theirs alone.</summary>
internal sealed class ReplicaState
{
    public ReplicaState(ReplicaId self, LineOptions options, RecoveredReplica recovered, ulong randomSeed)
    {
        Self = self;
        Options = options;
        Configurations = recovered.Configurations;
        Epoch = recovered.Epoch;
        VotedFor = recovered.VotedFor;
        Run = recovered.Run.Next;
        Log = recovered.Log;
        Snapshot = recovered.Snapshot;
        Damage = recovered.Damage;
        VoteFloor = recovered.VoteFloor;
        LatestCommit = recovered.LatestCommit;
        Boundaries = RecoverBoundaries(recovered);
        Journal = new JournalCursor(recovered.LastRecord, recovered.EntryRecords);
        Random = new SplitMix64(randomSeed);
        Position = Configuration.Quorums.PositionOf(self);
    }

    private Boundaries RecoverBoundaries(RecoveredReplica recovered)
    {
        LogPosition atSnapshot = recovered.Restored is { } restored && Log.EpochAt(restored.Position.Index) is { } epoch
            ? new LogPosition(epoch, restored.Position.Index)
            : default;
        var boundaries = Boundaries.Recover(Configuration.Group, Configuration.Incarnation, Log.Base, recovered.Restored, Log.End, atSnapshot);
        LogIndex trunk = LogIndex.Min(recovered.CommittedThrough, Log.End);
        if (LatestCommit is not null && trunk > boundaries.Committed
            && LogMatch.TryProve(Log.Base, Log.Base, LogEpochOf(LatestCommit.Frontier), trunk) is { } match)
        {
            boundaries.Commit(LatestCommit, match);
        }

        return boundaries;

        // The journal recorded how far the log had matched the leader that proved the commit, or a later one.
        LeaderEpoch LogEpochOf(LogPosition frontier) => frontier.Epoch > Log.Base.Epoch ? frontier.Epoch : Log.Base.Epoch;
    }

    public ReplicaId Self { get; }

    /// <summary>This replica's place among the voters of the newest configuration; negative when it is none.</summary>
    public int Position { get; private set; }
    public LineOptions Options { get; }

    /// <summary>The configurations of the log. Invariant: they are those that its entries, above the newest snapshot or the founding, say.</summary>
    public ConfigurationTrail Configurations { get; private set; }

    /// <summary>The newest configuration in the log, committed or not: the one to vote, count and feed by (Raft §6).</summary>
    public GroupConfiguration Configuration => Configurations.Newest;
    public ReplicaRun Run { get; }

    /// <summary>The promise: no leader of a lower epoch is followed. Invariant: never falls, and every word that depends on it waits for its record.</summary>
    public LeaderEpoch Epoch { get; private set; }
    public ReplicaId VotedFor { get; private set; }

    /// <summary>The leader of <see cref="Epoch"/>, once heard of.</summary>
    public ReplicaId Leader { get; set; }
    public HistoryLog Log { get; }
    public Boundaries Boundaries { get; }

    /// <summary>The proof behind C, if this run saw one.</summary>
    public CommitCertificate? LatestCommit { get; private set; }

    /// <summary>The newest commit whose frontier this very log holds, if any: the epoch runs of the log tie it to what lies below.</summary>
    public CommitCertificate? HeldCommit { get; private set; }

    /// <summary>The newest durable state snapshot.</summary>
    public SnapshotDescription? Snapshot { get; private set; }

    /// <summary>What the journal lost; null once repaired. While it is set the replica votes for nobody.</summary>
    public JournalDamage? Damage { get; set; }

    /// <summary>The replica votes only in epochs above this one.</summary>
    public LeaderEpoch VoteFloor { get; set; }
    public JournalCursor Journal { get; }
    public SplitMix64 Random { get; }
    public MonotonicTime Now { get; set; }

    /// <summary>Until then, on this clock, the replica votes for nobody: the lease it promised to the leader.</summary>
    public MonotonicTime PromisedUntil { get; set; }

    /// <summary>
    /// The members whose nodes are known to be unreachable: the host tells when a connection breaks, and when there is one again, and of a new member
    /// when there is none.
    /// </summary>
    public ImmutableSortedSet<ReplicaId> Lost { get; set; } = [];

    /// <summary>Everything in the log is durable, trunk and applied.</summary>
    public bool IsLevel => Boundaries.Committed == Log.End && Boundaries.Durable == Log.End && Boundaries.Applied == Log.End;

    /// <summary>When the next round of heartbeats is due.</summary>
    public MonotonicTime NextHeartbeat
    {
        get
        {
            MonotonicTime next = Now + Options.HeartbeatInterval;
            return Options.AlignsHeartbeats ? next.Nearest(Options.HeartbeatInterval) : next;
        }
    }

    /// <summary>Effects of the step under way.</summary>
    public List<LineEffect> Effects { get; set; } = [];

    private readonly List<HistoryEvent> _records = [];
    private readonly List<LineMessage> _gated = [];
    private LogIndex _trunkRecorded;
    private RecordNumber _promiseRecord;

    public bool IsVoter => Position >= 0;

    /// <summary>
    /// Whether votes may be given. A replica that is no voter by its own log may be one by the log of the candidate, which is longer then; whom to
    /// count is the candidate's affair (Raft thesis §4.1).
    /// </summary>
    public bool MayVote => Damage is null;

    /// <summary>
    /// A witness votes, but has no state to lead with. A voter whom the newest configuration leaves out stands as long as that is wet: its log may be
    /// the only one that the others can elect, and it does not count its own vote (Raft thesis §4.2.2).
    /// </summary>
    public bool MayStand => MayVote && (Configuration.MayLead(Self) || (!IsConfigurationCommitted && Configurations.BeforeNewest.MayLead(Self)));

    /// <summary>Whether the newest configuration is on the trunk: no other one can follow before that.</summary>
    public bool IsConfigurationCommitted => Configurations.NewestFrom <= Boundaries.Committed;

    /// <summary>Whether the trunk says that this replica, a member once, is none any more. What is wet above that cannot bring it back.</summary>
    public bool IsRemoved => Configurations.InForceAt(Boundaries.Committed).HasRemoved(Self);

    public Envelope EnvelopeTo(ReplicaId to) => new(Configuration.Group, Configuration.Incarnation, Self, Run, to, Epoch);

    public void Emit(LineEffect effect) => Effects.Add(effect);

    /// <summary>
    /// Sends without waiting for a record, unless the very epoch that the message names is not durable yet: before that the replica must not
    /// speak in it (Pitfall 1).
    /// </summary>
    public void SendNow(LineMessage message)
    {
        if (_promiseRecord > Journal.Durable)
        {
            _gated.Add(message);
        }
        else
        {
            Effects.Add(new Send(message));
        }
    }

    /// <summary>The message leaves when everything recorded so far, in this step and before, is durable.</summary>
    public void SendWhenDurable(LineMessage message) => _gated.Add(message);

    public RecordNumber Record(HistoryEvent record)
    {
        _records.Add(record);
        return Journal.Assign(record);
    }

    /// <summary>Moves the promise up; the caller's next gated words wait for its record.</summary>
    public RecordNumber Promise(LeaderEpoch epoch, ReplicaId vote)
    {
        bool newer = epoch > Epoch;
        bool firstVote = epoch == Epoch && VotedFor.IsNone;
        Invariant.Require(newer || firstVote || vote == VotedFor, "ElectionSafety", (epoch, vote, state: this),
            static x => $"promise ({x.epoch}, {x.vote}) after ({x.state.Epoch}, {x.state.VotedFor})");
        if (newer)
        {
            Leader = ReplicaId.None;
        }

        Epoch = epoch;
        VotedFor = vote;
        _promiseRecord = Record(CurrentPromise());
        return _promiseRecord;
    }

    public EpochPromised CurrentPromise() => new(Epoch, VotedFor, Run);

    /// <summary>Appends to the log and to the journal.</summary>
    public void Append(IReadOnlyList<LogEntry> entries)
    {
        foreach (LogEntry entry in entries)
        {
            Log.Append(entry);
            if (entry is ConfigurationEntry configured)
            {
                Adopt(Configurations.With(entry.Position.Index, configured.Configuration));
            }
        }

        Boundaries.AppendTo(Log.End);
        Record(new EntriesAppended(entries));
    }

    /// <summary>Gives up the branch above <paramref name="newEnd"/>, which is wet cement, never trunk.</summary>
    public void PruneBranch(LogIndex newEnd)
    {
        Invariant.Require(newEnd >= Boundaries.Committed, "TrunkMonotonicity", (newEnd, state: this),
            static x => $"an append would prune the trunk: to {x.newEnd}, committed {x.state.Boundaries.Committed}");
        Log.PruneTo(newEnd);
        Journal.PruneTo(newEnd);
        Boundaries.PruneBranch(newEnd);
        Adopt(Configurations.PrunedAfter(newEnd));
        Record(new BranchPruned(newEnd, Epoch));
    }

    /// <summary>Moves C by certificate, as far as this log is known to match.</summary>
    public void Commit(CommitCertificate certificate, LogMatch match)
    {
        if (Boundaries.Commit(certificate, match))
        {
            LatestCommit = certificate;
            HeldCommit = certificate.Frontier.Index <= match.Through ? certificate : HeldCommit;
        }
    }

    public void SaveSnapshot(VerifiedStateSnapshot proof, SnapshotDescription snapshot)
    {
        Boundaries.SaveSnapshot(proof);
        Snapshot = snapshot;
        Record(new SnapshotSaved(snapshot, SnapshotPlacement.Captured));
    }

    /// <summary>Replaces the state and the log below the snapshot in one record; entries above it survive only on its branch.</summary>
    public void InstallSnapshot(VerifiedStateSnapshot proof, SnapshotDescription snapshot)
    {
        LogIndex at = snapshot.Position.Index;
        LogPosition local = Log.EpochAt(at) is { } epoch ? new LogPosition(epoch, at) : default;
        Boundaries.InstallSnapshot(proof, local);
        if (local == snapshot.Position)
        {
            Log.TrimTo(at);
        }
        else
        {
            Log.ResetTo(snapshot.Position);
            Journal.PruneTo(at);
        }

        Snapshot = snapshot;
        Adopt(local == snapshot.Position ? Configurations.Rebased(at, snapshot.Configuration) : ConfigurationTrail.Of(snapshot.Configuration, at));
        Record(new SnapshotSaved(snapshot, local == snapshot.Position ? SnapshotPlacement.ContinuesLog : SnapshotPlacement.ReplacesLog));
    }

    /// <returns>The checkpoint record; once it is durable, the records it replaces may be deleted.</returns>
    public RecordNumber Trim(TrimCertificate certificate, LogPosition through)
    {
        Boundaries.Trim(certificate);
        Log.TrimTo(through.Index);
        Configurations = Configurations.TrimmedThrough(through.Index);
        return Record(new Trimmed(through, certificate.Evidence, CurrentPromise(), Snapshot!));
    }

    /// <summary>The proof for a former member that it is none any more, if this replica has it.</summary>
    public MembershipEnded? FarewellTo(ReplicaId replica) =>
        Configuration.HasRemoved(replica) && LatestCommit is { } commit
        && commit.ConfigEpoch == Configuration.Epoch && commit.Frontier.Index >= Configurations.NewestFrom
            ? new MembershipEnded(EnvelopeTo(replica), Configuration, commit.Evidence)
            : null;

    private void Adopt(ConfigurationTrail trail)
    {
        GroupConfiguration former = Configuration;
        Configurations = trail;
        if (!ReferenceEquals(former, Configuration))
        {
            Position = Configuration.Quorums.PositionOf(Self);

            // Of who is no member the host tells nothing; should it be one again, the host says so if it cannot be reached then.
            Lost = Lost.Intersect(Configuration.Members.Select(member => member.Replica));
            Emit(new ConfigurationChanged(Configuration));
        }
    }

    /// <summary>Ends a step: what was recorded becomes one persist effect with the messages that wait for it.</summary>
    public void FlushRecords()
    {
        if (_records.Count == 0 && _gated.Count == 0)
        {
            return;
        }

        // An installed snapshot may have moved C beyond the newest evidence, which then proves less than C.
        if (_records.Count > 0 && LatestCommit is { } commit && LogIndex.Min(Boundaries.Committed, commit.Frontier.Index) is var proven && proven > _trunkRecorded)
        {
            _trunkRecorded = proven;
            Record(new TrunkExtended(commit.Evidence, proven));
        }

        if (_records.Count == 0 && Journal.Durable == Journal.Last)
        {
            foreach (LineMessage message in _gated)
            {
                Effects.Add(new Send(message));
            }
        }
        else
        {
            RecordNumber first = new(Journal.Last.Value - (ulong)_records.Count + 1);
            Emit(new Persist(first, [.. _records], [.. _gated]));
        }

        _records.Clear();
        _gated.Clear();
    }

    private ReplicaState(ReplicaState other)
    {
        Self = other.Self;
        Position = other.Position;
        Options = other.Options;
        Configurations = other.Configurations;
        Run = other.Run;
        Epoch = other.Epoch;
        VotedFor = other.VotedFor;
        Leader = other.Leader;
        Log = other.Log.Fork();
        Boundaries = other.Boundaries.Fork();
        LatestCommit = other.LatestCommit;
        HeldCommit = other.HeldCommit;
        Snapshot = other.Snapshot;
        Damage = other.Damage;
        VoteFloor = other.VoteFloor;
        Journal = other.Journal.Fork();
        Random = other.Random.Fork();
        Now = other.Now;
        PromisedUntil = other.PromisedUntil;
        Lost = other.Lost;
        _records.AddRange(other._records);
        _gated.AddRange(other._gated);
        _trunkRecorded = other._trunkRecorded;
        _promiseRecord = other._promiseRecord;
    }

    public ReplicaState Fork() => new(this);

    /// <summary>The draws to come are left out: to a search, chance is one more input.</summary>
    public void DigestTo(StateDigest digest)
    {
        digest.Add(Self);
        digest.Add(Configuration.Group.Value);
        digest.Add(Configuration.Incarnation.Value);
        digest.Add(Configurations);
        digest.Add(Run);
        digest.Add(Epoch);

        // Once the epoch's leader is known, nobody else gets a vote in it; only a restart forgets the leader.
        bool voteIsOver = digest.IsMoot(MootPoints.Restart) && !Leader.IsNone && Leader != Self;
        digest.Add(voteIsOver ? ReplicaId.None : VotedFor);
        digest.Add(Leader);
        Log.DigestTo(digest);
        digest.Add(Boundaries.View);
        digest.Add(LatestCommit);
        digest.Add(HeldCommit);
        digest.Add(Snapshot);
        digest.Add(Damage is { } damage ? damage.PromiseLost ? 2UL : 1UL : 0UL);
        digest.Add(VoteFloor);
        Journal.DigestTo(digest);
        digest.AddRemaining(PromisedUntil);
        digest.AddUnordered(Lost, static (each, peer) => each.Add(peer));
        digest.Add(digest.IsMoot(MootPoints.Restart) ? LogIndex.Zero : _trunkRecorded);
        digest.Add(Journal.Awaited(_promiseRecord));
    }
}
