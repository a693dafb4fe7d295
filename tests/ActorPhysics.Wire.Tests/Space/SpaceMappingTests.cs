using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Space;
using Google.Protobuf;

namespace ActorPhysics.Wire.Tests.Space;

[Trait("Seed", "5.1.1")]
public class SpaceMappingTests
{
    private static readonly KeyPoint?[] Bounds =
    [
        null, KeyPoint.At(new HashPoint(1)), KeyPoint.At(new HashPoint(ulong.MaxValue)), KeyPoint.At(SpaceKey.OfText("m")), KeyPoint.At(new SpaceKey([0, 255, 7])),
    ];

    private static readonly SpaceSettings Sound = new() { Name = "accounts", Specification = "kv", Replicas = 3 };

    public static TheoryData<QuorumShape> Shapes => new(
        MajorityShape.Instance,
        new FlexibleShape(4, 2),
        new FailureDomainShape(),
        new FailureDomainShape(4, 3),
        new FailureDomainShape(CommitDomains: 3),
        ByzantineShape.Instance);

    [Fact]
    public void Every_range_survives()
    {
        int ranges = 0;
        foreach (KeyPoint? from in Bounds)
        {
            foreach (KeyPoint? to in Bounds)
            {
                if (KeyRange.TryCreate(from, to) is { } range)
                {
                    ranges++;
                    Assert.True(SpaceMapping.TryFromMessage(Protos.KeyRange.Parser.ParseFrom(SpaceMapping.ToMessage(range).ToByteArray()), out KeyRange back));
                    Assert.Equal(range, back);
                }
            }
        }

        Assert.Equal(11, ranges);
    }

    [Fact]
    public void Range_that_is_absent_or_empty_or_mixes_kinds_is_refused()
    {
        var hash = new Protos.KeyPoint { Hash = 7 };
        Assert.False(SpaceMapping.TryFromMessage((Protos.KeyRange?)null, out _));
        Assert.False(SpaceMapping.TryFromMessage(new Protos.KeyRange { From = hash, To = hash }, out _));
        Assert.False(SpaceMapping.TryFromMessage(new Protos.KeyRange { From = hash, To = new() { Key = ByteString.CopyFromUtf8("k") } }, out _));
        Assert.False(SpaceMapping.TryFromMessage(new Protos.KeyRange { From = new() }, out _));
        Assert.False(SpaceMapping.TryFromMessage((Protos.KeyPoint?)null, out _));
    }

    [Fact]
    public void Shard_maps_of_both_kinds_survive_their_changes()
    {
        ShardMap hashed = ShardMap.Uniform(new SpaceId(3), new GroupId(10), new GroupId(11), new GroupId(12)).TryMerge(new ShardId(1), new ShardId(2), out _)!;
        ShardMap ordered = ShardMap.Founding(new SpaceId(4), ShardingKind.Ordered, [KeyPoint.At(SpaceKey.OfText("m"))], new GroupId(10), new GroupId(11))
            .TrySplit(new ShardId(1), KeyPoint.At(SpaceKey.OfText("c")), new ShardId(9), new GroupId(12), out _)!;
        foreach (ShardMap map in new[] { hashed, ordered })
        {
            Assert.True(SpaceMapping.TryFromMessage(Protos.ShardMap.Parser.ParseFrom(SpaceMapping.ToMessage(map).ToByteArray()), out ShardMap? back, out string? refusal), refusal);
            Assert.Equal(Structure.Of(map), Structure.Of(back));
        }
    }

    [Fact]
    [Trait("Pitfall", "46")]
    public void Shard_map_that_is_no_keyspace_is_refused()
    {
        Assert.Null(RefusalOfMap(_ => { }));
        Assert.NotNull(RefusalOfMap(map => map.Shards.Clear()));
        Assert.NotNull(RefusalOfMap(map => map.Space = 0));
        Assert.NotNull(RefusalOfMap(map => map.Version = 0));
        Assert.NotNull(RefusalOfMap(map => map.LastShard = 1));
        Assert.NotNull(RefusalOfMap(map => map.Sharding = Protos.Sharding.Ordered));
        Assert.NotNull(RefusalOfMap(map => map.Sharding = (Protos.Sharding)9));
        Assert.NotNull(RefusalOfMap(map => map.Shards[1].From = null));
        Assert.NotNull(RefusalOfMap(map => map.Shards[1].From = new Protos.KeyPoint()));
        Assert.NotNull(RefusalOfMap(map => map.Shards[0].From = new Protos.KeyPoint { Hash = 1 }));
        Assert.NotNull(RefusalOfMap(map => map.Shards[2].From = map.Shards[1].From));
        Assert.NotNull(RefusalOfMap(map => map.Shards[1].Id = map.Shards[0].Id));
        Assert.NotNull(RefusalOfMap(map => map.Shards[1].Group = 0));
        Assert.False(SpaceMapping.TryFromMessage((Protos.ShardMap?)null, out _, out _));
    }

