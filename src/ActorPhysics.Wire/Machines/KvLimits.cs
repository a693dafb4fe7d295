namespace ActorPhysics.Wire.Machines;

/// <summary>The bounds of the <c>kv</c> machine. They decide what is refused, so they are constants of its version and not settings.</summary>
public static class KvLimits
{
    /// <summary>Keys have 1 to this many bytes of UTF-8.</summary>
    public const int MaxKeyBytes = 1024;

    /// <summary>Values have 0 to this many bytes.</summary>
    public const int MaxValueBytes = 1024 * 1024;

    /// <summary>The limit of a range that names none, in items.</summary>
    public const int DefaultRangeItems = 1000;

    /// <summary>The highest limit of a range, in items; a higher one counts as this.</summary>
    public const int MaxRangeItems = 10_000;

    /// <summary>A range stops after the item with which it reaches this size, in bytes of keys and values.</summary>
    public const int MaxRangeBytes = 1024 * 1024;
}
