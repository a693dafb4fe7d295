using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// ReadFreshness (seed §5.4) and the proofs that clients hold: an answer at a certified level carries a certificate that proves itself, and rests on
/// everything that any client knew to be finished when the operation was asked for.
/// </summary>
internal sealed class AnswerMonitor(Observatory observatory) : Monitor(observatory)
{
    // Answers that committed together carry one proof.
    private ReadOnlyMemory<byte> _proof;
    private CommitProof? _commit;

    // Frontiers that were told of while somebody was hidden: he may have gone down since, with what nobody saw.
    private readonly HashSet<Coordinate> _toldUnseen = [];

    public override void Told(Subject subject, Coordinate frontier)
    {
        if (Observatory.Subjects.Any(each => each.IsHidden))
        {
            _toldUnseen.Add(frontier);
        }
    }

    public override void Answered(OperationRecord operation, ReadOnlyMemory<byte> proof)
    {
        switch (operation.Level)
        {
            case ConsistencyLevel.StrongWrite:
                RequireCommit(operation, proof);
                break;
            case ConsistencyLevel.StrongRead or ConsistencyLevel.LeaseRead:
                RequireRead(operation, proof);
                break;
            default:
                break;
        }
    }

    private void RequireCommit(OperationRecord operation, ReadOnlyMemory<byte> proof)
    {
        if (!_proof.Span.SequenceEqual(proof.Span))
        {
            _proof = proof;
            _commit = ProveCommit(proof.Span);
        }

        Coordinate place = operation.Place.Coordinate;
        if (place.Group != operation.Frontier.Group)
        {
            // The first result came here with its session, from a group that had the key before; whoever leads a model along all logs looks at the place.
            return;
        }

        if ((_commit?.Covers(operation.Frontier) != true && !IsUnseen(operation.Frontier)) || place.Index > operation.Frontier.Index)
        {
            Report(Symptom.UnprovenCommit, InvariantNames.CertificateValidity, $"{operation} at {place} carries no proof that covers it");
        }

        // A leader whose disk is full may be the only one to know of a commit yet; the judge looks again when the run is over.
        bool unseen = place.Index > Observatory.Trunk.End.Index;
        if (!unseen && !Observatory.Trunk.IsTrunk(new LogPosition(place.LeaderEpoch, place.Index)))
        {
            Report(Symptom.PhantomAcknowledgement, InvariantNames.TrunkMonotonicity, $"{operation} is said to stand at {place}, which is not on the trunk");
        }
    }

    private void RequireRead(OperationRecord operation, ReadOnlyMemory<byte> proof)
    {
        ReadCertificate? certificate = ProveRead(operation.Frontier.ConfigEpoch, proof);
        if (certificate is null ? !IsUnseen(operation.Frontier) : certificate.ReadIndex > operation.Frontier.Index)
        {
            Report(Symptom.UnprovenRead, InvariantNames.CertificateValidity, $"{operation} at {operation.Frontier} carries no certificate of its level");
        }

        if (operation.Frontier.Index < operation.KnownBefore)
        {
            Report(Symptom.StaleRead, InvariantNames.ReadFreshness,
                $"{operation} is answered at {operation.Frontier.Index}; {operation.KnownBefore} was known to be finished before it was asked");
        }
    }

    /// <summary>A leader whose disk is full may go by a configuration that nobody has seen; what it proves by that cannot be judged.</summary>
    private bool IsUnseen(Coordinate frontier) => _toldUnseen.Contains(frontier);

    private CommitProof? ProveCommit(ReadOnlySpan<byte> proof)
    {
        if (ProofCodec.TryReadCommit(proof, out CommitEvidence? evidence, out _))
        {
            foreach (BookedConfiguration booked in Observatory.Book.Of(evidence.ConfigEpoch))
            {
                if (ProofCodec.ProveCommit(proof, booked.Configuration) is { } proven)
                {
                    return proven;
                }
            }
        }

        return null;
    }

    private ReadCertificate? ProveRead(ConfigEpoch epoch, ReadOnlyMemory<byte> proof) =>
        Observatory.Book.TrailsTo(epoch).Select(trail => ProofCodec.ProveRead(proof.Span, trail)).FirstOrDefault(proven => proven is not null);
}
