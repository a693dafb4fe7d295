using ActorPhysics.Core;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness.Monitors;

/// <summary>
/// CertificateValidity (seed §3.1): every certificate that is acted upon, sent or recorded is proven by its own evidence, and the evidence is
/// true: whoever is said to hold the frontier does hold it.
/// </summary>
internal sealed class CertificateMonitor(Cluster cluster, TrunkMonitor trunk) : Monitor(cluster)
{
    private readonly HashSet<LogPosition> _examined = [];
    private readonly Queue<(CommitEvidence Evidence, string Where)> _sent = new();

    public override void AfterStep(SimulatedReplica replica, IReadOnlyList<LineEffect> effects)
    {
        while (_sent.TryDequeue(out (CommitEvidence Evidence, string Where) sent))
        {
            Examine(sent.Evidence, sent.Where);
        }

        foreach (LineEffect effect in effects)
        {
            switch (effect)
            {
                case ApplyEntries apply:
                    Check(replica, apply);
                    break;
                case ServeReads { Certificate: { } certificate } serve:
                    Check(certificate, "a read");
                    Examine(certificate.Evidence.Commit.Evidence, "a read");
                    Require(serve.Frontier >= certificate.ReadIndex, InvariantNames.CertificateValidity, $"read at {serve.Frontier} by {certificate}");
                    break;
                case Persist persist:
                    foreach (HistoryEvent record in persist.Records)
                    {
                        Check(replica, record);
                    }

                    break;
                default:
                    break;
            }
        }
    }

    public override void OnSent(SimulatedReplica from, LineMessage message)
    {
        CommitEvidence? evidence = message switch
        {
            AppendEntries append => append.Commit,
            Heartbeat heartbeat => heartbeat.Commit,
            ReadIndexAnswer answer => answer.Evidence?.Commit.Evidence,
            _ => null,
        };
        if (evidence is not null)
        {
            // The step that sends it may be the one that proves it: the trunk is known when the step is over.
            _sent.Enqueue((evidence, message.GetType().Name));
        }
    }

    private void Check(SimulatedReplica replica, ApplyEntries apply)
    {
        Check(apply.Certificate, "an apply");
        Examine(apply.Certificate.Evidence, "an apply");
        foreach (EntryToApply entry in apply.Entries.Where(entry => entry.Waiting.Count > 0))
        {
            GroupConfiguration configuration = Cluster.Configuration;
            var coordinate = new Coordinate(configuration.Group, entry.ConfigEpoch, entry.Entry.Position.Epoch, entry.Entry.Position.Index);
            Require(apply.Certificate.Covers(coordinate, apply.Runs), InvariantNames.CertificateValidity,
                $"{replica.Id} answers {coordinate} with {apply.Certificate}, which does not cover it on {apply.Runs}");
        }
    }

    private void Check(SimulatedReplica replica, HistoryEvent record)
    {
        switch (record)
        {
            case TrunkExtended extended:
                Examine(extended.Commit, nameof(TrunkExtended));
                Require(extended.Through <= extended.Commit.Frontier.Index, InvariantNames.CertificateValidity,
                    $"{replica.Id} records a trunk through {extended.Through} by the commit of {extended.Commit.Frontier}");
                Require(replica.Memory.At(extended.Through) is not { } there || trunk.IsTrunk(there), InvariantNames.CertificateValidity,
                    $"{replica.Id} records a trunk through {extended.Through}, where its log is none");
                break;
            case Trimmed trimmed:
                Require(IsProven(trimmed.Evidence.ConfigEpoch, under => TrimCertificate.TryProve(trimmed.Evidence, under) is not null), InvariantNames.CertificateValidity, $"{replica.Id} trims without proof");
                break;
            case EntriesAppended appended:
                foreach (BarrierEntry barrier in appended.Entries.OfType<BarrierEntry>())
                {
                    bool elected = IsProven(
                        barrier.Authority.ConfigEpoch, under => AuthorityCertificate.TryProve(barrier.Authority, under)?.LeaderEpoch == barrier.Position.Epoch);
                    Require(elected, InvariantNames.CertificateValidity, $"barrier {barrier.Position} has no authority: {barrier.Authority}");
                }

                break;
            default:
                break;
        }
    }

    private void Check(Certificate certificate, string what)
    {
        Require(IsProven(certificate.Coordinate.ConfigEpoch, certificate.Verify), InvariantNames.CertificateValidity, $"{what} by {certificate}, which proves nothing");
    }

    private bool IsProven(ConfigEpoch epoch, Func<GroupConfiguration, bool> under) => Cluster.Configurations.Of(epoch).Any(under);

    /// <summary>Proves the evidence once per frontier, and looks whether its witnesses tell the truth.</summary>
    private void Examine(CommitEvidence evidence, string where)
    {
        if (!_examined.Add(evidence.Frontier))
        {
            return;
        }

        bool proven = IsProven(evidence.ConfigEpoch, under => CommitCertificate.TryProve(evidence, under) is not null);
        Require(proven, InvariantNames.CertificateValidity, $"{where} carries the commit of {evidence.Frontier}, and {evidence} proves nothing");
        Require(trunk.IsTrunk(evidence.Frontier), InvariantNames.CertificateValidity, $"{where} says that {evidence.Frontier} is committed; the trunk ends at {trunk.End}");
        foreach (Acknowledgement acknowledgement in evidence.Acknowledgements)
        {
            SimulatedReplica witness = Cluster[acknowledgement.Replica];
            ShadowLog held = DurabilityMonitor.HeldBy(witness, Cluster.Configuration.FailureModel);
            Require(held.Contains(evidence.Frontier) || witness.Journal.OwesRepair, InvariantNames.CertificateValidity,
                $"{acknowledgement} for {evidence.Frontier}, but its log ends at {held.Tail}");
        }
    }
}
