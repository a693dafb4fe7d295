namespace ActorPhysics.Core.Space;

/// <summary>
/// The points from one up to, not including, another; an end that is null is unbounded. <c>default</c> is the whole keyspace.
/// </summary>
/// <remarks>
/// Invariant: it is not empty, both ends are of one kind, and a beginning at the first point is written as null, so that equal ranges are
/// equal values.
/// </remarks>
public readonly record struct KeyRange
{
    private KeyRange(KeyPoint? from, KeyPoint? to) => (From, To) = (from, to);

    /// <summary>The first point; null where nothing lies before.</summary>
    public KeyPoint? From { get; }

    /// <summary>The first point that is no longer within; null where nothing lies after.</summary>
    public KeyPoint? To { get; }

    public static KeyRange All => default;

    /// <summary>The range, or null when nothing lies between the ends or they are of different kinds.</summary>
    public static KeyRange? TryCreate(KeyPoint? from, KeyPoint? to)
    {
        bool mixed = from is { } a && to is { } b && a.Kind != b.Kind;
        KeyPoint? normal = from is { IsFirst: true } ? null : from;
        bool empty = to is { IsFirst: true } || (normal is { } start && to is { } end && start >= end);
        return mixed || empty ? null : new KeyRange(normal, to);
    }

    public bool Contains(KeyPoint point) => (From is not { } from || from <= point) && (To is not { } to || point < to);

    /// <summary>As the other, for a key that is still part of a message, in a space of this kind. Allocates nothing.</summary>
    public bool Contains(ShardingKind kind, ReadOnlySpan<byte> key)
    {
        if (kind == ShardingKind.Ordered)
        {
            return (From is not { } first || first.Key.CompareTo(key) <= 0) && (To is not { } last || last.Key.CompareTo(key) > 0);
        }

        HashPoint point = From is null && To is null ? default : HashPoint.Of(key);
        return (From is not { } from || from.Hash <= point) && (To is not { } to || point < to.Hash);
    }

    /// <summary>Whether the ends are of this kind; the whole keyspace is of both.</summary>
    public bool Fits(ShardingKind kind) => (From is not { } from || from.Kind == kind) && (To is not { } to || to.Kind == kind);

    /// <summary>Whether the other range begins where this one ends.</summary>
    public bool IsFollowedBy(KeyRange next) => To is { } to && next.From is { } from && to == from;

    /// <summary>Both ranges as one, or null when neither begins where the other ends.</summary>
    public KeyRange? TryJoin(KeyRange neighbour) =>
        IsFollowedBy(neighbour) ? JoinedWith(neighbour) : neighbour.IsFollowedBy(this) ? neighbour.JoinedWith(this) : null;

    /// <summary>
    /// What remains without <paramref name="part"/>: nothing (null) when it is the whole, one range when it is one end. False when it is neither, so that no
    /// one range would remain.
    /// </summary>
    public bool TryCutOff(KeyRange part, out KeyRange? rest)
    {
        rest = null;
        if (part == this)
        {
            return true;
        }

        rest = part.From == From && part.To is { } end ? SplitAt(end)?.Right
            : part.To == To && part.From is { } start ? SplitAt(start)?.Left
            : null;
        return rest is not null;
    }

    /// <summary>
    /// The point that divides a range of hash points into equal halves; null when it holds a single point, and for a range bounded by keys, whose
    /// middle depends on which keys there are.
    /// </summary>
    public HashPoint? MiddleOfHashes()
    {
        if (!Fits(ShardingKind.Hash))
        {
            return null;
        }

        UInt128 from = From?.Hash.Value ?? UInt128.Zero;
        UInt128 to = To is { } end ? end.Hash.Value : UInt128.One << 64;
        return to - from < 2 ? null : new HashPoint((ulong)(from + (to - from) / 2));
    }

    /// <summary>What both ranges contain, or null when they share no point.</summary>
    public KeyRange? Intersect(KeyRange other)
    {
        KeyPoint? from = From is not { } a || (other.From is { } b && a < b) ? other.From : From;
        KeyPoint? to = To is not { } c || (other.To is { } d && d < c) ? other.To : To;
        return TryCreate(from, to);
    }

    public override string ToString() => $"[{(From is { } from ? from : "first")}, {(To is { } to ? to : "end")})";

    /// <summary>Two neighbours as one; the caller knows that they are.</summary>
    internal KeyRange JoinedWith(KeyRange next) => new(From, next.To);

    /// <summary>Both sides of a point within; null when the point is the range's first or outside of it.</summary>
    internal (KeyRange Left, KeyRange Right)? SplitAt(KeyPoint at) =>
        Contains(at) && !at.IsFirst && From != at ? (new KeyRange(From, at), new KeyRange(at, To)) : null;
}
