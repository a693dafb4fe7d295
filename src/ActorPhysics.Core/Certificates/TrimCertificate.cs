using System.Collections.Immutable;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;

namespace ActorPhysics.Core.Certificates;

/// <summary>How a member would reach the trim point.</summary>
public enum CatchUpRoute
{
    /// <summary>From the log: it already holds everything through its index.</summary>
    Replay,

    /// <summary>By installing the very snapshot of the evidence, whose stream it has not begun.</summary>
    Reseed,

    /// <summary>It is installing a snapshot that ends at its index, and will need the log from there on.</summary>
    ReseedUnderway,
}

/// <summary>Where a member stands and which way it takes.</summary>
public readonly record struct MemberReach(ReplicaId Replica, LogIndex At, CatchUpRoute Route);

/// <summary>What makes history dispensable.</summary>
/// <param name="TrimThrough">The last entry that may leave the log.</param>
/// <param name="Snapshot">A durable, verified snapshot at or past it.</param>
/// <param name="Members">Every member of the configuration.</param>
public sealed record TrimEvidence(
    GroupId Group,
    GroupIncarnation Incarnation,
    ConfigEpoch ConfigEpoch,
    LogPosition TrimThrough,
    VerifiedStateSnapshot Snapshot,
    ImmutableArray<MemberReach> Members)
{
    public bool Equals(TrimEvidence? other) =>
        other is not null && Group == other.Group && Incarnation == other.Incarnation && ConfigEpoch == other.ConfigEpoch
        && TrimThrough == other.TrimThrough && Snapshot.Header == other.Snapshot.Header && Sequences.Equal(Members, other.Members);

    public override int GetHashCode() => Sequences.Hash(TrimThrough.Epoch.Value, TrimThrough.Index.Value);
}

/// <summary>
/// Proves that history through <see cref="TrimThrough"/> may leave the log (seed §3.2, §4.4): a durable snapshot contains its effects,
/// and every member is at or past it or can be brought there. A member that is being reseeded from an older snapshot holds it back,
/// or else it would be over the cliff again when it is done.
/// </summary>
public sealed class TrimCertificate : Certificate
{
    private TrimCertificate(TrimEvidence evidence)
    {
        Evidence = evidence;
    }

    public TrimEvidence Evidence { get; }

    public GroupId Group => Evidence.Group;

    public GroupIncarnation Incarnation => Evidence.Incarnation;

    public LogPosition TrimThrough => Evidence.TrimThrough;

    public override CertificateKind Kind => CertificateKind.Trim;

    public override Coordinate Coordinate => new(Evidence.Group, Evidence.ConfigEpoch, TrimThrough.Epoch, TrimThrough.Index);

    /// <summary>The certificate, or null when the evidence does not prove it.</summary>
    public static TrimCertificate? TryProve(TrimEvidence evidence, GroupConfiguration configuration) => TryProve(evidence, configuration, out _);

    /// <summary>As <see cref="TryProve(TrimEvidence, GroupConfiguration)"/>, and says what is wrong.</summary>
    public static TrimCertificate? TryProve(TrimEvidence evidence, GroupConfiguration configuration, out CertificateRefusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(configuration);
        refusal = RefusalOf(evidence, configuration);
        return refusal is null ? new TrimCertificate(evidence) : null;
    }

    private protected override CertificateRefusal? Check(GroupConfiguration configuration) => RefusalOf(Evidence, configuration);

    private static CertificateRefusal? RefusalOf(TrimEvidence evidence, GroupConfiguration configuration)
    {
        if (CertificateRefusal.OfScope(evidence.Group, evidence.Incarnation, evidence.ConfigEpoch, configuration) is { } otherScope)
        {
            return otherScope;
        }

        if (evidence.Members.IsDefault || evidence.TrimThrough.Index == LogIndex.Zero || evidence.TrimThrough.Epoch == LeaderEpoch.None)
        {
            return new CertificateRefusal(CertificateDefect.Malformed, $"no members, or nothing to trim at {evidence.TrimThrough}");
        }

        return RefusalOfSnapshot(evidence) ?? RefusalOfMembers(evidence, configuration);
    }

    private static CertificateRefusal? RefusalOfSnapshot(TrimEvidence evidence)
    {
        StateSnapshotHeader header = evidence.Snapshot.Header;
        if (header.Group != evidence.Group || header.Incarnation != evidence.Incarnation || header.ConfigEpoch > evidence.ConfigEpoch)
        {
            return new CertificateRefusal(CertificateDefect.OtherConfiguration, $"the snapshot is of {header.Group}/{header.Incarnation} {header.ConfigEpoch}");
        }

        LogPosition through = evidence.TrimThrough;
        bool replaces = header.Position.Index == through.Index
            ? header.Position.Epoch == through.Epoch
            : header.Position.Index > through.Index && header.Position.Epoch >= through.Epoch;
        return replaces
            ? null
            : new CertificateRefusal(CertificateDefect.SnapshotTooOld, $"the snapshot ends at {header.Position}, the trim at {through}");
    }

    private static CertificateRefusal? RefusalOfMembers(TrimEvidence evidence, GroupConfiguration configuration)
    {
        foreach (Member member in configuration.Members)
        {
            bool named = false;
            foreach (MemberReach reach in evidence.Members)
            {
                if (reach.Replica != member.Replica)
                {
                    continue;
                }

                if (reach.Route != CatchUpRoute.Reseed && reach.At < evidence.TrimThrough.Index)
                {
                    return new CertificateRefusal(
                        CertificateDefect.MemberLeftBehind, $"{reach.Replica} is at {reach.At} ({reach.Route}), before {evidence.TrimThrough.Index}");
                }

                named = true;
            }

            if (!named)
            {
                return new CertificateRefusal(CertificateDefect.MemberLeftBehind, $"nothing is known of {member.Replica}");
            }
        }

        return null;
    }
}
