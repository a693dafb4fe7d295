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
}
