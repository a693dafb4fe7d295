using ActorPhysics.Core.Time;
using FsCheck;
using FsCheck.Fluent;

namespace ActorPhysics.Core.Tests.Time;

public sealed class MonotonicTimeTests
{
    [Fact]
    public void Readings_and_durations_add_and_subtract()
    {
        MonotonicTime start = MonotonicTime.FromMilliseconds(5);

        Assert.Equal(new MonotonicTime(7_500), start + TimeSpan.FromMilliseconds(2.5));
        Assert.Equal(TimeSpan.FromMilliseconds(2.5), new MonotonicTime(7_500) - start);
        Assert.Equal(new MonotonicTime(4_000), start - TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.Zero, start.Since(new MonotonicTime(9_000)));
        Assert.Equal(start, MonotonicTime.Min(start, MonotonicTime.Never));
        Assert.Equal("0.005000s", start.ToString());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(24_999, 0)]
    [InlineData(25_000, 50_000)]
    [InlineData(50_000, 50_000)]
    [InlineData(74_999, 50_000)]
    [InlineData(-24_000, 0)]
    [InlineData(-26_000, -50_000)]
    public void The_nearest_multiple_is_at_most_half_a_step_away(long reading, long nearest) =>
        Assert.Equal(new MonotonicTime(nearest), new MonotonicTime(reading).Nearest(TimeSpan.FromMilliseconds(50)));

    [Fact]
    public void Never_stays_never_and_nothing_overflows_into_the_past()
    {
        Assert.True((MonotonicTime.Never - TimeSpan.FromDays(1)).IsNever);
        Assert.True((MonotonicTime.Never + TimeSpan.FromDays(1)).IsNever);
        Assert.True((new MonotonicTime(long.MaxValue - 1) + TimeSpan.MaxValue).IsNever);
        Assert.Equal(TimeSpan.MaxValue, MonotonicTime.Never - new MonotonicTime(-1));
        Assert.Equal(new MonotonicTime(long.MinValue), new MonotonicTime(long.MinValue + 1) + TimeSpan.MinValue);
    }

    [Fact]
    public void Fractions_of_a_microsecond_are_rounded_down_whatever_the_sign()
    {
        Assert.Equal(new MonotonicTime(0), new MonotonicTime(0) + new TimeSpan(9));
        Assert.Equal(new MonotonicTime(-1), new MonotonicTime(0) + new TimeSpan(-1));
    }

    [Fact]
    [Trait("Pitfall", "5")]
    public void A_shortened_promise_ends_before_the_promiser_lets_go_however_both_clocks_drift() =>
        Prop.ForAll(
            (from promiseMs in Gen.Choose(0, 1_000_000)
             from partsPerMillion in Gen.Choose(0, 400_000)
             select (promiseMs, partsPerMillion)).ToArbitrary(),
            @case =>
            {
                var bound = new ClockDriftBound((uint)@case.partsPerMillion);
                TimeSpan promise = TimeSpan.FromMilliseconds(@case.promiseMs);
                decimal drift = @case.partsPerMillion / 1_000_000m;

                // The promiser's clock runs fast, so it lets go early; the holder's runs slowly, so it thinks that less time has passed.
                decimal realUntilLetGo = promise.Ticks / (1 + drift);
                decimal realUntilHolderStops = bound.Shorten(promise).Ticks / (1 - drift);
                return realUntilHolderStops <= realUntilLetGo + 0.0001m;
            }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void A_bound_of_everything_leaves_nothing()
    {
        Assert.Equal(TimeSpan.Zero, new ClockDriftBound(2_000_000).Shorten(TimeSpan.FromHours(1)));
        Assert.Equal(TimeSpan.FromHours(1), default(ClockDriftBound).Shorten(TimeSpan.FromHours(1)));
    }
}
