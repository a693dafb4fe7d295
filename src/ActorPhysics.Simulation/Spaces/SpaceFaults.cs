using System.Collections.Immutable;
using ActorPhysics.Simulation.Network;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Spaces;

/// <summary>
/// Makes the planned faults happen to nodes that host replicas of several groups, and mends all of them in the end. Damaged disks are left to the runs
/// of one group: what is promised then is promised to each group by itself.
/// </summary>
internal sealed class SpaceFaults(SpaceRun run, IReadOnlyList<SimulatedNode> nodes, SimulatedNetwork network)
{
    private readonly NodeLinks _links = new(run.Events, nodes, network);
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private TimeSpan _downAfterGivingUp = TimeSpan.FromMilliseconds(100);
    private bool _healed;
    private int _leadersStruck;

    public ImmutableSortedDictionary<string, int> Counts => _counts.ToImmutableSortedDictionary(StringComparer.Ordinal);

    public static bool IsKnown(Fault fault) =>
        fault is Crash or Pause or Partition or SlowLink or Reconnect or FullDisk or SlowDisk or FailedSync or FailingSnapshots or WallJump or Drift;

    /// <summary>Whether two nodes take their connection for one that stands; a link that is cut need not have been noticed.</summary>
    public bool IsConnected(int a, int b) => nodes[b] is { Run: 0 } or { IsRunning: true } && _links.Stands(a, b);

    public void PlanAll()
    {
        foreach (Fault fault in run.Plan.World.Faults)
        {
            run.Events.Plan(default(WorldTime) + fault.At, () =>
            {
                if (!_healed && TryApply(fault))
                {
                    _counts[fault.GetType().Name] = _counts.GetValueOrDefault(fault.GetType().Name) + 1;
                    run.Trace?.Struck(fault);
                }
            });
        }
    }

    public void Ended(SimulatedNode node) => _links.Connect(node, up: false);

    /// <summary>The process ended itself because its journal failed.</summary>
    public void GaveUp(SimulatedNode node)
    {
        node.Crash();
        RestartAfter(node, _downAfterGivingUp, ProcessVersion.Same);
    }

    public void Start(SimulatedNode node, ProcessVersion version)
    {
        node.Start(version);
        _links.Connect(node, up: true);
    }

    /// <summary>Everything is mended, and every node must live.</summary>
    public void Heal()
    {
        _healed = true;
        network.Heal();
        foreach (SimulatedNode node in nodes)
        {
            node.Condition.Mend();
            SetFailingSnapshots(node, fails: false);
            if (!node.IsRunning)
            {
                Start(node, ProcessVersion.Same);
            }
        }

        _links.Healed(among: (1 << nodes.Count) - 1);
        run.Trace?.Note("== healed: all nodes must live");
    }

    /// <summary>
    /// "Whoever leads" is whoever leads the group that was founded first of those that have a leader; where that is the config group, the youngest group has its turn
    /// as well.
    /// </summary>
    private int LeadingNode => (run.Plan.Control is not null && _leadersStruck++ % 2 == 1 ? run.Groups.Reverse() : run.Groups).Select(group => run.LeaderOf(group.Founding.Group)?.Node.Index ?? Fault.Leader).FirstOrDefault(node => node >= 0, Fault.Leader);

    private SimulatedNode? NodeOf(int node) => node != Fault.Leader ? nodes[node] : LeadingNode is >= 0 and int leader ? nodes[leader] : null;

    private bool TryApply(Fault fault)
    {
        switch (fault)
        {
            case Crash crash when NodeOf(crash.Node) is { IsRunning: true } node:
                node.Crash();
                RestartAfter(node, crash.Down, crash.Version);
                return true;
            case Pause { MidTurn: true } pause when NodeOf(pause.Node) is { IsRunning: true } node:
                node.Clock.StallAtNextLook = pause.For;
                return true;
            case Pause { MidTurn: false } pause when NodeOf(pause.Node) is { IsRunning: true } node:
                node.Pause(pause.For);
                return true;
            case Partition partition when Resolve(partition) is { } resolved:
                IReadOnlyList<(int From, int To)> cut = _links.Cut(resolved);
                Later(partition.For, () => _links.Mend(cut));
                return cut.Count > 0;
            case SlowLink slow when slow.From != slow.To:
                network.Slow(slow.From, slow.To, slow.Extra, slow.DropsPerMillion);
                Later(slow.For, () => network.Slow(slow.From, slow.To, TimeSpan.Zero, 0));
                return true;
            case Reconnect reconnect when reconnect.A != reconnect.B:
                _links.Break(reconnect.A, reconnect.B);
                return true;
            case WallJump jump when NodeOf(jump.Node) is { } node:
                node.Clock.WallOffset += jump.By;
                return true;
            case Drift drift when NodeOf(drift.Node) is { } node:
                node.Drift(drift.PartsPerMillion);
                return true;
            default:
                return TryApplyToDisk(fault);
        }
    }

    private bool TryApplyToDisk(Fault fault)
    {
        switch (fault)
        {
            case FullDisk full when NodeOf(full.Node) is { } node:
                node.Condition.IsFull = true;
                Later(full.For, () => node.Condition.IsFull = false);
                return true;
            case SlowDisk slow when NodeOf(slow.Node) is { } node:
                node.Condition.Slowness = slow.Factor;
                Later(slow.For, () => node.Condition.Slowness = 1);
                return true;
            case FailedSync failed when NodeOf(failed.Node) is { IsRunning: true } node:
                _downAfterGivingUp = failed.Down;
                node.Condition.FailsNextSync = true;
                return true;
            case FailingSnapshots failing when NodeOf(failing.Node) is { } node:
                SetFailingSnapshots(node, fails: true);
                Later(failing.For, () => SetFailingSnapshots(node, fails: false));
                return true;
            default:
                return false;
        }
    }

    private Partition? Resolve(Partition partition)
    {
        if (partition is { From: not 0, To: not 0 })
        {
            return partition;
        }

        int leader = LeadingNode;
        return leader < 0 ? null
            : partition.From == 0 ? partition with { From = 1 << leader, To = partition.To & ~(1 << leader) }
            : partition with { From = partition.From & ~(1 << leader), To = 1 << leader };
    }

    private static void SetFailingSnapshots(SimulatedNode node, bool fails)
    {
        foreach (SimulatedReplica replica in node.Replicas)
        {
            replica.Disk.Snapshots.FailsWrites = fails;
        }
    }

    private void RestartAfter(SimulatedNode node, TimeSpan down, ProcessVersion version) => run.Events.Plan(run.Events.Now + down, () =>
    {
        // A failure from before the healing may come to light after it.
        if (!node.IsRunning)
        {
            Start(node, version);
        }
    });

    /// <summary>What a fault changed is changed back, unless the healing has done so before.</summary>
    private void Later(TimeSpan after, Action undo) => run.Events.Plan(run.Events.Now + after, () =>
    {
        if (!_healed)
        {
            undo();
        }
    });
}
