using ActorPhysics.Simulation.TestKit;

namespace ActorPhysics.Simulation.Tests.TestKit;

/// <summary>The environment may choose other seeds than the test does.</summary>
public sealed class SeedChoiceTests
{
    [Theory]
    [InlineData(null, null, 1UL, 50UL)]
    [InlineData("", "", 1UL, 50UL)]
    [InlineData("42", null, 42UL, 42UL)]
    [InlineData(null, "100..5000", 100UL, 5000UL)]
    [InlineData("42", "100..5000", 42UL, 42UL)]
    public void The_environment_overrules_the_test(string? seed, string? seeds, ulong first, ulong last) =>
        Assert.Equal((first, last), SeedChoice.Of(1, 50, name => name == SeedChoice.OneVariable ? seed : seeds));

    [Theory]
    [InlineData("x", null)]
    [InlineData("-1", null)]
    [InlineData(null, "7")]
    [InlineData(null, "9..3")]
    [InlineData(null, "1..2..3")]
    public void What_says_no_seeds_is_refused(string? seed, string? seeds) =>
        Assert.Throws<FormatException>(() => SeedChoice.Of(1, 50, name => name == SeedChoice.OneVariable ? seed : seeds));
}
