using System.Collections.Immutable;
using ActorPhysics.Core;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>
/// Steps one fork of a replica and interprets its effects: the smallest host there is. Entries are applied within the step that hands them
/// out; writes wait on the disk until they are synced.
/// </summary>
internal sealed class ReplicaRunner(ReplicaSteps steps, ReplicaImage image)
{
    private readonly ISteppedReplica _replica = image.Replica.Fork();
    private readonly List<LineMessage> _sent = [];
    private ReplicaJournal _journal = image.Journal;
    private ImmutableArray<LogEntry> _log = image.Log;

    public ReplicaId Id => image.Id;

    public MonotonicTime Now { get; private set; } = image.Now;

    public MonotonicTime NextInput => _replica.RoleKind == LineRole.Leader ? Now : Now + ReplicaSteps.ClockUnit;

    public LineRole Role => _replica.RoleKind;

    public LeaderEpoch Epoch => _replica.Epoch;

    public int PendingWrites => _journal.Pending.Length;

    public int PendingRecords => _journal.PendingRecords;

    public IReadOnlyList<LineMessage> Sent => _sent;

    public ReplicaImage Finish() => new(image.Id, _replica, _journal, Now, _log);

    /// <summary>Tells whether an input changed anything.</summary>
    public Fingerprint PrintAsOf(MonotonicTime time)
    {
        var digest = new StateDigest(ReplicaRenaming.Identity, time);
        _replica.DigestTo(digest);
        return digest.Result;
    }

    public void Give(LineInput input)
    {
        for (LineInput? next = input; next is not null;)
        {
            var effects = new List<LineEffect>();
            Now = MonotonicTime.Max(Now, next.Now);
            _replica.Step(next, effects);
            LogIndex? applied = null;
            foreach (LineEffect effect in effects)
            {
                applied = Interpret(effect) ?? applied;
            }

            next = applied is { } through ? new EntriesApplied(Now, through) : null;
        }

        string? wrong = _replica.Boundaries.LatticeViolation();
        Invariant.Require(wrong is null, InvariantNames.BoundaryLattice, $"{Id}: {wrong}");
        Invariant.Require(_replica.Boundaries.Appended.Value == (ulong)_log.Length, InvariantNames.BoundaryLattice,
            $"{Id}: E is {_replica.Boundaries.Appended}, its journal describes {_log.Length} entries");
    }

    public void Sync(int writes)
    {
        foreach (LineMessage message in _journal.Pending.Take(writes).SelectMany(static write => write.ThenSend))
        {
            Send(message);
        }

        _journal = _journal.Sync(writes);
        Give(new RecordsDurable(NextInput, _journal.DurableThrough));
    }

    /// <summary>What a power cut leaves of the disk.</summary>
    public ReplicaJournal Crash(int surviving) => _journal.Crash(surviving);

    /// <returns>Through where the state machine applied, when it was asked to.</returns>
    private LogIndex? Interpret(LineEffect effect)
    {
        switch (effect)
        {
            case Persist persist:
                foreach (HistoryEvent record in persist.Records)
                {
                    Note(record);
                }

                _journal = _journal.Write(new Persist(persist.First, persist.Records, [.. persist.ThenSend.Where(message => !steps.IsUnheard(message))]));
                return null;
            case Send send:
                if (!steps.IsUnheard(send.Message))
                {
                    Send(send.Message);
                }

                return null;
            case ApplyEntries apply:
                bool valid = apply.Certificate.Verify(steps.Configuration, out CertificateRefusal? refusal);
                Invariant.Require(valid, InvariantNames.CertificateValidity, $"{Id} applies by {apply.Certificate}: {refusal}");
                return apply.Entries[^1].Entry.Position.Index;
            case SetTimer or RoleChanged or RefuseRequests:
                return null;
            default:
                throw new NotSupportedException($"{effect.GetType().Name} is beyond what is explored");
        }
    }

    private void Send(LineMessage message)
    {
        Invariant.Require(message is not VoteAnswer { Granted: true } || message.Envelope.Epoch >= _journal.DurablePromise, InvariantNames.ElectionSafety,
            (message, this), static x => $"{x.Item2.Id} votes in {x.message.Envelope.Epoch} after it promised {x.Item2._journal.DurablePromise}");
        _sent.Add(message);
    }

    private void Note(HistoryEvent record)
    {
        switch (record)
        {
            case EntriesAppended appended:
                _log = _log.AddRange(appended.Entries);
                foreach (BarrierEntry barrier in appended.Entries.OfType<BarrierEntry>())
                {
                    AuthorityCertificate? authority = AuthorityCertificate.TryProve(barrier.Authority, steps.Configuration, out CertificateRefusal? refusal);
                    Invariant.Require(authority?.LeaderEpoch == barrier.Position.Epoch, InvariantNames.CertificateValidity, $"barrier {barrier.Position} of {Id}: {refusal}");
                }

                break;
            case BranchPruned pruned:
                _log = _log[..(int)pruned.NewEnd.Value];
                break;
            case TrunkExtended extended:
                bool proven = CommitCertificate.TryProve(extended.Commit, steps.Configuration, out CertificateRefusal? defect) is not null;
                Invariant.Require(proven, InvariantNames.CertificateValidity, $"{Id} records the commit of {extended.Commit.Frontier}: {defect}");
                break;
            default:
                break;
        }
    }
}
