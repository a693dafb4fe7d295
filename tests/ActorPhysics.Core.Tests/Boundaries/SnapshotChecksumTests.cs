using System.Security.Cryptography;
using ActorPhysics.Core.Boundaries;

namespace ActorPhysics.Core.Tests.Boundaries;

public sealed class SnapshotChecksumTests
{
    [Fact]
    public void A_digest_reads_back_and_prints_as_its_hexadecimal_digits()
    {
        byte[] digest = SHA256.HashData("abc"u8);

        Assert.True(SnapshotChecksum.TryRead(digest, out SnapshotChecksum checksum));

        byte[] written = new byte[SnapshotChecksum.SizeBytes];
        checksum.WriteTo(written);
        Assert.Equal(digest, written);
        Assert.Equal(Convert.ToHexStringLower(digest), checksum.ToString());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(31)]
    [InlineData(33)]
    public void Bytes_of_another_length_are_no_digest(int length) => Assert.False(SnapshotChecksum.TryRead(new byte[length], out _));
}
