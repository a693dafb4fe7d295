using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>
/// A running hash over the trunk as a replica applied it: entries, times and outcomes. Two replicas of a group that applied the same
/// position have the same digest, or one of them is not deterministic (invariant <c>StateMachineSafety</c>). XXH3 with 64 bits: it finds
/// accidents, not forgeries. <c>default</c> is the digest of the empty history.
/// </summary>
public readonly record struct StateDigest(ulong Value)
{
    private const int BlockBytes = 5 * sizeof(ulong);

    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>The digest after an entry without commands.</summary>
    internal StateDigest Pass(Coordinate at) => Fold(at, default, 0);

    /// <summary>The digest after an entry whose commands ended as <paramref name="batch"/> says.</summary>
    internal StateDigest Apply(Coordinate at, LogTime time, ReadOnlySpan<byte> commands, AppliedBatch batch)
    {
        ulong outcomes = 0;
        for (uint ordinal = 0; ordinal < batch.Count; ordinal++)
        {
            AppliedCommand command = batch[new EntryOrdinal(ordinal)];
            ulong outcome = ((ulong)command.Status << 56) | ((command.Repeated ? 1UL : 0UL) << 48) | (uint)command.Result.Length;
            outcomes = (ulong.RotateLeft(outcomes, 5) ^ outcome) * 0x9E37_79B1_85EB_CA87;
        }

        var next = new StateDigest(XxHash3.HashToUInt64(commands, (long)Value));
        next = next.Fold(at, time, outcomes);
        return new StateDigest(XxHash3.HashToUInt64(batch.Results.WrittenSpan, (long)next.Value));
    }

    /// <summary>The digest once the group's ownership of keys has become what these bytes say.</summary>
    internal StateDigest Take(ReadOnlySpan<byte> ownership) => new(XxHash3.HashToUInt64(ownership, (long)Value));

    private StateDigest Fold(Coordinate at, LogTime time, ulong outcomes)
    {
        Span<byte> block = stackalloc byte[BlockBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(block, at.ConfigEpoch.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(block[8..], at.LeaderEpoch.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(block[16..], at.Index.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(block[24..], time.UnixMilliseconds);
        BinaryPrimitives.WriteUInt64LittleEndian(block[32..], outcomes);
        return new StateDigest(XxHash3.HashToUInt64(block, (long)Value));
    }
}

/// <summary>
/// A hash of a whole replicated state: machine, sessions, position, digest. Equal on replicas that applied the same position. XXH3 with 64
/// bits. <c>default</c> is no state's hash in particular.
/// </summary>
public readonly record struct StateHash(ulong Value)
{
    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
