using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Wire.Tests.ControlPlane;

/// <summary>Values of every case of the config group's hierarchies, each with and without what it may lack.</summary>
internal static class ConfigSamples
{
    public static readonly GroupId SomeGroup = new(GroupCharter.FirstMadeGroup.Value + 7);

    public static readonly SpaceSettings Accounts = new() { Name = "accounts", Specification = "kv", InitialShards = 2, Replicas = 3, Witnesses = 1 };

    public static readonly SpaceSettings Ledger = new()
    {
        Name = "ledger",
        Specification = "bank",
        Sharding = ShardingKind.Ordered,
        InitialShards = 2,
        InitialSplits = [SpaceKey.OfText("m")],
        Replicas = 5,
        FailureModel = CrashStop.Instance,
        Quorums = new FlexibleShape(4, 2),
    };

    public static readonly HandoffFreeze Freeze = new(
        new Coordinate(SomeGroup, new ConfigEpoch(3), new LeaderEpoch(9), new LogIndex(77)), new byte[] { 1, 2, 0, 255 }, long.MaxValue, ulong.MaxValue);

    private static readonly NodeRecord Plain = new(new NodeId(1), "n1", "localhost:7001", default, 1, Draining: false, AbsentSince: null);

    private static readonly NodeRecord Leaving = new(
        new NodeId(ulong.MaxValue), "nœud", "[::1]:1", new ZoneName("west"), ClusterNode.HighestWeight, Draining: true, new LogTime(0));

    private static readonly SpaceSummary Summary = new(new SpaceId(3), Accounts, SpaceStage.Deleting, ShardMapVersion.Founding, 2);

    public static ImmutableArray<PlacementMove> Moves { get; } =
    [
        new AddReplica(SomeGroup, new NodeId(4), MemberRole.Witness, PlacementReason.MissingReplica),
        new RemoveReplica(SomeGroup, new NodeId(4), PlacementReason.SurplusReplica),
        new ReplaceReplica(SomeGroup, new NodeId(4), new NodeId(5), PlacementReason.LostReplica),
        new TransferLeader(SomeGroup, new NodeId(4), new NodeId(5), PlacementReason.LeaderBalance),
    ];

    public static ImmutableArray<ConfigCommand> Commands { get; } =
    [
        new RegisterNode(new NodeId(7), "n7", "host.example:7007", new ZoneName("east"), 100),
        new DrainNode(new NodeId(7), Drain: true),
        new RemoveNode(new NodeId(7)),
        new NoteNode(new NodeId(7), new LogTime(1_700_000_000_000)),
        new NoteNode(new NodeId(7), AbsentSince: null),
        new CreateSpace(Accounts),
        new CreateSpace(Ledger),
        new DeleteSpace("accounts"),
        new SplitShard("accounts", new ShardId(2), At: null),
        new SplitShard("accounts", new ShardId(2), KeyPoint.At(new HashPoint(0))),
        new SplitShard("ledger", new ShardId(2), KeyPoint.At(SpaceKey.OfText("x"))),
        new MergeShards("ledger", new ShardId(1)),
        .. Moves.Select((move, i) => new BeginMove(move, ByOperator: i % 2 == 0)),
        new FinishMove(SomeGroup, new ChangeId(5), Configuration(2), GivenUp: null),
        new FinishMove(SomeGroup, new ChangeId(5), Configuration(2), GivenUp: ""),
        new NoteServing(SomeGroup),
        new NoteConfiguration(Configuration(9)),
        new NoteFrozen(new HandoffId(2), Freeze),
        new PublishHandoff(new HandoffId(2)),
        new FinishHandoff(new HandoffId(2)),
        new CancelHandoff(new HandoffId(2)),
        new ForgetGroup(SomeGroup),
    ];

    public static ImmutableArray<ConfigResult> Results { get; } =
    [
        ConfigResult.Done, ConfigResult.Unchanged, ConfigResult.Refused("no such space"), ConfigResult.Busy("h3 is under way"), ConfigResult.Began(ulong.MaxValue),
    ];

    public static ImmutableArray<ConfigQuery> Queries { get; } =
    [
        new AskNodes(),
        new AskSpaces(),
        new AskSpace("accounts", default),
        new AskSpace("accounts", new ShardMapVersion(8)),
        new AskGroups("", default, 0),
        new AskGroups("accounts", SomeGroup, int.MaxValue),
        new AskHandoffs(),
    ];

