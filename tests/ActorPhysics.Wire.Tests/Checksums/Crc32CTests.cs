using System.Text;
using ActorPhysics.Wire.Checksums;

namespace ActorPhysics.Wire.Tests.Checksums;

public class Crc32CTests
{
    [Fact]
    public void Sums_the_check_string_to_the_catalogued_value() =>
        Assert.Equal(0xE3069283u, Crc32C.Of(Encoding.ASCII.GetBytes("123456789")).Value);

    [Fact]
    public void Sums_the_vectors_of_RFC_3720()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]).Value);
        Assert.Equal(0x62A8AB43u, Crc32C.Of(Enumerable.Repeat((byte)0xFF, 32).ToArray()).Value);
        Assert.Equal(0x46DD794Eu, Crc32C.Of(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()).Value);
    }

    [Fact]
    public void Is_the_same_however_the_bytes_are_divided()
    {
        byte[] bytes = Enumerable.Range(0, 41).Select(i => (byte)(i * 7)).ToArray();
        Crc32C whole = Crc32C.Of(bytes);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            Assert.Equal(whole, Crc32C.Of(bytes.AsSpan(0, cut)).Append(bytes.AsSpan(cut)));
        }
    }

    [Fact]
    public void Of_nothing_is_the_default() => Assert.Equal(default, Crc32C.Of([]));
}
