using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;

namespace ActorPhysics.Core.Certificates;

/// <summary>What is wrong with evidence that proves nothing.</summary>
public enum CertificateDefect
{
    /// <summary>A part is missing or has a value that no honest replica gives.</summary>
    Malformed,

    /// <summary>It is about another group, another incarnation of the group, or another ConfigEpoch than the configuration's.</summary>
    OtherConfiguration,

    /// <summary>A vote, acknowledgement or confirmation was given in another LeaderEpoch.</summary>
    OtherLeaderEpoch,

    /// <summary>A vote or confirmation was given to another replica, or to one that may not lead.</summary>
    OtherLeader,

    /// <summary>The acknowledgements promise less than the failure model asks for.</summary>
    WeakAcknowledgement,

    /// <summary>The replicas that count are no quorum.</summary>
    NoQuorum,

    /// <summary>A confirmation answers an earlier round than the one that the read waited for.</summary>
    StaleRound,

    /// <summary>The read was served at or after the end of the lease.</summary>
    LeaseExpired,

    /// <summary>The snapshot is older than the history that it would have to replace, or from another branch.</summary>
    SnapshotTooOld,

    /// <summary>A member can reach the new trim point neither from the log nor by the snapshot.</summary>
    MemberLeftBehind,
}

/// <summary>Why evidence was refused. A refusal is an answer of the protocol, not a fault.</summary>
public sealed record CertificateRefusal(CertificateDefect Defect, string Detail)
{
    public override string ToString() => $"{Defect}: {Detail}";

    internal static CertificateRefusal? OfScope(GroupId group, GroupIncarnation incarnation, ConfigEpoch configEpoch, GroupConfiguration configuration)
    {
        if (group == configuration.Group && incarnation == configuration.Incarnation && configEpoch == configuration.Epoch)
        {
            return null;
        }

        return new CertificateRefusal(
            CertificateDefect.OtherConfiguration,
            $"evidence of {group}/{incarnation} {configEpoch}, configuration of {configuration.Group}/{configuration.Incarnation} {configuration.Epoch}");
    }

    internal static CertificateRefusal? OfPresence<T>(ImmutableArray<T> evidence, LeaderEpoch epoch, ReplicaId leader)
    {
        if (evidence.IsDefault)
        {
            return new CertificateRefusal(CertificateDefect.Malformed, "the list of witnesses is missing");
        }

        if (epoch == LeaderEpoch.None)
        {
            return new CertificateRefusal(CertificateDefect.Malformed, "nobody leads epoch 0");
        }

        return leader.IsNone ? new CertificateRefusal(CertificateDefect.Malformed, "no leader is named") : null;
    }
}
