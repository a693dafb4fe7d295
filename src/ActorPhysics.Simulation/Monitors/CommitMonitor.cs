using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// CertificateValidity, of commits (seed §4.3): when a leader moves C, the entry there is of its own epoch and a commit quorum truly holds it; and
/// every certificate that is sent or recorded follows from its own evidence.
/// </summary>
internal sealed class CommitMonitor(Observatory observatory) : Monitor(observatory)
{
    private readonly HashSet<LogPosition> _proven = [];

    // What each replica went by at the end of its last turn.
    private readonly SortedDictionary<ReplicaId, BookedConfiguration> _wentBy = [];

    private ConfigurationBook Book => Observatory.Book;

    public override void Started(Subject subject) => _wentBy[subject.Id] = Book.InForce(subject.Memory);

    public override void TurnEnded(Subject subject)
    {
        BookedConfiguration before = _wentBy[subject.Id];
        _wentBy[subject.Id] = Book.InForce(subject.Memory);
        LogIndex committed = subject.Actor!.Boundaries.Committed;
        if (subject.Role != LineRole.Leader || subject.IsHidden || committed <= subject.Before.Committed || subject.Memory.At(committed) is not { } frontier)
        {
            return;
        }

        if (frontier.Epoch != subject.Actor.Epoch)
        {
            Report(Symptom.CommitOfFormerEpoch, InvariantNames.CertificateValidity, $"{subject.Id} in {subject.Actor.Epoch} commits {frontier} by counting");
        }

        RequireHolders(subject, frontier, before);
    }

    public override void Sent(Subject subject, LineMessage message)
    {
        CommitEvidence? evidence = message switch
        {
            AppendEntries append => append.Commit,
            Heartbeat heartbeat => heartbeat.Commit,
            _ => null,
        };
        if (evidence is not null)
        {
            RequireProven(subject, evidence);
        }
    }

    public override void Written(Subject subject, HistoryEvent record)
    {
        if (record is Protocol.Line.Records.TrunkExtended extended)
        {
            RequireProven(subject, extended.Commit);
            if (extended.Through > extended.Commit.Frontier.Index)
            {
                Report(Symptom.UnprovenCommit, InvariantNames.CertificateValidity,
                    $"{subject.Id} records a trunk through {extended.Through} by the commit of {extended.Commit.Frontier}");
            }
        }
    }

    /// <summary>A leader may commit under one configuration and, in the same turn, under the next that it proposes thereupon.</summary>
    private void RequireHolders(Subject leader, LogPosition frontier, BookedConfiguration before)
    {
        Holders first = Holders.Of(frontier, before, Observatory);
        BookedConfiguration last = Book.InForce(leader.Memory);
        Holders then = last == before ? first : Holders.Of(frontier, last, Observatory);
        if (!first.Commit && !then.Commit)
        {
            Holders judged = then.CommitsWith(leader.Id) ? then : first;
            Report(judged.SymptomOf(leader.Id), InvariantNames.CertificateValidity, $"{leader.Id} commits {frontier}, {judged}");
        }
    }

    /// <summary>Once per frontier: equal frontiers carry evidence that proves the same.</summary>
    private void RequireProven(Subject subject, CommitEvidence evidence)
    {
        if (!_proven.Add(evidence.Frontier) || Book.Of(evidence.ConfigEpoch).Any(booked => CommitCertificate.TryProve(evidence, booked.Configuration) is not null))
        {
            return;
        }

        if (Observatory.Subjects.Any(each => each.IsHidden))
        {
            // A leader whose disk is full may go by a configuration that nobody has seen.
            _proven.Remove(evidence.Frontier);
        }
        else
        {
            Report(Symptom.UnprovenCommit, InvariantNames.CertificateValidity,
                $"{subject.Id} carries a commit of {evidence.Frontier} that proves nothing under any configuration of {evidence.ConfigEpoch}");
        }
    }
}
