namespace ActorPhysics.Simulation.Plans;

/// <summary>Which nodes a fault speaks of.</summary>
internal static class FaultNodes
{
    /// <summary>One bit for each node that the fault names; none for whichever leads.</summary>
    public static int Of(Fault fault) => fault switch
    {
        Crash crash => Bit(crash.Node),
        CandidateCrash or Lull => 0,
        Pause pause => Bit(pause.Node),
        Partition partition => partition.From | partition.To,
        SlowLink slow => (1 << slow.From) | (1 << slow.To),
        Reconnect reconnect => (1 << reconnect.A) | (1 << reconnect.B),
        FullDisk full => Bit(full.Node),
        SlowDisk slow => Bit(slow.Node),
        FailedSync failed => Bit(failed.Node),
        DamagedJournal damaged => Bit(damaged.Node),
        DamagedSnapshot damaged => Bit(damaged.Node),
        FailingSnapshots failing => Bit(failing.Node),
        WallJump jump => Bit(jump.Node),
        Drift drift => Bit(drift.Node),
        Transfer transfer => Bit(transfer.Node),
        ChangeMembers change => change.Voters | change.Learners | change.Witnesses,
        LyingDisk lying => Bit(lying.Node),
        _ => throw new ArgumentException($"{fault.GetType().Name} is not known here", nameof(fault)),
    };

    /// <summary>The fault in a world where the nodes outside of <paramref name="left"/> do not exist; null when nothing of it is left.</summary>
    public static Fault? Within(Fault fault, int left) => fault switch
    {
        // An empty side is the leader's; one that became empty is gone.
        Partition partition when IsGone(partition.From, left) || IsGone(partition.To, left) => null,
        Partition partition => partition with { From = partition.From & left, To = partition.To & left },
        ChangeMembers change when (change.Voters & left) == 0 => null,
        ChangeMembers change => change with { Voters = change.Voters & left, Learners = change.Learners & left, Witnesses = change.Witnesses & left },
        _ => (Of(fault) & ~left) == 0 ? fault : null,
    };

    private static bool IsGone(int side, int left) => side != 0 && (side & left) == 0;

    private static int Bit(int node) => node == Fault.Leader ? 0 : 1 << node;
}
