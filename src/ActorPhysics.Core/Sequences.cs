using System.Collections.Immutable;

namespace ActorPhysics.Core;

/// <summary>
/// Equality by content for records that hold an <see cref="ImmutableArray{T}"/>, whose own equality compares references. Hashes
/// are simple and the same in every process: these records are compared, and are never keys of large tables.
/// </summary>
internal static class Sequences
{
    public static bool Equal<T>(ImmutableArray<T> a, ImmutableArray<T> b)
        where T : IEquatable<T> =>
        a.IsDefault || b.IsDefault ? a.IsDefault == b.IsDefault : a.AsSpan().SequenceEqual(b.AsSpan());

    public static int Hash(ulong a, ulong b) => (int)(a * 31 + b);

    public static int Hash<T>(ImmutableArray<T> sequence) => sequence.IsDefault ? -1 : sequence.Length;
}
