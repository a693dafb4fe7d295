using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Wire.Protobuf;
using Google.Protobuf;

namespace ActorPhysics.Wire.Certificates;

/// <summary>The proof that a reply carries: encoded once for all replies that it covers, decoded and proven again only by clients who ask.</summary>
public static class ProofCodec
{
    public static ReadOnlyMemory<byte> Encode(CommitCertificate certificate, EpochRuns runs)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(runs);
        var commit = new Protos.CommitProof { Commit = EvidenceMapping.ToMessage(certificate.Evidence) };
        foreach (EpochRun run in runs.Runs)
        {
            commit.Runs.Add(new Protos.EpochRun { Epoch = run.Epoch.Value, First = run.First.Value });
        }

        return new Protos.Proof { Commit = commit }.ToByteArray();
    }

    public static ReadOnlyMemory<byte> Encode(ReadCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return new Protos.Proof { Read = EvidenceMapping.ToMessage(certificate.Evidence) }.ToByteArray();
    }

    /// <summary>Reads the commit evidence of a proof, unproven, and the runs that go with it; false when the bytes are no such proof.</summary>
    public static bool TryReadCommit(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out CommitEvidence? evidence, out EpochRuns runs)
    {
        evidence = null;
        runs = EpochRuns.Empty;
        if (!GeneratedMessages.TryParse(Protos.Proof.Parser, bytes, out Protos.Proof? proof)
            || proof.KindCase != Protos.Proof.KindOneofCase.Commit
            || EvidenceMapping.FromMessage(proof.Commit.Commit) is not { } commit)
        {
            return false;
        }

        ImmutableArray<EpochRun> claimed = [.. proof.Commit.Runs.Select(run => new EpochRun(new LeaderEpoch(run.Epoch), new LogIndex(run.First)))];
        if (EpochRuns.TryCreate(claimed, out _) is not { } ordered)
        {
            return false;
        }

        evidence = commit;
        runs = ordered;
        return true;
    }

    /// <summary>Proves a commit proof again; null when the bytes are none or prove nothing under this configuration.</summary>
    public static CommitProof? ProveCommit(ReadOnlySpan<byte> bytes, GroupConfiguration configuration) =>
        TryReadCommit(bytes, out CommitEvidence? evidence, out EpochRuns runs)
        && CommitCertificate.TryProve(evidence, configuration) is { } certificate
            ? CommitProof.TryProve(certificate, runs)
            : null;

    /// <summary>Proves a read certificate again; null when the bytes are none or prove nothing under this configuration.</summary>
    public static ReadCertificate? ProveRead(ReadOnlySpan<byte> bytes, GroupConfiguration configuration) =>
        ProveRead(bytes, ConfigurationTrail.Of(configuration));

    /// <summary>
    /// As above, for who knows several configurations of a log: the commit that a read rests on may have been proven under an earlier one than the read.
    /// </summary>
    public static ReadCertificate? ProveRead(ReadOnlySpan<byte> bytes, ConfigurationTrail configurations)
    {
        ArgumentNullException.ThrowIfNull(configurations);
        return GeneratedMessages.TryParse(Protos.Proof.Parser, bytes, out Protos.Proof? proof)
            && proof.KindCase == Protos.Proof.KindOneofCase.Read
            && EvidenceMapping.FromMessage(proof.Read, configurations) is { } evidence
            && configurations.Find(evidence.ConfigEpoch, configurations.NewestFrom) is { } configuration
                ? ReadCertificate.TryProve(evidence, configuration)
                : null;
    }
}
