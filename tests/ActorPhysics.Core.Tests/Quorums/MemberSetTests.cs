using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Core.Tests.Quorums;

public sealed class MemberSetTests
{
    [Fact]
    public void Positions_are_walked_in_ascending_order_up_to_the_last_one()
    {
        MemberSet set = MemberSet.Of(63).With(0).With(17);
        var walked = new List<int>();
        foreach (int position in set)
        {
            walked.Add(position);
        }

        Assert.Equal([0, 17, 63], walked);
        Assert.Equal("{0,17,63}", set.ToString());
    }

    [Fact]
    public void Sets_behave_as_sets()
    {
        MemberSet a = MemberSet.FirstPositions(3);
        MemberSet b = MemberSet.Of(2).With(5);

        Assert.Equal(4, a.Union(b).Count);
        Assert.Equal(MemberSet.Of(2), a.Intersect(b));
        Assert.Equal(MemberSet.FirstPositions(2), a.Except(b));
        Assert.True(MemberSet.Of(1).IsSubsetOf(a));
        Assert.False(b.IsSubsetOf(a));
        Assert.True(a.Without(0).Without(1).Without(2).IsEmpty);
        Assert.False(a.Contains(-1));
        Assert.False(a.Contains(64));
        Assert.Equal(64, MemberSet.FirstPositions(64).Count);
    }

    [Fact]
    public void A_position_outside_of_the_capacity_is_refused_instead_of_wrapping_around()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MemberSet.Of(64));
        Assert.Throws<ArgumentOutOfRangeException>(() => MemberSet.Empty.With(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => MemberSet.FirstPositions(65));
    }
}
