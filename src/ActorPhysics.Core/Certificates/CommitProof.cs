using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;

namespace ActorPhysics.Core.Certificates;

/// <summary>
/// A commit certificate together with the epoch runs of the log that holds its frontier: what a client needs to check that the one
/// coordinate it was given is on the trunk. Like a certificate it exists only when its parts fit.
/// </summary>
public sealed class CommitProof
{
    private CommitProof(CommitCertificate certificate, EpochRuns runs)
    {
        (Certificate, Runs) = (certificate, runs);
    }

    public CommitCertificate Certificate { get; }

    public EpochRuns Runs { get; }

    /// <summary>The proof, or null when a log with these runs does not hold the certificate's frontier.</summary>
    public static CommitProof? TryProve(CommitCertificate certificate, EpochRuns runs)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(runs);
        return runs.Contains(certificate.Frontier) ? new CommitProof(certificate, runs) : null;
    }

    /// <summary>Whether the entry at this coordinate is on the trunk; false also when the runs do not reach down to it.</summary>
    public bool Covers(Coordinate coordinate) => Certificate.Covers(coordinate, Runs);

    /// <summary>Whether the certificate holds under the configuration and its frontier is on the branch of the runs.</summary>
    public bool Verify(GroupConfiguration configuration) => Certificate.Verify(configuration) && Runs.Contains(Certificate.Frontier);
}
