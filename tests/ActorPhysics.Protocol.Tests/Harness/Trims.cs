using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness;

/// <summary>Journal records of a snapshot and of a trim behind it, with the proofs that belong to them.</summary>
internal static class Trims
{
    public static SnapshotDescription Snapshot(GroupConfiguration configuration, LogPosition at, int bytes = 8) =>
        SnapshotShelf.Describe(at, configuration, new byte[bytes]);

    public static SnapshotSaved Saved(GroupConfiguration configuration, LogPosition at, SnapshotPlacement placement = SnapshotPlacement.Captured) =>
        new(Snapshot(configuration, at), placement);

    public static Trimmed Trimmed(GroupConfiguration configuration, LogPosition through, LogPosition snapshotAt, EpochPromised promise)
    {
        SnapshotDescription snapshot = Snapshot(configuration, snapshotAt);
        var evidence = new TrimEvidence(
            configuration.Group, configuration.Incarnation, configuration.Epoch, through, SnapshotShelf.Verify(snapshot, new byte[8])!,
            [.. configuration.Members.Select(member => new MemberReach(member.Replica, LogIndex.Zero, CatchUpRoute.Reseed))]);
        return new Trimmed(through, evidence, promise, snapshot);
    }

    public static HistoryEvent[] Records(GroupConfiguration configuration, LogPosition through, LogPosition snapshotAt) =>
        [Saved(configuration, snapshotAt), Trimmed(configuration, through, snapshotAt, new EpochPromised(new LeaderEpoch(5), default, default(ReplicaRun).Next))];
}
