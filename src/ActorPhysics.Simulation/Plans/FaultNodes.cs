namespace ActorPhysics.Simulation.Plans;

/// <summary>Which nodes a fault speaks of.</summary>
internal static class FaultNodes
{
    /// <summary>One bit for each node that the fault names.</summary>
    public static int Of(Fault fault) => fault switch
    {
        Crash crash => 1 << crash.Node,
        Pause pause => 1 << pause.Node,
        Partition partition => partition.From | partition.To,
        SlowLink slow => (1 << slow.From) | (1 << slow.To),
        Reconnect reconnect => (1 << reconnect.A) | (1 << reconnect.B),
        FullDisk full => 1 << full.Node,
        SlowDisk slow => 1 << slow.Node,
        FailedSync failed => 1 << failed.Node,
        DamagedJournal damaged => 1 << damaged.Node,
        DamagedSnapshot damaged => 1 << damaged.Node,
        FailingSnapshots failing => 1 << failing.Node,
        WallJump jump => 1 << jump.Node,
        Drift drift => 1 << drift.Node,
        Transfer transfer => 1 << transfer.Node,
        LyingDisk lying => 1 << lying.Node,
        _ => throw new ArgumentException($"{fault.GetType().Name} is not known here", nameof(fault)),
    };

    /// <summary>The fault in a world where the nodes outside of <paramref name="left"/> do not exist; null when nothing of it is left.</summary>
    public static Fault? Within(Fault fault, int left) => fault switch
    {
        Partition partition when (partition.From & left) == 0 || (partition.To & left) == 0 => null,
        Partition partition => partition with { From = partition.From & left, To = partition.To & left },
        _ => (Of(fault) & ~left) == 0 ? fault : null,
    };
}