    public static ImmutableArray<Handoff> Handoffs { get; } =
    [
        new(
            new HandoffId(1), new SpaceId(3), IsMerge: false, new ShardId(1), new ShardId(3), SomeGroup, new GroupId(SomeGroup.Value + 2),
            KeyRange.TryCreate(KeyPoint.At(new HashPoint(1UL << 62)), KeyPoint.At(new HashPoint(1UL << 63)))!.Value, new ShardMapVersion(2), HandoffStage.Founding, null),
        new(
            new HandoffId(2), new SpaceId(4), IsMerge: true, new ShardId(2), new ShardId(1), SomeGroup, new GroupId(SomeGroup.Value + 3),
            KeyRange.TryCreate(KeyPoint.At(SpaceKey.OfText("m")), to: null)!.Value, new ShardMapVersion(2), HandoffStage.Releasing, Freeze),
    ];

    public static ImmutableArray<GroupRecord> Groups { get; } =
    [
        Record(SomeGroup, new KeysAtBirth(new SpaceId(3), ShardingKind.Hash, ShardMapVersion.Founding, KeyRange.All), GroupStage.Founding, null),
        Record(new GroupId(SomeGroup.Value + 1), new KeysAtBirth(new SpaceId(4), ShardingKind.Ordered, new ShardMapVersion(5), null), GroupStage.Retiring, null),
        Record(new GroupId(SomeGroup.Value + 2), null, GroupStage.Serving, new AddReplica(new GroupId(SomeGroup.Value + 2), new NodeId(9), MemberRole.Voter, PlacementReason.Drain)),
    ];

    public static ConfigParts Parts { get; } = new()
    {
        Nodes = [Plain, Leaving],
        Spaces =
        [
            new SpaceRecord(new SpaceId(3), SpaceDescription.Create(Accounts), Map(Accounts, 3), SpaceStage.Serving),
            new SpaceRecord(new SpaceId(4), SpaceDescription.Create(Ledger), Map(Ledger, 4), SpaceStage.Founding),
        ],
        Groups = Groups,
        Handoffs = Handoffs,
        LastSpace = new SpaceId(4),
        LastGroup = new GroupId(SomeGroup.Value + 30),
        LastChange = new ChangeId(12),
        LastHandoff = new HandoffId(ulong.MaxValue),
    };

    public static ImmutableArray<ConfigAnswer> Answers { get; } =
    [
        new NodesAnswer([]),
        new NodesAnswer([new NodeAnswer(Plain, 0), new NodeAnswer(Leaving, int.MaxValue)]),
        new SpacesAnswer([Summary, Summary with { Settings = Ledger, Stage = SpaceStage.Founding }]),
        new SpaceAnswer(null, null),
        new SpaceAnswer(Summary, null),
        new SpaceAnswer(Summary, Map(Accounts, 3)),
        new GroupsAnswer(Groups, More: true),
        new GroupsAnswer([], More: false),
        new HandoffsAnswer(Handoffs),
    ];

    public static GroupConfiguration Configuration(ulong epoch) => Configuration(SomeGroup, epoch);

    private static GroupConfiguration Configuration(GroupId group, ulong epoch) => GroupConfiguration.Create(
        group,
        new GroupIncarnation(group.Value * 3),
        new ConfigEpoch(epoch),
        [.. Fabricator.Voters(3).Select(replica => new Member(replica, new NodeId(replica.Value + 10), MemberRole.Voter))],
        QuorumSystem.Create(new MajorityRule([.. Fabricator.Voters(3)]), CrashRecovery.Instance),
        CrashRecovery.Instance);

    private static GroupRecord Record(GroupId group, KeysAtBirth? keys, GroupStage stage, PlacementMove? move) => new(
        new GroupCharter("accounts/1", "kv", Configuration(group, 1), keys),
        stage,
        Configuration(group, 4),
        move is null ? null : new GroupMove(new ChangeId(11), move, ByOperator: true));

    private static ShardMap Map(SpaceSettings settings, ulong space) =>
        SpaceDescription.Create(settings).FoundingMap(new SpaceId(space), SomeGroup, new GroupId(SomeGroup.Value + 1));
}
