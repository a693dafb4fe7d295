using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;
using Google.Protobuf;

namespace ActorPhysics.Wire.Tests.Space;

[Trait("Seed", "5.1.1")]
public sealed class HandoffCodecTests
{
    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 100).Select(i => (ulong)i)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Orders_and_answers_survive(ulong seed)
    {
        var values = new RandomValues(seed);
        ShardingKind kind = values.Coin() ? ShardingKind.Hash : ShardingKind.Ordered;
        var handOut = new HandOut(
            new HandoffId(values.Number()), new SpaceId(values.Number()), new ConfigEpoch(values.Number()), SomeRange(values, kind), SomeParty(values),
            new ShardMapVersion(values.Number()));
        Assert.True(HandoffCodec.TryDecode(HandoffCodec.Encode(handOut), out HandOut? handOutBack));
        Assert.Equal(handOut, handOutBack);

        var takeIn = new TakeIn(
            handOut.Id, handOut.Space, handOut.Range, SomeParty(values), handOut.Version, SomeSeal(values), (long)(values.Number() >> 1));
        byte[] piece = values.Bytes(300);
        Assert.True(HandoffCodec.TryDecode(HandoffCodec.Encode(takeIn, piece), out TakeIn? takeInBack, out ReadOnlyMemory<byte> pieceBack));
        Assert.Equal(takeIn, takeInBack);
        Assert.Equal(piece, pieceBack.ToArray());

        var release = new Release(handOut.Id);
        Assert.True(HandoffCodec.TryDecode(HandoffCodec.Encode(release), out Release? releaseBack));
        Assert.Equal(release, releaseBack);

        var answer = new HandoffAnswer((HandoffRefusal)values.Below(13), "é", SomeSeal(values), (long)(values.Number() >> 1), values.Coin());
        Assert.True(HandoffAnswer.TryDecode(answer.Encode(), out HandoffAnswer? answerBack));
        Assert.Equal(answer, answerBack);

        var wrong = new WrongShard(
            values.Coin() ? SomeRange(values, kind) : null, new ShardMapVersion(values.Number()),
            values.Coin() ? new KeyWent(SomeRange(values, kind), new GroupId(values.Number() | 1), new ShardMapVersion(values.Number())) : null);
        Assert.True(WrongShard.TryDecode(wrong.Encode(), out WrongShard? wrongBack));
        Assert.Equal(wrong, wrongBack);

        var header = new ParcelHeader(
            handOut.Id, handOut.Space, kind, handOut.Range, handOut.Version, handOut.Taker, new GroupId(values.Number()), "kv", (int)(values.Number32() >> 1));
        Assert.True(ParcelHeader.TryDecode(header.Encode(), out ParcelHeader? headerBack));
        Assert.Equal(header, headerBack);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_a_group_owns_survives_at_every_stage_and_equal_ownership_has_equal_bytes(ulong seed)
    {
        var values = new RandomValues(seed);
        ShardingKind kind = values.Coin() ? ShardingKind.Hash : ShardingKind.Ordered;
        ImmutableArray<GivenRange> given =
        [
            .. Enumerable.Range(0, (int)values.Below(KeyOwnership.MostGiven) + 1).Select(i => new GivenRange(
                new HandoffId((ulong)i + 1), SomeRange(values, kind), new GroupId(values.Number()), new ShardMapVersion(values.Number()), SomeSeal(values))),
        ];
        OutgoingHandoff? outgoing = values.Coin()
            ? new OutgoingHandoff(given[^1].Id, SomeRange(values, kind), SomeParty(values), new ShardMapVersion(values.Number()), SomeSeal(values))
            : null;
        IncomingHandoff? incoming = values.Coin()
            ? new IncomingHandoff(new HandoffId(99), SomeRange(values, kind), SomeParty(values), new ShardMapVersion(7), new ParcelSeal(50, 1), (long)values.Below(50))
            : null;
        KeyOwnership? ownership = KeyOwnership.TryRestore(
            new SpaceId(values.Number() | 1), kind, values.Coin() ? SomeRange(values, kind) : null, new ShardMapVersion(values.Number() | 1), outgoing, incoming, given,
            values.Coin() ? new TakenRange(new HandoffId(values.Number()), SomeSeal(values)) : null, out string? refusal);
        Assert.True(ownership is not null, refusal);

        byte[] bytes = KeyOwnershipCodec.Encode(ownership);
        Assert.True(KeyOwnershipCodec.TryDecode(bytes, out KeyOwnership? back, out refusal), refusal);
        Assert.Equal(ownership, back);
        Assert.Equal(bytes, KeyOwnershipCodec.Encode(back));
    }

    [Fact]
    public void The_scope_of_a_read_is_never_empty_bytes_and_survives()
    {
        var values = new RandomValues(1);
        foreach (KeyRange scope in (KeyRange[])[KeyRange.All, SomeRange(values, ShardingKind.Hash), SomeRange(values, ShardingKind.Ordered)])
        {
            byte[] bytes = KeyScopeCodec.Encode(scope);
            Assert.NotEmpty(bytes);
            Assert.True(KeyScopeCodec.TryDecode(bytes, out KeyRange back));
            Assert.Equal(scope, back);

            var read = new ReadOperation { Query = "q"u8, Level = ConsistencyLevel.StrongRead, Scope = bytes };
            byte[] encoded = ProtoEncoding.ToArray<ReadOperation.Encoder, ReadOperation>(read);
            Assert.Equal(
                new Protos.Read { Query = ByteString.CopyFromUtf8("q"), Level = Protos.Consistency.StrongRead, Scope = Protos.KeyScope.Parser.ParseFrom(bytes) }.ToByteArray(),
                encoded);
            Assert.True(ReadOperation.TryRead(encoded, out ReadOperation readBack));
            Assert.Equal(bytes, readBack.Scope.ToArray());
        }
    }

    [Fact]
    [Trait("Pitfall", "61")]
    public void Bytes_from_outside_never_throw()
    {
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            HandoffCodec.TryDecode(bytes, out HandOut? _);
            HandoffCodec.TryDecode(bytes, out TakeIn? _, out _);
            HandoffCodec.TryDecode(bytes, out Release? _);
            HandoffAnswer.TryDecode(bytes, out _);
            WrongShard.TryDecode(bytes, out _);
            KeyOwnershipCodec.TryDecode(bytes, out _, out _);
            KeyScopeCodec.TryDecode(bytes, out _);
            ParcelHeader.TryDecode(bytes, out _);
        }

        Assert.False(HandoffCodec.TryDecode("nonsense"u8, out HandOut? order));
        Assert.Null(order);
    }

    private static HandoffParty SomeParty(RandomValues values) => new(new GroupId(values.Number()), new GroupIncarnation(values.Number()));

    private static ParcelSeal SomeSeal(RandomValues values) => new((long)(values.Number() >> 1) | 1, values.Number());

    private static KeyRange SomeRange(RandomValues values, ShardingKind kind)
    {
        KeyRange? range = null;
        while (range is null)
        {
            range = KeyRange.TryCreate(SomeEnd(), SomeEnd());
        }

        return range.Value;

        KeyPoint? SomeEnd() => values.Below(4) == 0 ? null
            : kind == ShardingKind.Hash ? KeyPoint.At(new HashPoint(values.Number()))
            : KeyPoint.At(new SpaceKey([.. values.Bytes(20)]));
    }
}
