using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Core.Certificates;

/// <summary>One durable vote: the voter promised this epoch to this candidate and to nobody else.</summary>
public readonly record struct Vote(ReplicaId Voter, LeaderEpoch Epoch, ReplicaId Candidate);

/// <summary>The votes of one election.</summary>
public sealed record AuthorityEvidence(
    GroupId Group,
    GroupIncarnation Incarnation,
    ConfigEpoch ConfigEpoch,
    LeaderEpoch LeaderEpoch,
    ReplicaId Leader,
    ImmutableArray<Vote> Votes)
{
    public bool Equals(AuthorityEvidence? other) =>
        other is not null && Group == other.Group && Incarnation == other.Incarnation && ConfigEpoch == other.ConfigEpoch
        && LeaderEpoch == other.LeaderEpoch && Leader == other.Leader && Sequences.Equal(Votes, other.Votes);

    public override int GetHashCode() => Sequences.Hash(LeaderEpoch.Value, Leader.Value);
}

/// <summary>
/// Proves that a replica is the only one with authority for (group, ConfigEpoch, LeaderEpoch): an election quorum gave it this
/// epoch, every two election quorums share a voter, and a voter gives an epoch once (seed §3.2, §4.2; Raft, section 5.2).
/// </summary>
public sealed class AuthorityCertificate : Certificate
{
    private AuthorityCertificate(AuthorityEvidence evidence)
    {
        Evidence = evidence;
    }

    public AuthorityEvidence Evidence { get; }

    public GroupId Group => Evidence.Group;

    public GroupIncarnation Incarnation => Evidence.Incarnation;

    public LeaderEpoch LeaderEpoch => Evidence.LeaderEpoch;

    public ReplicaId Leader => Evidence.Leader;

    public override CertificateKind Kind => CertificateKind.Authority;

    public override Coordinate Coordinate => new(Evidence.Group, Evidence.ConfigEpoch, Evidence.LeaderEpoch, LogIndex.Zero);

    /// <summary>The certificate, or null when the evidence does not prove it.</summary>
    public static AuthorityCertificate? TryProve(AuthorityEvidence evidence, GroupConfiguration configuration) =>
        TryProve(evidence, configuration, out _);

    /// <summary>As <see cref="TryProve(AuthorityEvidence, GroupConfiguration)"/>, and says what is wrong.</summary>
    public static AuthorityCertificate? TryProve(AuthorityEvidence evidence, GroupConfiguration configuration, out CertificateRefusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(configuration);
        refusal = RefusalOf(evidence, configuration);
        return refusal is null ? new AuthorityCertificate(evidence) : null;
    }

    private protected override CertificateRefusal? Check(GroupConfiguration configuration) => RefusalOf(Evidence, configuration);

    private static CertificateRefusal? RefusalOf(AuthorityEvidence evidence, GroupConfiguration configuration)
    {
        CertificateRefusal? refusal = CertificateRefusal.OfScope(evidence.Group, evidence.Incarnation, evidence.ConfigEpoch, configuration)
            ?? CertificateRefusal.OfPresence(evidence.Votes, evidence.LeaderEpoch, evidence.Leader);
        if (refusal is not null)
        {
            return refusal;
        }

        if (!configuration.MayHoldAuthority(evidence.Leader))
        {
            return new CertificateRefusal(CertificateDefect.OtherLeader, $"{evidence.Leader} may not lead in {configuration.Epoch}");
        }

        MemberSet granted = MemberSet.Empty;
        foreach (Vote vote in evidence.Votes)
        {
            if (vote.Epoch != evidence.LeaderEpoch)
            {
                return new CertificateRefusal(CertificateDefect.OtherLeaderEpoch, $"{vote.Voter} voted in {vote.Epoch}, not in {evidence.LeaderEpoch}");
            }

            if (vote.Candidate != evidence.Leader)
            {
                return new CertificateRefusal(CertificateDefect.OtherLeader, $"{vote.Voter} voted for {vote.Candidate}, not for {evidence.Leader}");
            }

            int position = configuration.Quorums.PositionOf(vote.Voter);
            granted = position < 0 ? granted : granted.With(position);
        }

        return configuration.Quorums.IsElectionQuorum(granted)
            ? null
            : new CertificateRefusal(CertificateDefect.NoQuorum, $"{configuration.Quorums.Describe(granted)} is no election quorum");
    }
}
