using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Core.Certificates;

/// <summary>
/// One replica's word to the leader of an epoch: its log agrees with that leader's through this index, and holds it as firmly as
/// the evidence's meaning says. A leader's own word counts like any other.
/// </summary>
public readonly record struct Acknowledgement(ReplicaId Replica, LeaderEpoch Epoch, LogIndex Held);

/// <summary>The acknowledgements behind one commit.</summary>
/// <param name="Frontier">An entry of the leader's own epoch: the epoch is the entry's and the leader's alike.</param>
/// <param name="Meaning">What every acknowledgement promised.</param>
public sealed record CommitEvidence(
    GroupId Group,
    GroupIncarnation Incarnation,
    ConfigEpoch ConfigEpoch,
    LogPosition Frontier,
    ReplicaId Leader,
    AcknowledgementMeaning Meaning,
    ImmutableArray<Acknowledgement> Acknowledgements)
{
    /// <summary>
    /// What a leader knows of its voters' logs, as evidence: one small array of those that hold the frontier. It is not yet proven.
    /// </summary>
    /// <param name="heldByPosition">For each voter, by position, how far its log was acknowledged to agree in this epoch.</param>
    public static CommitEvidence Gather(GroupConfiguration configuration, LogPosition frontier, ReplicaId leader, ReadOnlySpan<LogIndex> heldByPosition)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ImmutableArray<ReplicaId> voters = configuration.Quorums.Members;
        if (heldByPosition.Length != voters.Length)
        {
            throw new ArgumentException($"{heldByPosition.Length} indices for {voters.Length} voters", nameof(heldByPosition));
        }

        int holders = 0;
        foreach (LogIndex held in heldByPosition)
        {
            holders += held >= frontier.Index ? 1 : 0;
        }

        var acknowledgements = new Acknowledgement[holders];
        for (int position = 0, next = 0; position < heldByPosition.Length; position++)
        {
            if (heldByPosition[position] >= frontier.Index)
            {
                acknowledgements[next++] = new Acknowledgement(voters[position], frontier.Epoch, heldByPosition[position]);
            }
        }

        return new CommitEvidence(
            configuration.Group,
            configuration.Incarnation,
            configuration.Epoch,
            frontier,
            leader,
            configuration.FailureModel.Acknowledgement,
            System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(acknowledgements));
    }

    public bool Equals(CommitEvidence? other) =>
        other is not null && Group == other.Group && Incarnation == other.Incarnation && ConfigEpoch == other.ConfigEpoch
        && Frontier == other.Frontier && Leader == other.Leader && Meaning == other.Meaning && Sequences.Equal(Acknowledgements, other.Acknowledgements);

    public override int GetHashCode() => Sequences.Hash(Frontier.Epoch.Value, Frontier.Index.Value);
}

/// <summary>
/// Proves that the entry at <see cref="Frontier"/>, and with it everything below on its branch, is on the trunk: a commit quorum
/// holds it, and it was appended in the epoch in which the quorum acknowledged it, so no later leader can lack it
/// (seed §4.1, §4.3; Raft, section 5.4.2 and its Figure 8).
/// </summary>
public sealed class CommitCertificate : Certificate
{
    private CommitCertificate(CommitEvidence evidence)
    {
        Evidence = evidence;
    }

    public CommitEvidence Evidence { get; }

    public GroupId Group => Evidence.Group;

    public GroupIncarnation Incarnation => Evidence.Incarnation;

    public ConfigEpoch ConfigEpoch => Evidence.ConfigEpoch;

    /// <summary>The highest entry that is proven; its epoch is that of the leader who proved it.</summary>
    public LogPosition Frontier => Evidence.Frontier;

    public override CertificateKind Kind => CertificateKind.Commit;

    public override Coordinate Coordinate => new(Evidence.Group, Evidence.ConfigEpoch, Evidence.Frontier.Epoch, Evidence.Frontier.Index);

    /// <summary>The certificate, or null when the evidence does not prove it.</summary>
    public static CommitCertificate? TryProve(CommitEvidence evidence, GroupConfiguration configuration) => TryProve(evidence, configuration, out _);

    /// <summary>As <see cref="TryProve(CommitEvidence, GroupConfiguration)"/>, and says what is wrong.</summary>
    public static CommitCertificate? TryProve(CommitEvidence evidence, GroupConfiguration configuration, out CertificateRefusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(configuration);
        refusal = RefusalOf(evidence, configuration);
        return refusal is null ? new CommitCertificate(evidence) : null;
    }

    /// <summary>
    /// Whether the entry at a coordinate is proven to be on the trunk by this certificate: it lies at or below the frontier, on the
    /// frontier's own branch. That (5, 12) is committed says nothing about (4, 10) on another branch; the runs of the log that holds
    /// the frontier tie the two together.
    /// </summary>
    public bool Covers(Coordinate coordinate, EpochRuns runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return coordinate.Group == Group
            && coordinate.ConfigEpoch <= ConfigEpoch
            && coordinate.Index > LogIndex.Zero
            && coordinate.Index <= Frontier.Index
            && runs.Contains(Frontier)
            && runs.Contains(coordinate.Position);
    }

    private protected override CertificateRefusal? Check(GroupConfiguration configuration) => RefusalOf(Evidence, configuration);

    private static CertificateRefusal? RefusalOf(CommitEvidence evidence, GroupConfiguration configuration)
    {
        CertificateRefusal? refusal = CertificateRefusal.OfScope(evidence.Group, evidence.Incarnation, evidence.ConfigEpoch, configuration)
            ?? CertificateRefusal.OfPresence(evidence.Acknowledgements, evidence.Frontier.Epoch, evidence.Leader);
        if (refusal is not null)
        {
            return refusal;
        }

        if (evidence.Frontier.Index == LogIndex.Zero)
        {
            return new CertificateRefusal(CertificateDefect.Malformed, "there is no entry at index 0 to commit");
        }

        if (evidence.Meaning < configuration.FailureModel.Acknowledgement)
        {
            return new CertificateRefusal(
                CertificateDefect.WeakAcknowledgement,
                $"acknowledgements mean {evidence.Meaning}, {configuration.FailureModel} asks for {configuration.FailureModel.Acknowledgement}");
        }

        MemberSet holders = MemberSet.Empty;
        foreach (Acknowledgement acknowledgement in evidence.Acknowledgements)
        {
            if (acknowledgement.Epoch != evidence.Frontier.Epoch)
            {
                return new CertificateRefusal(
                    CertificateDefect.OtherLeaderEpoch,
                    $"{acknowledgement.Replica} acknowledged in {acknowledgement.Epoch}, the frontier is of {evidence.Frontier.Epoch}");
            }

            int position = configuration.Quorums.PositionOf(acknowledgement.Replica);
            holders = position < 0 || acknowledgement.Held < evidence.Frontier.Index ? holders : holders.With(position);
        }

        return configuration.Quorums.IsCommitQuorum(holders)
            ? null
            : new CertificateRefusal(
                CertificateDefect.NoQuorum, $"{configuration.Quorums.Describe(holders)} hold {evidence.Frontier} and are no commit quorum");
    }
}
