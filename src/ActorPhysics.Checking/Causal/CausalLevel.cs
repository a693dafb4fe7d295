using System.Collections.Immutable;

namespace ActorPhysics.Checking.Causal;

/// <summary>
/// Levels of consistency for sessions of transactions over registers, where a single read or write is a transaction too: the first three
/// from Biswas &amp; Enea (OOPSLA 2019), the session guarantees from Terry et al. (PDIS 1994).
/// </summary>
public enum CausalLevel
{
    /// <summary>Nobody misses a write that causally precedes what he saw.</summary>
    Causal,

    /// <summary>Nobody sees one write of a transaction and misses another, nor misses a write of his own session.</summary>
    ReadAtomic,

    /// <summary>Within a transaction nobody reads an older version after a newer one.</summary>
    ReadCommitted,

    /// <summary>Who sees a write sees what its author had read before he wrote.</summary>
    WritesFollowReads,

    /// <summary>Who sees a write sees what its author had written before.</summary>
    MonotonicWrites,

    /// <summary>A session never sees an older version after a newer one.</summary>
    MonotonicReads,

    /// <summary>A session sees its own writes.</summary>
    ReadYourWrites,
}

/// <summary>Names of the levels, and how they imply each other.</summary>
public static class CausalLevels
{
    private static readonly ImmutableArray<(CausalLevel Level, string Name)> Table =
    [
        (CausalLevel.Causal, "causal"),
        (CausalLevel.ReadAtomic, "read-atomic"),
        (CausalLevel.ReadCommitted, "read-committed"),
        (CausalLevel.WritesFollowReads, "writes-follow-reads"),
        (CausalLevel.MonotonicWrites, "monotonic-writes"),
        (CausalLevel.MonotonicReads, "monotonic-reads"),
        (CausalLevel.ReadYourWrites, "read-your-writes"),
    ];

    /// <summary>The strongest first; the session guarantees, which say nothing of each other, last.</summary>
    public static ImmutableArray<CausalLevel> All { get; } = [.. Table.Select(row => row.Level)];

    public static string Name(CausalLevel level) => Table[(int)level].Name;

    public static bool TryParse(string name, out CausalLevel level)
    {
        int row = Table.Select(entry => entry.Name).ToList().IndexOf(name);
        level = row >= 0 ? Table[row].Level : default;
        return row >= 0;
    }

    /// <summary>Whether every history of a level is one of the other; each implies itself.</summary>
    public static bool Implies(CausalLevel strong, CausalLevel weak) =>
        strong == weak || strong == CausalLevel.Causal || (strong == CausalLevel.ReadAtomic && weak is CausalLevel.ReadCommitted or CausalLevel.ReadYourWrites);
}
