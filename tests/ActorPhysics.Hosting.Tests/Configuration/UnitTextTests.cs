using System.Globalization;
using ActorPhysics.Hosting.Configuration.Binding;

namespace ActorPhysics.Hosting.Tests.Configuration;

public sealed class UnitTextTests
{
    [Theory]
    [InlineData("10 ms", "00:00:00.010")]
    [InlineData("5s", "00:00:05")]
    [InlineData("1 minute", "00:01:00")]
    [InlineData("2 minutes", "00:02:00")]
    [InlineData("1.5 h", "01:30:00")]
    [InlineData("0.1 s", "00:00:00.100")]
    [InlineData("3d", "3.00:00:00")]
    [InlineData("250 us", "00:00:00.000250")]
    [InlineData("300 ns", "00:00:00.0000003")]
    [InlineData("-1 s", "-00:00:01")]
    [InlineData("500", "00:00:00.500")]
    [InlineData("0", "00:00:00")]
    public void A_duration_reads_as(string text, string expected)
    {
        Assert.True(UnitText.TryParseDuration(text, out decimal ticks));
        Assert.Equal(TimeSpan.Parse(expected, CultureInfo.InvariantCulture), new TimeSpan((long)ticks));
    }

    [Theory]
    [InlineData("64 KiB", 65_536)]
    [InlineData("10MB", 10_000_000)]
    [InlineData("10 MiB", 10_485_760)]
    [InlineData("1 kB", 1_000)]
    [InlineData("1k", 1_024)]
    [InlineData("1.5 KiB", 1_536)]
    [InlineData("2 gibibytes", 2_147_483_648)]
    [InlineData("1 TB", 1_000_000_000_000)]
    [InlineData("7 bytes", 7)]
    [InlineData("512", 512)]
    public void A_size_reads_as(string text, long expected)
    {
        Assert.True(UnitText.TryParseBytes(text, out decimal bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("1 %", 10_000)]
    [InlineData("0.5%", 5_000)]
    [InlineData("200 ppm", 200)]
    public void A_rate_reads_as(string text, long expected)
    {
        Assert.True(UnitText.TryParseRate(text, out decimal partsPerMillion));
        Assert.Equal(expected, partsPerMillion);
        Assert.False(UnitText.TryParseRate("1", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ms")]
    [InlineData("10 KiB")]
    [InlineData("10 parsecs")]
    [InlineData("1,5 s")]
    [InlineData("1 s 5 ms")]
    [InlineData("1. s")]
    [InlineData(".5 s")]
    [InlineData("+1 s")]
    [InlineData("1e3 s")]
    [InlineData("0x10 s")]
    [InlineData("10 MS")]
    [InlineData("١ s")]
    public void No_duration_is(string text) => Assert.False(UnitText.TryParseDuration(text, out _));

    [Theory]
    [InlineData("10 KB")]
    [InlineData("10 ms")]
    [InlineData("10 mib")]
    [InlineData("- 1 B")]
    public void No_size_is(string text) => Assert.False(UnitText.TryParseBytes(text, out _));

    [Theory]
    [InlineData("99999999999999999999999999999999999999999999 d")]
    [InlineData("79228162514264337593543950335 d")]
    public void A_number_beyond_all_bounds_is_the_largest_and_no_overflow(string text)
    {
        Assert.True(UnitText.TryParseDuration(text, out decimal ticks));
        Assert.Equal(decimal.MaxValue, ticks);
    }

    [Fact]
    public void A_negative_number_beyond_all_bounds_is_the_smallest()
    {
        Assert.True(UnitText.TryParseNumber("-" + new string('9', 100), out decimal number));
        Assert.Equal(decimal.MinValue, number);
    }

    [Theory]
    [InlineData("heartbeatInterval", "heartbeat-interval")]
    [InlineData("heartbeat_interval", "heartbeat-interval")]
    [InlineData("hartbeat-interval", "heartbeat-interval")]
    [InlineData("heartbeat-intervla", "heartbeat-interval")]
    [InlineData("pre-votes", "pre-vote")]
    [InlineData("quorum", null)]
    [InlineData("", null)]
    public void The_nearest_word_is_suggested_when_it_is_near(string word, string? expected) =>
        Assert.Equal(expected, Spelling.Nearest(word, ["heartbeat-interval", "pre-vote", "check-quorum"]));
}