    [Fact]
    public void Every_quorum_shape_is_tested() =>
        Assert.Equal(
            Fabricator.SealedSubtypes(typeof(QuorumShape)).Select(type => type.Name),
            Shapes.Cast<object[]>().Select(row => row[0].GetType().Name).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Settings_of_any_quorum_shape_survive(QuorumShape shape)
    {
        SpaceSettings settings = Sound with
        {
            Sharding = ShardingKind.Ordered,
            InitialShards = 3,
            InitialSplits = [SpaceKey.OfText("g"), SpaceKey.OfText("p")],
            Replicas = 4,
            Witnesses = 1,
            Quorums = shape,
            FailureModel = shape is ByzantineShape ? new Byzantine(1) : CrashStop.Instance,
        };

        Protos.SpaceSettings message = Protos.SpaceSettings.Parser.ParseFrom(SpaceMapping.ToMessage(settings).ToByteArray());

        Assert.True(SpaceMapping.TryFromMessage(message, out SpaceDescription? back, out string? refusal), refusal);
        Assert.Equal(settings, back.Settings);
    }

    [Fact]
    public void Settings_that_describe_no_space_are_refused()
    {
        Assert.Null(RefusalOfSettings(_ => { }));
        Assert.StartsWith(nameof(SpaceSettings.Name), RefusalOfSettings(settings => settings.Name = "Ümläut"));
        Assert.StartsWith(nameof(SpaceSettings.Specification), RefusalOfSettings(settings => settings.Specification = ""));
        Assert.StartsWith(nameof(SpaceSettings.InitialShards), RefusalOfSettings(settings => settings.InitialShards = uint.MaxValue));
        Assert.StartsWith(nameof(SpaceSettings.InitialSplits), RefusalOfSettings(settings => settings.InitialSplits.Add(ByteString.CopyFromUtf8("k"))));
        Assert.StartsWith(nameof(SpaceSettings.Replicas), RefusalOfSettings(settings => settings.Replicas = 0));
        Assert.StartsWith(nameof(SpaceSettings.Witnesses), RefusalOfSettings(settings => settings.Witnesses = uint.MaxValue));
        Assert.StartsWith(nameof(SpaceSettings.Quorums), RefusalOfSettings(settings => settings.Quorums = new() { Flexible = new() { ElectionSize = 1, CommitSize = 1 } }));
        Assert.False(SpaceMapping.TryFromMessage((Protos.SpaceSettings?)null, out _, out _));
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public void Settings_of_a_newer_version_are_refused()
    {
        Assert.Contains("unknown", RefusalOfSettings(settings => settings.Sharding = (Protos.Sharding)9));
        Assert.Contains("unknown", RefusalOfSettings(settings => settings.FailureModel = (Protos.GroupConfiguration.Types.FailureModel)9));
        Assert.Contains("unknown", RefusalOfSettings(settings => settings.Quorums = new()));
        Assert.Contains("unknown", RefusalOfSettings(settings => settings.Quorums = null));
    }

    private static string? RefusalOfMap(Action<Protos.ShardMap> change)
    {
        Protos.ShardMap message = SpaceMapping.ToMessage(ShardMap.Uniform(new SpaceId(3), new GroupId(10), new GroupId(11), new GroupId(12)));
        change(message);
        return SpaceMapping.TryFromMessage(message, out _, out string? refusal) ? null : refusal;
    }

    private static string? RefusalOfSettings(Action<Protos.SpaceSettings> change)
    {
        Protos.SpaceSettings message = SpaceMapping.ToMessage(Sound);
        change(message);
        return SpaceMapping.TryFromMessage(message, out _, out string? refusal) ? null : refusal;
    }
}
