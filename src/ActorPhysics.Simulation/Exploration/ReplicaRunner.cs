using System.Collections.Immutable;
using ActorPhysics.Core;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
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

    /// <summary>The newest configuration of the log, as the journal tells it.</summary>
    public GroupConfiguration Configuration => _log.OfType<ConfigurationEntry>().LastOrDefault()?.Configuration ?? steps.Configuration;

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

            // What a step applies may be proven by a configuration that the very step brought, and recorded after it.
            foreach (HistoryEvent record in effects.OfType<Persist>().SelectMany(static persist => persist.Records))
            {
                Note(record);
            }

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
                _journal = _journal.Write(new Persist(persist.First, persist.Records, [.. persist.ThenSend.Where(message => !steps.IsUnheard(message))]));
                return null;
            case Send send:
                if (!steps.IsUnheard(send.Message))
                {
                    Send(send.Message);
                }

                return null;
            case ApplyEntries apply:
                CertificateRefusal? refusal = null;
                bool valid = ConfigurationOf(apply.Certificate.ConfigEpoch) is { } configuration && apply.Certificate.Verify(configuration, out refusal);
                Invariant.Require(valid, InvariantNames.CertificateValidity, $"{Id} applies by {apply.Certificate}: {refusal?.ToString() ?? "its log does not hold that configuration"}");
                return apply.Entries[^1].Entry.Position.Index;
            case SetTimer or RoleChanged or RefuseRequests or ConfigurationChanged:
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
                foreach (LogEntry entry in appended.Entries)
                {
                    Note(entry);
                }

                break;
            case BranchPruned pruned:
                _log = _log[..(int)pruned.NewEnd.Value];
                break;
            case TrunkExtended extended:
                // A configuration that was pruned since counted then, and says nothing to whoever reads the record.
                if (ConfigurationOf(extended.Commit.ConfigEpoch) is { } configuration)
                {
                    bool proven = CommitCertificate.TryProve(extended.Commit, configuration, out CertificateRefusal? defect) is not null;
                    Invariant.Require(proven, InvariantNames.CertificateValidity, $"{Id} records the commit of {extended.Commit.Frontier}: {defect}");
                }

                break;
            default:
                break;
        }
    }

    private GroupConfiguration? ConfigurationOf(ConfigEpoch epoch) => epoch == steps.Configuration.Epoch
        ? steps.Configuration
        : _log.OfType<ConfigurationEntry>().LastOrDefault(entry => entry.Configuration.Epoch == epoch)?.Configuration;

    private void Note(LogEntry entry)
    {
        // Whoever leads an epoch was elected by the newest configuration below its barrier.
        GroupConfiguration below = Configuration;
        _log = _log.Add(entry);
        if (entry is BarrierEntry barrier)
        {
            AuthorityCertificate? authority = AuthorityCertificate.TryProve(barrier.Authority, below, out CertificateRefusal? refusal);
            Invariant.Require(authority?.LeaderEpoch == barrier.Position.Epoch, InvariantNames.CertificateValidity, $"barrier {barrier.Position} of {Id}: {refusal}");
        }
        else if (entry is ConfigurationEntry { Configuration: var next })
        {
            Invariant.Require(next.Epoch == below.Epoch.Next, InvariantNames.QuorumIntersection, $"{Id} goes from {below} to {next}");
            QuorumsApart? apart = QuorumsApart.Find(below.Quorums, next.Quorums);
            Invariant.Require(apart is null, InvariantNames.QuorumIntersection, $"{Id} goes from {below} to {next}: {apart}");
        }
    }
}
