using System.IO.Hashing;
using System.Numerics;
using System.Text;
using ActorPhysics.Core.Space;

namespace ActorPhysics.Core.Tests.Space;

[Trait("Seed", "5.1.1")]
public sealed class HashPointTests
{
    /// <summary>From the specification's reference implementation, seed 0. The lengths take every way through the function.</summary>
    [Theory]
    [InlineData("", 0xef46db3751d8e999)]
    [InlineData("a", 0xd24ec4f1a98c6e5b)]
    [InlineData("abc", 0x44bc2cf5ad770999)]
    [InlineData("Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1)]
    public void A_key_lies_where_XXH64_puts_it(string key, ulong point) => Assert.Equal(new HashPoint(point), HashPoint.Of(Encoding.UTF8.GetBytes(key)));

    [Fact]
    public void Keys_of_every_length_lie_where_another_implementation_puts_them()
    {
        byte[] bytes = [.. Enumerable.Range(0, 200).Select(i => (byte)(i * i * 31 + i))];
        Assert.All(Enumerable.Range(0, bytes.Length + 1), length =>
            Assert.Equal(XxHash64.HashToUInt64(bytes.AsSpan(0, length)), HashPoint.Of(bytes.AsSpan(0, length)).Value));
    }

    [Fact]
    public void Every_bit_of_a_key_moves_about_half_of_the_bits_of_its_point()
    {
        // Lengths around each of the function's steps: bytes, words, stripes.
        foreach (int length in (ReadOnlySpan<int>)[1, 3, 4, 7, 8, 12, 31, 32, 40, 64, 71])
        {
            byte[] key = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 37 + length))];
            ulong point = HashPoint.Of(key).Value;
            int moved = 0;
            for (int bit = 0; bit < length * 8; bit++)
            {
                key[bit / 8] ^= (byte)(1 << bit % 8);
                int distance = BitOperations.PopCount(point ^ HashPoint.Of(key).Value);
                key[bit / 8] ^= (byte)(1 << bit % 8);
                Assert.InRange(distance, 10, 54);
                moved += distance;
            }

            Assert.InRange(moved / (length * 8.0), 28, 36);
        }
    }

    [Fact]
    public void Keys_that_count_up_spread_evenly_over_a_uniform_map()
    {
        int[] keysOfShard = new int[64];
        for (int key = 0; key < 64_000; key++)
        {
            ulong point = HashPoint.Of(Encoding.UTF8.GetBytes($"user-{key}")).Value;
            keysOfShard[point >> 58]++;
        }

        // Five standard deviations around 1,000.
        Assert.All(keysOfShard, keys => Assert.InRange(keys, 842, 1_158));
    }
}
