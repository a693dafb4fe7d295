namespace ActorPhysics.Core.Tests;

public sealed class UnverifiedTests
{
    [Fact]
    public void A_claim_comes_out_only_when_the_gateway_finds_nothing_wrong()
    {
        var claim = new Unverified<string>("hello");

        Assert.True(claim.TryTrust(static _ => null, out string? trusted, out _));
        Assert.Equal("hello", trusted);
        Assert.False(claim.TryTrust(static text => $"'{text}' is too short", out trusted, out string? refusal));
        Assert.Null(trusted);
        Assert.Equal("'hello' is too short", refusal);
        Assert.False(claim.TryTrust(10, static (text, least) => text.Length < least ? "too short" : null, out _, out _));
    }

    [Fact]
    public void A_claim_of_nothing_is_refused_and_the_gateway_never_sees_it()
    {
        Assert.False(default(Unverified<string>).TryTrust(static text => text.Length > 0 ? null : "empty", out _, out string? refusal));
        Assert.NotEmpty(refusal!);
        Assert.Throws<ArgumentNullException>(() => new Unverified<string>(null!));
    }

    [Fact]
    public void A_claim_does_not_leak_through_a_log_line() =>
        Assert.DoesNotContain("secret", new Unverified<string>("secret").ToString(), StringComparison.Ordinal);
}
