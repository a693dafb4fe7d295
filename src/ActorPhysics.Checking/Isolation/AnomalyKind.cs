namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// What can be wrong with a history of transactions. The G's are Adya's ("Weak Consistency", 1999, §4.2 and §5.3) and Elle's (Kingsbury &amp;
/// Alvaro, VLDB 2020).
/// </summary>
public enum AnomalyKind
{
    /// <summary>G0, dirty write: a cycle of ww.</summary>
    WriteCycle,

    /// <summary>G1a: a committed transaction read what an aborted one wrote.</summary>
    AbortedRead,

    /// <summary>G1b: a transaction read what another overwrote before it ended.</summary>
    IntermediateRead,

    /// <summary>G1c: a cycle of ww and wr.</summary>
    CircularInformationFlow,

    /// <summary>G-single: a cycle with exactly one rw, also called read skew.</summary>
    SingleAntiDependency,

    /// <summary>G-nonadjacent: a cycle with several rw, no two of them next to each other.</summary>
    NonadjacentAntiDependencies,

    /// <summary>G2-item: a cycle with rw next to each other, as in write skew.</summary>
    AntiDependencyCycle,

    /// <summary>Two committed transactions read the same version of a key and both wrote it.</summary>
    LostUpdate,

    /// <summary>A committed write on top of an aborted one.</summary>
    DirtyUpdate,

    /// <summary>Two writes seen in opposite orders: a <see cref="NonadjacentAntiDependencies"/> of two readers who see one write each.</summary>
    LongFork,

    /// <summary>A transaction read something else than its own earlier micro-operations imply (axiom INT of Cerone et al., CONCUR 2015).</summary>
    InternalInconsistency,

    /// <summary>A transaction read what it wrote only later.</summary>
    FutureRead,

    /// <summary>Two reads of a list, neither a prefix of the other.</summary>
    IncompatibleOrder,

    /// <summary>A list holds an element twice.</summary>
    DuplicateElements,

    /// <summary>What is assumed of registers orders some versions in a circle.</summary>
    CyclicVersions,

    /// <summary>A committed transaction read a list's element that nobody appended.</summary>
    UnwrittenRead,

    /// <summary>A transaction saw one of another's writes and missed another (the read-atomic axiom of Biswas &amp; Enea, OOPSLA 2019, fig. 2).</summary>
    FracturedRead,

    /// <summary>A transaction missed a write that causally precedes it through reads and sessions (the causal axiom there).</summary>
    CausalReversal,
}

/// <summary>Which order a cycle needs besides the data.</summary>
public enum AnomalyScope
{
    /// <summary>None.</summary>
    Data,

    /// <summary>The order of a process's own transactions.</summary>
    Process,

    /// <summary>That one transaction ended before another began.</summary>
    Realtime,
}

/// <summary>A kind of anomaly in a scope; its name is that of the literature, such as <c>G-single-item-realtime</c>.</summary>
public readonly record struct AnomalyType(AnomalyKind Kind, AnomalyScope Scope = AnomalyScope.Data)
{
    public string Name
    {
        get
        {
            string name = NameOf(Kind);
            return Scope switch
            {
                AnomalyScope.Process => name + "-process",
                AnomalyScope.Realtime => name + "-realtime",
                _ => name,
            };
        }
    }

    public override string ToString() => Name;

    private static string NameOf(AnomalyKind kind) => kind switch
    {
        AnomalyKind.WriteCycle => "G0",
        AnomalyKind.AbortedRead => "G1a",
        AnomalyKind.IntermediateRead => "G1b",
        AnomalyKind.CircularInformationFlow => "G1c",
        AnomalyKind.SingleAntiDependency => "G-single-item",
        AnomalyKind.NonadjacentAntiDependencies => "G-nonadjacent-item",
        AnomalyKind.AntiDependencyCycle => "G2-item",
        AnomalyKind.LostUpdate => "lost-update",
        AnomalyKind.DirtyUpdate => "dirty-update",
        AnomalyKind.LongFork => "long-fork",
        AnomalyKind.InternalInconsistency => "internal",
        AnomalyKind.FutureRead => "future-read",
        AnomalyKind.IncompatibleOrder => "incompatible-order",
        AnomalyKind.DuplicateElements => "duplicate-elements",
        AnomalyKind.CyclicVersions => "cyclic-versions",
        AnomalyKind.UnwrittenRead => "unwritten-read",
        AnomalyKind.FracturedRead => "fractured-read",
        AnomalyKind.CausalReversal => "causal-reversal",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };
}
