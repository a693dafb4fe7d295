using System.Text;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Wire.Tests.Machines;

public class JsonCommandCodecTests
{
    [Fact]
    public void Payload_that_is_no_number_is_refused_and_not_taken_for_zero()
    {
        var codec = new JsonCommandCodec<int>(JsonPayload.Strict);
        Assert.False(codec.TryDecode("\"x\""u8, out _, out string? refusal));
        Assert.NotNull(refusal);
        Assert.False(codec.TryDecode([], out _, out _));
        Assert.True(codec.TryDecode("0"u8, out int zero, out _));
        Assert.Equal(0, zero);
    }

    [Theory]
    [Trait("Pitfall", "M21")]
    [InlineData(10, true)]
    [InlineData(100, false)]
    public void Nesting_is_bounded_also_where_the_type_would_allow_any(int depth, bool isRead)
    {
        var codec = new JsonCommandCodec<Doll>(JsonPayload.Strict);
        string dolls = string.Concat(Enumerable.Repeat("{\"inner\":", depth)) + "null" + new string('}', depth);
        Assert.Equal(isRead, codec.TryDecode(Encoding.UTF8.GetBytes(dolls), out _, out _));
    }

    private sealed class Doll
    {
        public Doll? Inner { get; set; }
    }
}
