using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Quorums;
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

    public override void TurnEnded(Subject subject)
    {
        LogIndex committed = subject.Actor!.Boundaries.Committed;
        if (subject.Role != LineRole.Leader || subject.IsHidden || committed <= subject.Before.Committed || subject.Memory.At(committed) is not { } frontier)
        {
            return;
        }

        if (frontier.Epoch != subject.Actor.Epoch)
        {
            Report(Symptom.CommitOfFormerEpoch, InvariantNames.CertificateValidity, $"{subject.Id} in {subject.Actor.Epoch} commits {frontier} by counting");
        }

        RequireHolders(subject, frontier);
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

    private void RequireHolders(Subject leader, LogPosition frontier)
    {
        QuorumSystem quorums = Configuration.Quorums;
        MemberSet holders = MemberSet.Empty;
        MemberSet inMemory = MemberSet.Empty;
        bool stops = Configuration.FailureModel is CrashStop;
        foreach (Subject each in Observatory.Subjects)
        {
            if (quorums.PositionOf(each.Id) is not (>= 0 and int position))
            {
                continue;
            }

            // A replica whose disk was damaged since, or that stopped for good, did hold what it vouched for.
            holders = each.OwesRepair || (stops && each.HasCrashed) || Observatory.IsUnseen(each) || each.Vouches(frontier) ? holders.With(position) : holders;
            inMemory = each.OwesRepair || (stops && each.HasCrashed) || each.Memory.Contains(frontier) ? inMemory.With(position) : inMemory;
        }

        if (!Arithmetic.IsCommitQuorum(holders))
        {
            bool undurable = Arithmetic.IsCommitQuorum(inMemory);
            Report(undurable ? Symptom.AcknowledgedBeforeDurable : Symptom.UnprovenCommit, InvariantNames.CertificateValidity,
                $"{leader.Id} commits {frontier}, held by {quorums.Describe(holders)} durably and by {quorums.Describe(inMemory)} in memory");
        }
    }

    /// <summary>Once per frontier: equal frontiers carry evidence that proves the same.</summary>
    private void RequireProven(Subject subject, CommitEvidence evidence)
    {
        if (_proven.Add(evidence.Frontier) && CommitCertificate.TryProve(evidence, Configuration, out CertificateRefusal? refusal) is null)
        {
            Report(Symptom.UnprovenCommit, InvariantNames.CertificateValidity, $"{subject.Id} carries a commit of {evidence.Frontier}: {refusal}");
        }
    }
}
