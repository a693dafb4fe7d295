using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using Google.Protobuf;

namespace ActorPhysics.Wire.Certificates;

/// <summary>
/// Evidence between its types and certificates.proto. Reading checks only that the parts are there: what evidence claims is proven by whoever
/// holds the configuration.
/// </summary>
internal static class EvidenceMapping
{
    public static Protos.Position ToMessage(LogPosition position) => new() { Epoch = position.Epoch.Value, Index = position.Index.Value };

    public static LogPosition FromMessage(Protos.Position? message) =>
        message is null ? default : new LogPosition(new LeaderEpoch(message.Epoch), new LogIndex(message.Index));

    public static Protos.Scope ToScope(GroupId group, GroupIncarnation incarnation, ConfigEpoch epoch) =>
        new() { Group = group.Value, Incarnation = incarnation.Value, ConfigEpoch = epoch.Value };

    public static Protos.AuthorityEvidence ToMessage(AuthorityEvidence evidence)
    {
        var message = new Protos.AuthorityEvidence
        {
            Scope = ToScope(evidence.Group, evidence.Incarnation, evidence.ConfigEpoch),
            LeaderEpoch = evidence.LeaderEpoch.Value,
            Leader = evidence.Leader.Value,
        };
        foreach (Vote vote in evidence.Votes)
        {
            message.Votes.Add(new Protos.AuthorityEvidence.Types.Vote { Voter = vote.Voter.Value, Epoch = vote.Epoch.Value, Candidate = vote.Candidate.Value });
        }

        return message;
    }

    public static AuthorityEvidence? FromMessage(Protos.AuthorityEvidence? message) => message?.Scope is not { } scope
        ? null
        : new AuthorityEvidence(
            new GroupId(scope.Group),
            new GroupIncarnation(scope.Incarnation),
            new ConfigEpoch(scope.ConfigEpoch),
            new LeaderEpoch(message.LeaderEpoch),
            new ReplicaId(message.Leader),
            [.. message.Votes.Select(vote => new Vote(new ReplicaId(vote.Voter), new LeaderEpoch(vote.Epoch), new ReplicaId(vote.Candidate)))]);

    public static Protos.CommitEvidence? ToMessage(CommitEvidence? evidence)
    {
        if (evidence is null)
        {
            return null;
        }

        var message = new Protos.CommitEvidence
        {
            Scope = ToScope(evidence.Group, evidence.Incarnation, evidence.ConfigEpoch),
            Frontier = ToMessage(evidence.Frontier),
            Leader = evidence.Leader.Value,
            Durable = evidence.Meaning == AcknowledgementMeaning.Durable,
        };
        foreach (Acknowledgement acknowledgement in evidence.Acknowledgements)
        {
            message.Acknowledgements.Add(new Protos.CommitEvidence.Types.Acknowledgement
            {
                Replica = acknowledgement.Replica.Value,
                Epoch = acknowledgement.Epoch.Value,
                Held = acknowledgement.Held.Value,
            });
        }

        return message;
    }

    public static CommitEvidence? FromMessage(Protos.CommitEvidence? message)
    {
        if (message?.Scope is not { } scope)
        {
            return null;
        }

        ImmutableArray<Acknowledgement>.Builder acknowledgements = ImmutableArray.CreateBuilder<Acknowledgement>(message.Acknowledgements.Count);
        foreach (Protos.CommitEvidence.Types.Acknowledgement acknowledgement in message.Acknowledgements)
        {
            acknowledgements.Add(new Acknowledgement(
                new ReplicaId(acknowledgement.Replica), new LeaderEpoch(acknowledgement.Epoch), new LogIndex(acknowledgement.Held)));
        }

        return new CommitEvidence(
            new GroupId(scope.Group),
            new GroupIncarnation(scope.Incarnation),
            new ConfigEpoch(scope.ConfigEpoch),
            FromMessage(message.Frontier),
            new ReplicaId(message.Leader),
            message.Durable ? AcknowledgementMeaning.Durable : AcknowledgementMeaning.Appended,
            acknowledgements.MoveToImmutable());
    }

    public static Protos.ReadEvidence ToMessage(ReadEvidence evidence)
    {
        var message = new Protos.ReadEvidence
        {
            Scope = ToScope(evidence.Group, evidence.Incarnation, evidence.ConfigEpoch),
            LeaderEpoch = evidence.LeaderEpoch.Value,
            Leader = evidence.Leader.Value,
            Round = evidence.Round.Value,
            Commit = ToMessage(evidence.Commit.Evidence),
        };
        foreach (Confirmation confirmation in evidence.Confirmations)
        {
            message.Confirmations.Add(new Protos.ReadEvidence.Types.Confirmation
            {
                Replica = confirmation.Replica.Value,
                Epoch = confirmation.Epoch.Value,
                Round = confirmation.Round.Value,
            });
        }

        if (evidence is LeaseEvidence lease)
        {
            message.Lease = new Protos.ReadEvidence.Types.Lease
            {
                SentAtUs = lease.SentAt.Microseconds,
                PromiseUs = lease.Promise.Ticks / TimeSpan.TicksPerMicrosecond,
                DriftPpm = lease.DriftBound.PartsPerMillion,
                ServedAtUs = lease.ServedAt.Microseconds,
            };
        }

        return message;
    }

