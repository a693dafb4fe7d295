using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Wire.Journal;
using Google.Protobuf;

namespace ActorPhysics.Wire.Tests.Journal;

public class HistoryEventTests
{
    private const int Rounds = 60;

    public static TheoryData<Type> Kinds => [.. Fabricator.SealedSubtypes(typeof(HistoryEvent))];

    public static TheoryData<QuorumRule> Rules => new(
        new MajorityRule([.. Fabricator.Voters(5)]),
        new FlexibleRule([.. Fabricator.Voters(5)], 4, 2),
        new WeightedRule([.. Fabricator.Voters(3).Select((r, i) => new WeightedVoter(r, i + 1))], 4, 4),
        new FailureDomainRule([.. Fabricator.Voters(6).Select((r, i) => new PlacedVoter(r, new FailureDomainId((ulong)(i % 3))))]),
        new FailureDomainRule([.. Fabricator.Voters(6).Select((r, i) => new PlacedVoter(r, new FailureDomainId((ulong)(i % 3))))], 3, 2),
        new ByzantineRule([.. Fabricator.Voters(4)], 1),
        new JointRule(new MajorityRule([.. Fabricator.Voters(3)]), new MajorityRule([.. Fabricator.Voters(5)])));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_record_survives_in_every_field(Type kind)
    {
        for (ulong seed = 1; seed <= Rounds; seed++)
        {
            var record = (HistoryEvent)new Fabricator(new RandomValues(seed)).Make(kind);
            Assert.True(HistoryEventCodec.TryDecode(HistoryEventCodec.Encode(record), out HistoryEvent? back, out string? refusal), refusal);
            Assert.Equal(Structure.Of(record), Structure.Of(back));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_record_has_a_field_of_its_own_in_the_schema(Type kind)
    {
        ReadOnlyMemory<byte> bytes = HistoryEventCodec.Encode((HistoryEvent)new Fabricator(new RandomValues(1)).Make(kind));
        Assert.Equal(kind.Name, Protos.HistoryEvent.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes.Span).EventCase.ToString());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Damaged_record_is_refused_or_read_but_never_throws(Type kind)
    {
        var values = new RandomValues(5);
        var fabricator = new Fabricator(values);
        for (int round = 0; round < 400; round++)
        {
            byte[] bytes = HistoryEventCodec.Encode((HistoryEvent)fabricator.Make(kind)).ToArray();
            HistoryEventCodec.TryDecode(bytes.AsMemory(0, (int)values.Below((ulong)bytes.Length)), out _, out _);
            bytes[values.Below((ulong)bytes.Length)] ^= (byte)(1 << (int)values.Below(8));
            HistoryEventCodec.TryDecode(bytes, out _, out _);
            HistoryEventCodec.TryDecode(values.Bytes(60), out _, out _);
        }
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public void Record_of_a_newer_build_and_an_empty_one_are_refused_not_skipped()
    {
        Assert.False(HistoryEventCodec.TryDecode(new byte[] { 0xFA, 0x01, 0x00 }, out _, out _));
        Assert.False(HistoryEventCodec.TryDecode(default, out _, out _));
    }

    [Fact]
    public void Every_quorum_rule_is_tested() =>
        Assert.Equal(
            Fabricator.SealedSubtypes(typeof(QuorumRule)).Select(type => type.Name),
            Rules.Cast<object[]>().Select(row => row[0].GetType().Name).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rules))]
    public void Snapshot_header_with_any_configuration_survives(QuorumRule rule)
    {
        FailureModel model = rule is ByzantineRule ? new Byzantine(1) : CrashStop.Instance;
        GroupConfiguration configuration = Fabricator.SomeConfiguration(new RandomValues(3), rule, model);
        var position = new LogPosition(new LeaderEpoch(4), new LogIndex(9));

        ReadOnlyMemory<byte> bytes = SnapshotHeaderCodec.Encode(position, configuration);

        Assert.True(SnapshotHeaderCodec.TryDecode(bytes, out LogPosition back, out GroupConfiguration? backConfiguration, out string? refusal), refusal);
        Assert.Equal(position, back);
        Assert.Equal(Structure.Of(configuration), Structure.Of(backConfiguration));
        Assert.Equal(bytes.ToArray(), SnapshotHeaderCodec.Encode(back, backConfiguration).ToArray());
    }

    [Fact]
    [Trait("Seed", "4.1")]
    public void Configuration_that_is_unsafe_incomplete_or_of_a_newer_build_is_refused()
    {
        Assert.Null(Refusal(_ => { }));
        Assert.NotNull(Refusal(m => m.Quorums = new Protos.QuorumRule { Flexible = new() { Replicas = { 1, 2, 3 }, ElectionSize = 1, CommitSize = 1 } }));
        Assert.NotNull(Refusal(m => m.Quorums = new Protos.QuorumRule()));
        Assert.NotNull(Refusal(m => m.Quorums = null));
        Assert.NotNull(Refusal(m => m.Scope = null));
        Assert.NotNull(Refusal(m => m.Members[0].Role = (Protos.GroupConfiguration.Types.Member.Types.Role)9));
        Assert.NotNull(Refusal(m => m.FailureModel = (Protos.GroupConfiguration.Types.FailureModel)9));
        Assert.NotNull(Refusal(m => m.Quorums.Majority.Replicas.AddRange(Enumerable.Range(10, 100).Select(i => (ulong)i))));
    }

    [Fact]
    [Trait("Pitfall", "M21")]
    public void Joint_rules_nested_in_joint_rules_are_refused()
    {
        Assert.NotNull(Refusal(message =>
        {
            for (int depth = 0; depth < 40; depth++)
            {
                message.Quorums = new Protos.QuorumRule { Joint = new() { Before = message.Quorums, After = message.Quorums.Clone() } };
                if (depth > 3)
                {
                    message.Quorums.Joint.After = null;
                }
            }
        }));
    }

    private static string? Refusal(Action<Protos.GroupConfiguration> change)
    {
        GroupConfiguration sound = Fabricator.SomeConfiguration(new RandomValues(3), new MajorityRule([.. Fabricator.Voters(3)]), CrashRecovery.Instance);
        var header = Protos.SnapshotFileHeader.Parser.ParseFrom(SnapshotHeaderCodec.Encode(default, sound).Span);
        change(header.Configuration);
        return SnapshotHeaderCodec.TryDecode(header.ToByteArray(), out _, out _, out string? refusal) ? null : refusal;
    }
}
