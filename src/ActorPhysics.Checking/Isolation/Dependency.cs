namespace ActorPhysics.Checking.Isolation;

/// <summary>Why one transaction comes before another (Adya 1999, §3.1.1; Kingsbury &amp; Alvaro, VLDB 2020, §4).</summary>
[Flags]
internal enum Dependency : byte
{
    None = 0,

    /// <summary>ww: the second installs a version after one of the first's.</summary>
    WriteWrite = 1,

    /// <summary>wr: the second read what the first wrote.</summary>
    WriteRead = 2,

    /// <summary>rw, an anti-dependency: the second overwrote what the first read.</summary>
    ReadWrite = 4,

    /// <summary>The same process ran the first before the second.</summary>
    Process = 8,

    /// <summary>The first had ended before the second began. Such edges lead through barriers, nodes that are no transactions.</summary>
    Realtime = 16,

    /// <summary>
    /// Goes on with an anti-dependency that leads to many writers through a junction, a node that is no transaction: readers × writers
    /// would be too many edges.
    /// </summary>
    Junction = 32,

    /// <summary>Any information flow.</summary>
    Flow = WriteWrite | WriteRead,

    AntiDependency = ReadWrite | Junction,

    Data = Flow | AntiDependency,

    All = Data | Process | Realtime,
}
