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

    /// <summary>Whether the ends are of this kind; the whole keyspace is of both.</summary>
    public bool Fits(ShardingKind kind) => (From is not { } from || from.Kind == kind) && (To is not { } to || to.Kind == kind);

    /// <summary>Whether the other range begins where this one ends.</summary>
    public bool IsFollowedBy(KeyRange next) => To is { } to && next.From is { } from && to == from;

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
