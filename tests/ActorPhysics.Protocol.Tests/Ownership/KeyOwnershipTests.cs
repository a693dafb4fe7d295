using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;

namespace ActorPhysics.Protocol.Tests.Ownership;

[Trait("Seed", "5.1.1")]
[Trait("Pitfall", "46")]
public sealed class KeyOwnershipTests
{
    private static readonly SpaceId Space = new(5);
    private static readonly GroupId Self = new(1);
    private static readonly HandoffParty Other = new(new GroupId(2), new GroupIncarnation(77));
    private static readonly ParcelSeal Seal = new(100, 0xfeed);

    [Fact]
    public void A_group_is_born_with_a_range_or_without_any()
    {
        Assert.Equal((KeyRange.All, new ShardMapVersion(1)), (Born(KeyRange.All).Owned!.Value, Born(KeyRange.All).Since));
        KeyOwnership awaiting = KeyOwnership.Born(new KeysAtBirth(Space, ShardingKind.Ordered, new ShardMapVersion(9), null));
        Assert.Equal(((KeyRange?)null, default(ShardMapVersion)), (awaiting.Owned, awaiting.Since));
        Assert.True(awaiting.Judge(Carry("a", "k", version: 9), Self, 10).Proceeds);
        Assert.Throws<ArgumentException>(() => KeyOwnership.Born(new KeysAtBirth(default, ShardingKind.Ordered, ShardMapVersion.Founding, null)));
        Assert.Throws<ArgumentException>(() => KeyOwnership.Born(new KeysAtBirth(Space, ShardingKind.Hash, ShardMapVersion.Founding, Range("a", "k"))));
    }

    [Theory]
    [InlineData("d", "k", null)]
    [InlineData("k", "t", null)]
    [InlineData("d", "t", null)]
    [InlineData("e", "k", "NotOwned")]
    [InlineData("a", "k", "NotOwned")]
    [InlineData("k", "z", "NotOwned")]
    [InlineData(null, null, "NotOwned")]
    [InlineData("t", "z", "NotOwned")]
    public void Only_one_end_or_all_of_the_owned_range_is_handed_out(string? from, string? to, string? refusal)
    {
        HandoffVerdict verdict = Born(Range("d", "t")).Judge(Give(from, to), Self, ConfigEpoch.Founding);
        Assert.Equal(refusal ?? "None", verdict.Refusal.ToString());
        Assert.Equal(refusal is null, verdict.Reason is null);
    }

    [Fact]
    public void Handing_out_takes_the_range_away_at_once_and_remembers_where_it_went()
    {
        KeyOwnership after = Born(Range("d", "t")).After(Give("k", "t"), Seal);
        Assert.Equal((Range("d", "k"), new ShardMapVersion(2)), (after.Owned!.Value, after.Since));
        Assert.False(after.Owns("m"u8));
        Assert.True(after.Owns("d"u8));
        Assert.Equal(Other.Group, after.WhereIs("m"u8)!.Value.To);
        Assert.Null(after.WhereIs("z"u8));
        Assert.Null(Born(Range("d", "t")).After(Give("d", "t"), Seal).Owned);
    }

    [Fact]
    public void The_same_handoff_again_is_a_repetition_also_after_its_release_and_with_other_terms_a_refusal()
    {
        KeyOwnership frozen = Born(KeyRange.All).After(Give("k", null), Seal);
        KeyOwnership released = frozen.After(new Release(new HandoffId(1)));
        Assert.All([frozen, released], ownership =>
        {
            Assert.True(ownership.Judge(Give("k", null), Self, ConfigEpoch.Founding).IsRepetition);
            Assert.True(ownership.Judge(Give("k", null), Self, ConfigEpoch.Founding.Next).IsRepetition);
            Assert.Equal(HandoffRefusal.OtherTerms, ownership.Judge(Give("m", null), Self, ConfigEpoch.Founding).Refusal);
        });
        Assert.True(released.Judge(new Release(new HandoffId(1))).IsRepetition);
        Assert.Equal(HandoffRefusal.Unknown, released.Judge(new Release(new HandoffId(2))).Refusal);
    }

