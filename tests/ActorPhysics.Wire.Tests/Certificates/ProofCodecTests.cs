using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Certificates;

namespace ActorPhysics.Wire.Tests.Certificates;

[Trait("Seed", "3.2")]
public class ProofCodecTests
{
    private static readonly LeaderEpoch Epoch = new(7);
    private readonly Fabricator _fabricator = new(new RandomValues(21));

    [Fact]
    public void Commit_proof_proves_the_coordinates_on_its_branch_and_no_others()
    {
        CommitEvidence evidence = _fabricator.MakeCommit(Epoch, new ReplicaId(1));
        EpochRuns runs = EpochRuns.TryCreate([new EpochRun(new LeaderEpoch(5), new LogIndex(3)), new EpochRun(Epoch, new LogIndex(6))], out _)!;
        ReadOnlyMemory<byte> bytes = ProofCodec.Encode(CommitCertificate.TryProve(evidence, _fabricator.Configuration)!, runs);

        CommitProof? proof = ProofCodec.ProveCommit(bytes.Span, _fabricator.Configuration);

        Assert.NotNull(proof);
        Assert.Equal(evidence, proof.Certificate.Evidence);
        Assert.True(proof.Covers(At(5, 4)));
        Assert.True(proof.Covers(At(7, 6)));
        Assert.False(proof.Covers(At(6, 4)));
        Assert.False(proof.Covers(At(5, 2)));
        Assert.False(proof.Covers(At(7, evidence.Frontier.Index.Value + 1)));
        Assert.Null(ProofCodec.ProveRead(bytes.Span, _fabricator.Configuration));
    }

    [Fact]
    public void Proof_proves_nothing_to_another_group()
    {
        CommitEvidence evidence = _fabricator.MakeCommit(Epoch, new ReplicaId(1));
        ReadOnlyMemory<byte> bytes = ProofCodec.Encode(
            CommitCertificate.TryProve(evidence, _fabricator.Configuration)!, EpochRuns.Empty.With(evidence.Frontier));
        Assert.Null(ProofCodec.ProveCommit(bytes.Span, new Fabricator(new RandomValues(22)).Configuration));
    }

    [Fact]
    public void Read_proofs_by_round_and_by_lease_are_proven_again_by_the_reader()
    {
        for (ulong seed = 1; seed < 20; seed++)
        {
            var fabricator = new Fabricator(new RandomValues(seed));
            ReadEvidence evidence = fabricator.MakeReadEvidence();
            ReadOnlyMemory<byte> bytes = ProofCodec.Encode(ReadCertificate.TryProve(evidence, fabricator.Configuration)!);

            ReadCertificate? certificate = ProofCodec.ProveRead(bytes.Span, fabricator.Configuration);

            Assert.Equal(Structure.Of(evidence), Structure.Of(certificate?.Evidence));
            Assert.Null(ProofCodec.ProveCommit(bytes.Span, fabricator.Configuration));
        }
    }

    [Fact]
    public void Damaged_proofs_never_throw_and_never_prove_another_frontier()
    {
        var values = new RandomValues(31);
        CommitEvidence evidence = _fabricator.MakeCommit(Epoch, new ReplicaId(1));
        byte[] sound = ProofCodec.Encode(
            CommitCertificate.TryProve(evidence, _fabricator.Configuration)!, EpochRuns.Empty.With(evidence.Frontier)).ToArray();
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = [.. sound];
            bytes[values.Below((ulong)bytes.Length)] ^= (byte)(1 << (int)values.Below(8));
            CommitProof? proof = ProofCodec.ProveCommit(bytes, _fabricator.Configuration);
            Assert.True(proof is null || proof.Runs.Contains(proof.Certificate.Frontier));
            ProofCodec.ProveRead(bytes, _fabricator.Configuration);
            ProofCodec.ProveCommit(values.Bytes(50), _fabricator.Configuration);
        }
    }

    private Coordinate At(ulong epoch, ulong index) =>
        new(_fabricator.Configuration.Group, _fabricator.Configuration.Epoch, new LeaderEpoch(epoch), new LogIndex(index));
}