    /// <summary>Read evidence contains a commit certificate, which exists only once it is proven; null when it is not.</summary>
    /// <param name="configurations">Those that the reader knows; evidence of a commit under another one cannot be read.</param>
    public static ReadEvidence? FromMessage(Protos.ReadEvidence? message, ConfigurationTrail configurations)
    {
        if (message?.Scope is not { } scope
            || FromMessage(message.Commit) is not { } evidence
            || configurations.Find(evidence.ConfigEpoch, configurations.NewestFrom) is not { } configuration
            || CommitCertificate.TryProve(evidence, configuration) is not { } commit)
        {
            return null;
        }

        var group = new GroupId(scope.Group);
        var incarnation = new GroupIncarnation(scope.Incarnation);
        var configEpoch = new ConfigEpoch(scope.ConfigEpoch);
        var leaderEpoch = new LeaderEpoch(message.LeaderEpoch);
        var leader = new ReplicaId(message.Leader);
        var round = new ReadRound(message.Round);
        ImmutableArray<Confirmation> confirmations = [.. message.Confirmations.Select(
            confirmation => new Confirmation(new ReplicaId(confirmation.Replica), new LeaderEpoch(confirmation.Epoch), new ReadRound(confirmation.Round)))];
        if (message.Lease is not { } lease)
        {
            return new ReadIndexEvidence(group, incarnation, configEpoch, leaderEpoch, leader, round, confirmations, commit);
        }

        if (lease.PromiseUs is < 0 or > MaximumPromiseUs || lease.SentAtUs is < 0 or > MaximumTimeUs)
        {
            return null;
        }

        return new LeaseEvidence(
            group, incarnation, configEpoch, leaderEpoch, leader, round, confirmations, commit,
            new MonotonicTime(lease.SentAtUs), TimeSpan.FromTicks(lease.PromiseUs * TimeSpan.TicksPerMicrosecond), new ClockDriftBound(lease.DriftPpm),
            new MonotonicTime(lease.ServedAtUs));
    }

    // An hour, and three thousand years: beyond them is nonsense, and sums could overflow.
    private const long MaximumPromiseUs = 3_600_000_000;
    private const long MaximumTimeUs = 100_000_000_000_000_000;

    public static Protos.SnapshotHeader ToMessage(StateSnapshotHeader header) => new()
    {
        Scope = ToScope(header.Group, header.Incarnation, header.ConfigEpoch),
        Position = ToMessage(header.Position),
        LengthBytes = header.LengthBytes,
        Checksum = ToBytes(header.Checksum),
    };

    public static bool TryFromMessage(Protos.SnapshotHeader? message, [NotNullWhen(true)] out StateSnapshotHeader? header)
    {
        header = message?.Scope is not { } scope || !SnapshotChecksum.TryRead(message.Checksum.Span, out SnapshotChecksum checksum)
            ? null
            : new StateSnapshotHeader(
                new GroupId(scope.Group),
                new GroupIncarnation(scope.Incarnation),
                new ConfigEpoch(scope.ConfigEpoch),
                FromMessage(message.Position),
                message.LengthBytes,
                checksum);
        return header is not null;
    }

    private static ByteString ToBytes(SnapshotChecksum checksum)
    {
        byte[] bytes = new byte[SnapshotChecksum.SizeBytes];
        checksum.WriteTo(bytes);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    public static Protos.TrimEvidence ToMessage(TrimEvidence evidence)
    {
        var message = new Protos.TrimEvidence
        {
            Scope = ToScope(evidence.Group, evidence.Incarnation, evidence.ConfigEpoch),
            TrimThrough = ToMessage(evidence.TrimThrough),
            Snapshot = ToMessage(evidence.Snapshot.Header),
        };
        foreach (MemberReach reach in evidence.Members)
        {
            message.Members.Add(new Protos.TrimEvidence.Types.Reach
            {
                Replica = reach.Replica.Value,
                At = reach.At.Value,
                Route = (Protos.TrimEvidence.Types.Reach.Types.Route)reach.Route,
            });
        }

        return message;
    }

    /// <summary>For records of the replica's own journal, whose snapshot was verified before the record was written.</summary>
    public static TrimEvidence? FromMessage(Protos.TrimEvidence? message)
    {
        if (message?.Scope is not { } scope
            || !TryFromMessage(message.Snapshot, out StateSnapshotHeader? header)
            || VerifiedStateSnapshot.TryProve(header, header.LengthBytes, header.Checksum, out _) is not { } snapshot
            || message.Members.Any(member => !Enum.IsDefined((CatchUpRoute)member.Route)))
        {
            return null;
        }

        return new TrimEvidence(
            new GroupId(scope.Group),
            new GroupIncarnation(scope.Incarnation),
            new ConfigEpoch(scope.ConfigEpoch),
            FromMessage(message.TrimThrough),
            snapshot,
            [.. message.Members.Select(member => new MemberReach(new ReplicaId(member.Replica), new LogIndex(member.At), (CatchUpRoute)member.Route))]);
    }
}
