using System.Collections.Immutable;

namespace ActorPhysics.Checking.Isolation;

/// <summary>Levels of isolation, the strongest first.</summary>
public enum IsolationLevel
{
    /// <summary>Serializable in an order that respects real time (Adya 1999, PL-SS).</summary>
    StrictSerializable,

    /// <summary>Serializable in an order that respects every process's own (Daudjee &amp; Salem, VLDB 2004).</summary>
    StrongSessionSerializable,

    /// <summary>Adya's PL-3.</summary>
    Serializable,

    /// <summary>Adya's PL-SI without its rule on start times, as Cerone &amp; Gotsman (PODC 2016) have it.</summary>
    SnapshotIsolation,

    /// <summary>Adya's PL-2.99.</summary>
    RepeatableRead,

    /// <summary>No transaction misses what causally precedes it through reads and sessions (Biswas &amp; Enea, OOPSLA 2019).</summary>
    Causal,

    /// <summary>What Elle tests under this name: read committed and internal consistency. It is necessary for causal consistency, not sufficient.</summary>
    CausalCerone,

    /// <summary>What Elle tests under this name, the same; a fractured read is reported, and counts against <see cref="Causal"/>.</summary>
    ReadAtomic,

    /// <summary>Adya's PL-2.</summary>
    ReadCommitted,

    /// <summary>Adya's PL-1.</summary>
    ReadUncommitted,
}

/// <summary>Names of the levels, how they imply each other, and what each forbids.</summary>
public static class IsolationLevels
{
    private static readonly ImmutableArray<(IsolationLevel Level, string Name, ImmutableArray<IsolationLevel> Implies)> Table =
    [
        (IsolationLevel.StrictSerializable, "strict-serializable", [IsolationLevel.StrongSessionSerializable]),
        (IsolationLevel.StrongSessionSerializable, "strong-session-serializable", [IsolationLevel.Serializable, IsolationLevel.Causal]),
        (IsolationLevel.Serializable, "serializable", [IsolationLevel.SnapshotIsolation, IsolationLevel.RepeatableRead]),
        (IsolationLevel.SnapshotIsolation, "snapshot-isolation", [IsolationLevel.CausalCerone]),
        (IsolationLevel.RepeatableRead, "repeatable-read", [IsolationLevel.ReadCommitted]),
        (IsolationLevel.Causal, "causal", [IsolationLevel.CausalCerone]),
        (IsolationLevel.CausalCerone, "causal-cerone", [IsolationLevel.ReadAtomic]),
        (IsolationLevel.ReadAtomic, "read-atomic", [IsolationLevel.ReadCommitted]),
        (IsolationLevel.ReadCommitted, "read-committed", [IsolationLevel.ReadUncommitted]),
        (IsolationLevel.ReadUncommitted, "read-uncommitted", []),
    ];

    /// <summary>The strongest first.</summary>
    public static ImmutableArray<IsolationLevel> All { get; } = [.. Table.Select(row => row.Level)];

    public static string Name(IsolationLevel level) => Table[(int)level].Name;

    public static bool TryParse(string name, out IsolationLevel level)
    {
        int row = Table.Select(entry => entry.Name).ToList().IndexOf(name);
        level = row >= 0 ? Table[row].Level : default;
        return row >= 0;
    }

    /// <summary>Whether every history of a level is one of the other; each implies itself.</summary>
    public static bool Implies(IsolationLevel strong, IsolationLevel weak) =>
        strong == weak || Table[(int)strong].Implies.Any(next => Implies(next, weak));

    /// <summary>Whether a level forbids an anomaly. As in Elle's table of models, internal consistency is no part of repeatable read.</summary>
    public static bool Forbids(IsolationLevel level, AnomalyType anomaly)
    {
        if (anomaly.Scope != AnomalyScope.Data)
        {
            return ForbidsOrdered(level, anomaly);
        }

        bool serializable = level <= IsolationLevel.Serializable;
        return anomaly.Kind switch
        {
            AnomalyKind.WriteCycle or AnomalyKind.DuplicateElements or AnomalyKind.CyclicVersions => true,
            AnomalyKind.AbortedRead or AnomalyKind.IntermediateRead or AnomalyKind.CircularInformationFlow or AnomalyKind.DirtyUpdate
                or AnomalyKind.IncompatibleOrder or AnomalyKind.FutureRead or AnomalyKind.UnwrittenRead => level < IsolationLevel.ReadUncommitted,
            AnomalyKind.InternalInconsistency => level <= IsolationLevel.ReadAtomic && level != IsolationLevel.RepeatableRead,
            AnomalyKind.FracturedRead or AnomalyKind.CausalReversal => level == IsolationLevel.Causal,
            AnomalyKind.AntiDependencyCycle => serializable || level == IsolationLevel.RepeatableRead,
            _ => serializable || level is IsolationLevel.SnapshotIsolation or IsolationLevel.RepeatableRead,
        };
    }

    private static bool ForbidsOrdered(IsolationLevel level, AnomalyType anomaly) => (level, anomaly.Scope) switch
    {
        (IsolationLevel.StrictSerializable, AnomalyScope.Realtime) => true,
        (IsolationLevel.StrongSessionSerializable, AnomalyScope.Process) => true,
        (IsolationLevel.Causal, AnomalyScope.Process) => anomaly.Kind is AnomalyKind.WriteCycle or AnomalyKind.CircularInformationFlow,
        _ => false,
    };
}
