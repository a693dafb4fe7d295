using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Core.Certificates;

/// <summary>
/// Proves that a read which observes the state at or after <see cref="ReadIndex"/> observes every write acknowledged before it was
/// asked for (seed §3.2, §5.4): the frontier was committed by the leader in its own epoch, and no other leader can have been elected
/// since. Either a round of confirmations says so (read-index; Raft dissertation, section 6.4) or unexpired promises do (lease).
/// </summary>
public sealed class ReadCertificate : Certificate
{
    private ReadCertificate(ReadEvidence evidence)
    {
        Evidence = evidence;
    }

    public ReadEvidence Evidence { get; }

    /// <summary>The state must have been applied through here before it may be read under this certificate.</summary>
    public LogIndex ReadIndex => Evidence.Commit.Frontier.Index;

    public LeaderEpoch LeaderEpoch => Evidence.LeaderEpoch;

    public override CertificateKind Kind => CertificateKind.Read;

    public override Coordinate Coordinate => new(Evidence.Group, Evidence.ConfigEpoch, Evidence.LeaderEpoch, ReadIndex);

    /// <summary>The certificate, or null when the evidence does not prove it.</summary>
    public static ReadCertificate? TryProve(ReadEvidence evidence, GroupConfiguration configuration) => TryProve(evidence, configuration, out _);

    /// <summary>As <see cref="TryProve(ReadEvidence, GroupConfiguration)"/>, and says what is wrong.</summary>
    public static ReadCertificate? TryProve(ReadEvidence evidence, GroupConfiguration configuration, out CertificateRefusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(configuration);
        refusal = RefusalOf(evidence, configuration);
        return refusal is null ? new ReadCertificate(evidence) : null;
    }

    private protected override CertificateRefusal? Check(GroupConfiguration configuration) => RefusalOf(Evidence, configuration);

    private static CertificateRefusal? RefusalOf(ReadEvidence evidence, GroupConfiguration configuration)
    {
        CertificateRefusal? refusal = CertificateRefusal.OfScope(evidence.Group, evidence.Incarnation, evidence.ConfigEpoch, configuration)
            ?? CertificateRefusal.OfPresence(evidence.Confirmations, evidence.LeaderEpoch, evidence.Leader)
            ?? RefusalOfCommit(evidence, configuration);
        if (refusal is not null)
        {
            return refusal;
        }

        if (evidence is LeaseEvidence lease && lease.ServedAt >= lease.ValidUntil)
        {
            return new CertificateRefusal(CertificateDefect.LeaseExpired, $"served at {lease.ServedAt}, the lease ended at {lease.ValidUntil}");
        }

        return RefusalOfConfirmations(evidence, configuration.Quorums);
    }

    /// <summary>
    /// The frontier must be of the leader's own epoch: before its first commit a new leader does not know where the trunk ends. A
    /// commit of an earlier ConfigEpoch was proven when its certificate was made and needs that configuration to be checked again.
    /// </summary>
    private static CertificateRefusal? RefusalOfCommit(ReadEvidence evidence, GroupConfiguration configuration)
    {
        CommitCertificate commit = evidence.Commit;
        if (commit.Group != evidence.Group || commit.Incarnation != evidence.Incarnation || commit.ConfigEpoch > evidence.ConfigEpoch)
        {
            return new CertificateRefusal(CertificateDefect.OtherConfiguration, $"the commit is of {commit.Group}/{commit.Incarnation} {commit.ConfigEpoch}");
        }

        if (commit.Frontier.Epoch != evidence.LeaderEpoch)
        {
            return new CertificateRefusal(
                CertificateDefect.OtherLeaderEpoch, $"the commit is of {commit.Frontier.Epoch}, the reader leads {evidence.LeaderEpoch}");
        }

        if (commit.Evidence.Leader != evidence.Leader)
        {
            return new CertificateRefusal(
                CertificateDefect.OtherLeader, $"{commit.Evidence.Leader} committed, {evidence.Leader} reads in the same epoch");
        }

        CertificateRefusal? refusal = null;
        return commit.ConfigEpoch != configuration.Epoch || commit.Verify(configuration, out refusal) ? null : refusal;
    }

    private static CertificateRefusal? RefusalOfConfirmations(ReadEvidence evidence, QuorumSystem quorums)
    {
        MemberSet confirmed = MemberSet.Empty;
        foreach (Confirmation confirmation in evidence.Confirmations)
        {
            if (confirmation.Epoch != evidence.LeaderEpoch)
            {
                return new CertificateRefusal(
                    CertificateDefect.OtherLeaderEpoch, $"{confirmation.Replica} confirmed {confirmation.Epoch}, not {evidence.LeaderEpoch}");
            }

            if (confirmation.Round < evidence.Round)
            {
                return new CertificateRefusal(
                    CertificateDefect.StaleRound, $"{confirmation.Replica} confirmed {confirmation.Round}, the read waited for {evidence.Round}");
            }

            int position = quorums.PositionOf(confirmation.Replica);
            confirmed = position < 0 ? confirmed : confirmed.With(position);
        }

        return quorums.MeetsEveryElectionQuorum(confirmed)
            ? null
            : new CertificateRefusal(CertificateDefect.NoQuorum, $"a leader can be elected without {quorums.Describe(confirmed)}");
    }
}