    [Fact]
    public void What_a_group_does_not_do()
    {
        KeyOwnership whole = Born(KeyRange.All);
        Assert.Equal(HandoffRefusal.WrongConfigEpoch, whole.Judge(Give("k", null), Self, ConfigEpoch.Founding.Next).Refusal);
        Assert.Equal(HandoffRefusal.OlderVersion, whole.Judge(Give("k", null) with { Version = new ShardMapVersion(1) }, Self, ConfigEpoch.Founding).Refusal);
        Assert.Equal(HandoffRefusal.WrongSpace, whole.Judge(Give("k", null) with { Space = new SpaceId(6) }, Self, ConfigEpoch.Founding).Refusal);
        Assert.Equal(HandoffRefusal.WrongGroup, whole.Judge(Give("k", null), Other.Group, ConfigEpoch.Founding).Refusal);
        Assert.Equal(HandoffRefusal.Unknown, whole.Judge(Give("k", null) with { Id = default }, Self, ConfigEpoch.Founding).Refusal);

        KeyOwnership frozen = whole.After(Give("k", null), Seal);
        Assert.Equal(HandoffRefusal.Busy, frozen.Judge(Give("f", "k", id: 2, version: 3), Self, ConfigEpoch.Founding).Refusal);

        KeyOwnership receiving = Born(Range("d", "k")).After(Carry("k", "t"), 10);
        Assert.Equal(HandoffRefusal.Busy, receiving.Judge(Give("d", "f", id: 2, version: 3), Self, ConfigEpoch.Founding).Refusal);
        Assert.Equal(HandoffRefusal.Busy, receiving.Judge(Carry("a", "d", id: 2, version: 3), Self, 10).Refusal);
    }

    [Theory]
    [InlineData("a", "d", null)]
    [InlineData("k", "z", null)]
    [InlineData("k", null, null)]
    [InlineData("a", "c", "NotAdjacent")]
    [InlineData("l", "z", "NotAdjacent")]
    [InlineData("d", "k", "NotAdjacent")]
    [InlineData("j", "z", "NotAdjacent")]
    public void Only_a_neighbour_of_the_owned_range_is_taken_in(string? from, string? to, string? refusal) =>
        Assert.Equal(refusal ?? "None", Born(Range("d", "k")).Judge(Carry(from, to), Self, 10).Refusal.ToString());

    [Theory]
    [InlineData(0, 40, "None", true)]
    [InlineData(0, 20, "None", true)]
    [InlineData(20, 20, "None", true)]
    [InlineData(40, 60, "None", false)]
    [InlineData(40, 10, "None", false)]
    [InlineData(40, 61, "NotNext", false)]
    [InlineData(41, 10, "NotNext", false)]
    [InlineData(39, 10, "NotNext", false)]
    [InlineData(40, 0, "NotNext", false)]
    [InlineData(-1, 10, "NotNext", false)]
    [InlineData(long.MaxValue, 10, "NotNext", false)]
    public void Pieces_come_in_order_and_what_came_before_is_a_repetition(long offset, int bytes, string refusal, bool repetition)
    {
        KeyOwnership receiving = Born(Range("d", "k")).After(Carry("k", "t"), 40);
        HandoffVerdict verdict = receiving.Judge(Carry("k", "t") with { OffsetBytes = offset }, Self, bytes);
        Assert.Equal((refusal, repetition), (verdict.Refusal.ToString(), verdict.IsRepetition));
    }

