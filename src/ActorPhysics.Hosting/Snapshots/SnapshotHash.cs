using System.Buffers.Binary;
using System.Security.Cryptography;
using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;

namespace ActorPhysics.Hosting.Snapshots;

/// <summary>Computes a <see cref="SnapshotChecksum"/> while content comes by.</summary>
internal sealed class SnapshotHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public SnapshotHash(ReadOnlySpan<byte> header)
    {
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        _hash.AppendData(length);
        _hash.AppendData(header);
    }

    public void Append(ReadOnlySpan<byte> content) => _hash.AppendData(content);

    /// <summary>Writes the 32 bytes of the hash so far, without ending it.</summary>
    public void WriteCurrent(Span<byte> sha256) => _hash.GetCurrentHash(sha256);

    public static SnapshotChecksum ToChecksum(ReadOnlySpan<byte> sha256)
    {
        Invariant.Require(SnapshotChecksum.TryRead(sha256, out SnapshotChecksum checksum), "SnapshotChecksum", "a SHA-256 has 32 bytes");
        return checksum;
    }

    public void Dispose() => _hash.Dispose();
}
