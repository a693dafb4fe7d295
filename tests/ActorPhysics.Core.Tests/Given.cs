global using ReplicaBoundaries = ActorPhysics.Core.Boundaries.Boundaries;
using System.Collections.Immutable;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Core.Tests;

/// <summary>Short names for what most tests start from: group 7, replicas r1, r2, … on nodes of the same numbers.</summary>
internal static class Given
{
    public static readonly GroupId Group = new(7);
    public static readonly GroupIncarnation Incarnation = new(0xabc);

    public static ReplicaId R(ulong id) => new(id);

    public static LogIndex I(ulong index) => new(index);

    public static LeaderEpoch Le(ulong epoch) => new(epoch);

    public static LogPosition At(ulong epoch, ulong index) => new(new LeaderEpoch(epoch), new LogIndex(index));

    public static ReplicaId[] Replicas(int count) => [.. Enumerable.Range(1, count).Select(id => R((ulong)id))];

    public static QuorumSystem MajorityOf(int count) => QuorumSystem.Majority(Replicas(count));

    /// <summary>A group of r1…rN voting by majority, and after them learners.</summary>
    public static GroupConfiguration Configuration(
        int voters = 3, int learners = 0, FailureModel? failureModel = null, ulong configEpoch = 1, QuorumSystem? quorums = null, MemberRole lastVoter = MemberRole.Voter)
    {
        var members = Enumerable.Range(1, voters + learners).Select(id => new Member(
            R((ulong)id), new NodeId((ulong)id), id > voters ? MemberRole.Learner : id == voters ? lastVoter : MemberRole.Voter));
        return GroupConfiguration.Create(
            Group, Incarnation, new ConfigEpoch(configEpoch), [.. members], quorums ?? MajorityOf(voters), failureModel ?? CrashRecovery.Instance);
    }

    public static CommitEvidence CommitEvidence(GroupConfiguration configuration, LogPosition frontier, params ReadOnlySpan<ulong> holders)
    {
        var acknowledgements = ImmutableArray.CreateBuilder<Acknowledgement>();
        foreach (ulong holder in holders)
        {
            acknowledgements.Add(new Acknowledgement(R(holder), frontier.Epoch, frontier.Index));
        }

        return new CommitEvidence(
            configuration.Group,
            configuration.Incarnation,
            configuration.Epoch,
            frontier,
            R(1),
            configuration.FailureModel.Acknowledgement,
            acknowledgements.ToImmutable());
    }

    /// <summary>A commit by all of three replicas, led by r1.</summary>
    public static CommitCertificate Commit(ulong epoch, ulong index)
    {
        GroupConfiguration configuration = Configuration();
        return CommitCertificate.TryProve(CommitEvidence(configuration, At(epoch, index), 1, 2, 3), configuration)!;
    }

    public static AuthorityCertificate Authority(ulong epoch)
    {
        GroupConfiguration configuration = Configuration();
        ImmutableArray<Vote> votes = [.. Replicas(3).Select(voter => new Vote(voter, Le(epoch), R(1)))];
        var evidence = new AuthorityEvidence(Group, Incarnation, configuration.Epoch, Le(epoch), R(1), votes);
        return AuthorityCertificate.TryProve(evidence, configuration)!;
    }

    public static StateSnapshotHeader SnapshotHeader(ulong epoch, ulong index, ulong configEpoch = 1) =>
        new(Group, Incarnation, new ConfigEpoch(configEpoch), At(epoch, index), LengthBytes: 10, new SnapshotChecksum(0, 99));

    public static VerifiedStateSnapshot Snapshot(ulong epoch, ulong index) => Verified(SnapshotHeader(epoch, index));

    public static VerifiedStateSnapshot Verified(StateSnapshotHeader header) =>
        VerifiedStateSnapshot.TryProve(header, header.LengthBytes, header.Checksum, out _)!;

    /// <summary>A trim that all of three replicas are past.</summary>
    public static TrimCertificate Trim(ulong epoch, ulong index)
    {
        ImmutableArray<MemberReach> members = [.. Replicas(3).Select(replica => new MemberReach(replica, I(index), CatchUpRoute.Replay))];
        var evidence = new TrimEvidence(Group, Incarnation, ConfigEpoch.Founding, At(epoch, index), Snapshot(epoch, index), members);
        return TrimCertificate.TryProve(evidence, Configuration())!;
    }

    /// <summary>A follower whose log agrees with the leader of an epoch through an index.</summary>
    public static LogMatch Match(ulong leaderEpoch, ulong through) => LogMatch.TryProve(default, default, Le(leaderEpoch), I(through))!;
}