    [Fact]
    public void The_range_is_owned_when_all_of_it_is_absorbed_and_not_before()
    {
        KeyOwnership whole = Born(Range("d", "k")).After(Carry("k", "t"), 100);
        Assert.False(whole.Owns("m"u8));
        Assert.Equal(Range("d", "k"), whole.Restarted().Owned);
        Assert.Equal(0, whole.Restarted().Incoming!.ReceivedBytes);

        KeyOwnership absorbed = whole.Absorbed();
        Assert.Equal((Range("d", "t"), new ShardMapVersion(2)), (absorbed.Owned!.Value, absorbed.Since));
        Assert.True(absorbed.Judge(Carry("k", "t") with { OffsetBytes = 50 }, Self, 10).IsRepetition);
        Assert.Equal(HandoffRefusal.OlderVersion, absorbed.Judge(Carry("t", null, id: 3), Self, 10).Refusal);
    }

    [Fact]
    public void A_step_that_was_not_allowed_is_a_broken_invariant()
    {
        KeyOwnership part = Born(Range("d", "k"));
        Assert.Throws<InvariantViolationException>(() => part.After(Give("a", "k"), Seal));
        Assert.Throws<InvariantViolationException>(() => part.After(Carry("k", "t") with { OffsetBytes = 5 }, 10));
        Assert.Throws<InvariantViolationException>(() => part.After(Carry("k", "t"), 10).Absorbed());
        Assert.Throws<InvariantViolationException>(() => part.After(new Release(new HandoffId(1))));
        Assert.Throws<InvariantViolationException>(part.Restarted);
    }

    [Fact]
    public void Of_the_ranges_given_away_the_newest_are_remembered()
    {
        KeyOwnership ownership = Born(KeyRange.All);
        for (ulong i = 1; i <= 40; i++)
        {
            HandOut order = new(new HandoffId(i), Space, ConfigEpoch.Founding, Range(Key(100 - i), i == 1 ? null : Key(101 - i)), Other, new ShardMapVersion(i + 1));
            Assert.True(ownership.Judge(order, Self, ConfigEpoch.Founding).Proceeds);
            ownership = ownership.After(order, Seal).After(new Release(order.Id));
        }

        Assert.Equal(KeyOwnership.MostGiven, ownership.Given.Length);
        Assert.NotNull(ownership.WhereIs("k060"u8));
        Assert.Null(ownership.WhereIs("k099"u8));

        // Long forgotten, and still never obeyed again.
        Assert.Equal(HandoffRefusal.OlderVersion, ownership.Judge(Give("k099", null), Self, ConfigEpoch.Founding).Refusal);

        static string Key(ulong i) => $"k{i:d3}";
    }

    [Fact]
    public void What_cannot_be_is_not_restored()
    {
        Assert.NotNull(Restore(Range("d", "k"), 1, [], null));
        Assert.Null(Restore(Range("d", "k"), 0, [], null));
        Assert.Null(Restore(null, 1, [], new OutgoingHandoff(new HandoffId(1), Range("a", "b"), Other, new ShardMapVersion(1), Seal)));
        Assert.Null(Restore(null, 1, [.. Enumerable.Repeat(default(GivenRange), KeyOwnership.MostGiven + 1)], null));

        static KeyOwnership? Restore(KeyRange? owned, ulong since, GivenRange[] given, OutgoingHandoff? outgoing) => KeyOwnership.TryRestore(
            Space, ShardingKind.Ordered, owned, new ShardMapVersion(since), outgoing, incoming: null, [.. given], lastTaken: null, out _);
    }

    private static KeyOwnership Born(KeyRange range) => KeyOwnership.Born(new KeysAtBirth(Space, ShardingKind.Ordered, ShardMapVersion.Founding, range));

    private static HandOut Give(string? from, string? to, ulong id = 1, ulong version = 2) =>
        new(new HandoffId(id), Space, ConfigEpoch.Founding, Range(from, to), Other, new ShardMapVersion(version));

    private static TakeIn Carry(string? from, string? to, ulong id = 1, ulong version = 2) =>
        new(new HandoffId(id), Space, Range(from, to), Other, new ShardMapVersion(version), Seal, OffsetBytes: 0);

    private static KeyRange Range(string? from, string? to) => KeyRange.TryCreate(
        from is null ? null : KeyPoint.At(SpaceKey.OfText(from)), to is null ? null : KeyPoint.At(SpaceKey.OfText(to)))!.Value;
}
