using System.Collections.Immutable;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Network;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Runs;

/// <summary>
/// Makes the planned faults happen, within what the failure model promises to survive, and mends them in the end. A fault that would go beyond
/// the model at its moment does not happen.
/// </summary>
internal sealed class FaultDriver(SimulationRun run, SimulatedProcess[] processes, SimulatedNetwork network)
{
    private readonly SeededRandom _random = SeededRandom.For(run.Plan.Seed, 3);
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly NodeLinks _links = new(run.Events, processes, network);
    private bool _healed;
    private readonly List<Subject> _core = [];
    private int _living;
    private Operator? _operator;
    private TimeSpan _downAfterGivingUp = TimeSpan.FromMilliseconds(100);
    private CandidateCrash? _ambush;

    public ImmutableSortedDictionary<string, int> Counts => _counts.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Who must live after the healing.</summary>
    public IReadOnlyList<Subject> Core => _core;

    private EventQueue Events => run.Events;

    private Operator Operator => _operator ??= new Operator(run, processes, () => Leader, Host);

    private ConfigurationBook Book => run.Observatory.Book;

    public void PlanAll()
    {
        foreach (Fault planned in run.Plan.Faults)
        {
            Events.Plan(default(WorldTime) + planned.At, () =>
            {
                if (!_healed && Resolve(planned) is { } fault && TryApply(fault))
                {
                    _counts[fault.GetType().Name] = _counts.GetValueOrDefault(fault.GetType().Name) + 1;
                    run.Observatory.Trace?.Struck(fault);
                }
            });
        }
    }

    /// <summary>A replica stands for election: it may have been waited for.</summary>
    public void StoodForElection(Subject candidate)
    {
        if (_healed || _ambush is not { } ambush)
        {
            return;
        }

        _ambush = null;
        if (Events.Now <= default(WorldTime) + ambush.At + ambush.Within)
        {
            Later(ambush.After, () => TryCrash(processes[candidate.Index], ambush.Down, ProcessVersion.Same));
        }
    }

    /// <summary>The process died: both ends of its connections hear of it.</summary>
    public void Ended(SimulatedNode node) => _links.Connect(node, up: false);

    /// <summary>The process ended itself because its journal failed.</summary>
    public void GaveUp(SimulatedProcess process)
    {
        run.Observatory.Marks.Mark(CoverageMark.SyncFailed);
        process.Crash();
        RestartAfter(process, _downAfterGivingUp, ProcessVersion.Same);
    }

    /// <summary>Everything is mended; a core of a quorum, usually all, must now live.</summary>
    public void Heal()
    {
        _healed = true;
        Operator.Rest();
        network.Heal();
        int core = DrawCore();
        _living = core;
        foreach (SimulatedProcess process in processes)
        {
            process.Condition.Mend();
            process.Disk.Snapshots.FailsWrites = false;
            if ((core & (1 << process.Index)) == 0)
            {
                LeaveOut(process, core);
            }
            else if (process is { IsUp: false, Subject: not null })
            {
                Start(process, ProcessVersion.Same);
            }
        }

        _core.AddRange(processes.Where(process => (core & (1 << process.Index)) != 0).Select(process => process.Subject).OfType<Subject>());
        run.Observatory.Trace?.Note($"== healed: {string.Join(", ", Core.Select(subject => subject.Id))} must live");
        _links.Healed(among: core);
    }

    /// <summary>A node outside of the core is dead, or it speaks to the core and does not hear it: the core must live all the same.</summary>
    private void LeaveOut(SimulatedProcess process, int core)
    {
        if (_random.OneIn(2) || !process.IsUp)
        {
            process.Crash();
            return;
        }

        for (int other = 0; other < processes.Length; other++)
        {
            if ((core & (1 << other)) != 0)
            {
                network.Cut(other, process.Index);
                _links.NoticeInTime(other, process.Index);
            }
        }
    }

    private SimulatedProcess? Leader => processes.Where(process => process is { IsUp: true, Subject.Role: LineRole.Leader }).MaxBy(process => process.Actor!.Epoch);

    /// <summary>The fault with the leader's node in place of "whoever leads", or null when nobody does.</summary>
    private Fault? Resolve(Fault fault)
    {
        int leader = Leader?.Index ?? Fault.Leader;
        Fault resolved = fault switch
        {
            Crash { Node: Fault.Leader } crash => crash with { Node = leader },
            Pause { Node: Fault.Leader } pause => pause with { Node = leader },
            FullDisk { Node: Fault.Leader } full => full with { Node = leader },
            SlowDisk { Node: Fault.Leader } slow => slow with { Node = leader },
            FailedSync { Node: Fault.Leader } failed => failed with { Node = leader },
            DamagedJournal { Node: Fault.Leader } damaged => damaged with { Node = leader },
            DamagedSnapshot { Node: Fault.Leader } damaged => damaged with { Node = leader },
            FailingSnapshots { Node: Fault.Leader } failing => failing with { Node = leader },
            WallJump { Node: Fault.Leader } jump => jump with { Node = leader },
            Drift { Node: Fault.Leader } drift => drift with { Node = leader },
            LyingDisk { Node: Fault.Leader } lying => lying with { Node = leader },
            Partition { From: 0 } cut when leader >= 0 => cut with { From = 1 << leader, To = cut.To & ~(1 << leader) },
            Partition { To: 0 } cut when leader >= 0 => cut with { From = cut.From & ~(1 << leader), To = 1 << leader },
            _ => fault,
        };
        bool lacksLeader = leader < 0 && (ReferenceEquals(resolved, fault) ? fault is Partition { From: 0 } or Partition { To: 0 } : true);
        return lacksLeader ? null : resolved;
    }

    private bool TryApply(Fault fault)
    {
        switch (fault)
        {
            case Crash crash:
                return TryCrash(processes[crash.Node], crash.Down, crash.Version);
            case CandidateCrash ambush:
                _ambush = ambush;
                return true;
            case Pause pause when processes[pause.Node].IsUp:
                return Pause(processes[pause.Node], pause);
            case Partition partition:
                return Cut(partition);
            case SlowLink slow when slow.From != slow.To:
                network.Slow(slow.From, slow.To, slow.Extra, slow.DropsPerMillion);
                Later(slow.For, () => network.Slow(slow.From, slow.To, TimeSpan.Zero, 0));
                return true;
            case Reconnect reconnect when reconnect.A != reconnect.B:
                _links.Break(reconnect.A, reconnect.B);
                return true;
            case Lull lull:
                run.LullUntil = WorldTime.Max(run.LullUntil, Events.Now + lull.For);
                return true;
            case Transfer transfer:
                return Transfer(transfer);
            case ChangeMembers change:
                Operator.Begin(change);
                return true;
            case WallJump jump:
                processes[jump.Node].Clock.WallOffset += jump.By;
                return true;
            case Drift drift:
                processes[drift.Node].Drift(drift.PartsPerMillion);
                return true;
            default:
                return TryApplyToDisk(fault);
        }
    }

    private bool TryApplyToDisk(Fault fault)
    {
        switch (fault)
        {
            case FullDisk full:
                run.Observatory.Marks.Mark(CoverageMark.DiskFull);
                processes[full.Node].Condition.IsFull = true;
                Later(full.For, () => processes[full.Node].Condition.IsFull = false);
                return true;
            case SlowDisk slow:
                processes[slow.Node].Condition.Slowness = slow.Factor;
                Later(slow.For, () => processes[slow.Node].Condition.Slowness = 1);
                return true;
            case FailedSync failed when processes[failed.Node].IsUp && !run.Plan.Group.CrashStop:
                _downAfterGivingUp = failed.Down;
                processes[failed.Node].Condition.FailsNextSync = true;
                return true;
            case DamagedJournal damaged:
                return TryDamage(processes[damaged.Node], damaged);
            case DamagedSnapshot damaged when MayBeDamaged(processes[damaged.Node], itselfUp: true):
                run.Observatory.Marks.Mark(CoverageMark.DamagedSnapshot);
                return processes[damaged.Node].Disk.Snapshots.DamageNewest();
            case FailingSnapshots failing:
                processes[failing.Node].Disk.Snapshots.FailsWrites = true;
                Later(failing.For, () => processes[failing.Node].Disk.Snapshots.FailsWrites = false);
                return true;
            case LyingDisk lying:
                processes[lying.Node].Condition.LiesAboutSync = true;
                Later(lying.For, () => processes[lying.Node].Condition.LiesAboutSync = false);
                return true;
            default:
                return false;
        }
    }

    private bool TryCrash(SimulatedProcess process, TimeSpan down, ProcessVersion version)
    {
        if (!process.IsUp || !MayLose(process))
        {
            return false;
        }

        process.Crash();
        RestartAfter(process, down, version);
        return true;
    }

    /// <summary>At most one damaged disk at a time, while all others are whole: what repair from peers supposes.</summary>
    private bool TryDamage(SimulatedProcess process, DamagedJournal fault)
    {
        if (!MayBeDamaged(process, itselfUp: process.IsUp))
        {
            return false;
        }

        process.Crash();
        if (process.Disk.Damage(_random, fault.Misdirected, alsoGuarded: false))
        {
            run.Observatory.Marks.Mark(CoverageMark.CorruptJournal);
        }

        RestartAfter(process, fault.Down, ProcessVersion.Same);
        return true;
    }

    private bool MayBeDamaged(SimulatedProcess process, bool itselfUp) => itselfUp
        && Book.NewestOnTrunk.Quorums.Members.Length > 2
        && run.Configuration.Quorums.Members.Length > 1
        && !run.Plan.Group.CrashStop
        && !IsChanging
        && IsQuorum(processes.Where(other => other != process).Select(other => other.Index))
        && Book.NewestOnTrunk.Configuration.Members.All(member => member.Role == MemberRole.Voter)
        && processes.All(other => other.Subject is not { } subject
            || (!subject.OwesRepair && !subject.IsLost && !other.Disk.Snapshots.HasDamage && (other == process || other.IsUp)));

    /// <summary>Somewhere the group is on the way from one configuration to the next, or may be: a leader whose disk is full shows nothing.</summary>
    private bool IsChanging => Book.NewestOnTrunk.Configuration.Target is not null
        || processes.Any(process => process.Subject is { } subject && (subject.IsHidden || !Book.OnTrunk.Contains(Book.InForce(subject.Memory))));

    /// <summary>In the crash-stop model a process that ends never comes back: those that stay must be a quorum.</summary>
    private bool MayLose(SimulatedProcess process)
    {
        if (!run.Plan.Group.CrashStop)
        {
            return true;
        }

        return IsQuorum(processes.Where(other => other != process && other.IsUp && other.Run == 1).Select(other => other.Index));
    }

    private bool IsQuorum(IEnumerable<int> nodes)
    {
        BookedConfiguration newest = Book.NewestOnTrunk;
        MemberSet set = MemberSet.Empty;
        MemberSet electable = MemberSet.Empty;
        foreach (int node in nodes)
        {
            if (processes[node].Subject is { Id: var replica } && newest.Quorums.PositionOf(replica) is >= 0 and int position)
            {
                set = set.With(position);
                electable = newest.Configuration.MayLead(replica) ? electable.With(position) : electable;
            }
        }

        return newest.Arithmetic.IsCommitQuorum(set) && newest.Arithmetic.IsElectionQuorum(set) && !electable.IsEmpty;
    }

    private int DrawCore()
    {
        int all = (1 << processes.Length) - 1;
        bool damaged = processes.Any(process => process.Subject is { OwesRepair: true } or { IsLost: true } || process.Disk.IsDamaged || process.Disk.Snapshots.HasDamage);
        if (run.Plan.Group.CrashStop)
        {
            return processes.Where(process => process.IsUp && process.Run == 1).Sum(process => 1 << process.Index);
        }

        // A witness may hold more than any of the others that are left, and cannot lead: then nobody can.
        if (damaged || IsChanging || Book.NewestOnTrunk.Configuration.Members.Any(member => member.Role == MemberRole.Witness) || _random.OneIn(2))
        {
            return all;
        }

        int core = all;
        foreach (SimulatedProcess process in processes)
        {
            int without = core & ~(1 << process.Index);
            if ((process == Leader || !process.IsUp || _random.OneIn(2)) && IsQuorum(Enumerable.Range(0, processes.Length).Where(node => (without & (1 << node)) != 0)))
            {
                core = without;
            }
        }

        return core;
    }

    private bool Pause(SimulatedProcess process, Pause pause)
    {
        if (pause.MidTurn)
        {
            run.Observatory.Marks.Mark(CoverageMark.PausedMidTurn);
            process.Clock.StallAtNextLook = pause.For;
        }
        else
        {
            process.Pause(pause.For);
        }

        return true;
    }

    private bool Cut(Partition partition)
    {
        IReadOnlyList<(int From, int To)> cut = _links.Cut(partition);
        Later(partition.For, () => _links.Mend(cut));
        return cut.Count > 0;
    }

    private bool Transfer(Transfer transfer)
    {
        if (Leader is not { } leader)
        {
            return false;
        }

        RequestToken token = run.NextOperatorRequest();
        NodeId target = processes[transfer.Node].Node;
        leader.Act(replica => replica.Offer(new TransferMail(token, target)));
        return true;
    }

    private void RestartAfter(SimulatedProcess process, TimeSpan down, ProcessVersion version) =>
        Events.Plan(Events.Now + down, () =>
        {
            // A failure from before the healing may come to light after it.
            if (!process.IsUp && process.Subject is not null && (!_healed || Core.Contains(process.Subject)))
            {
                Start(process, version);
            }
        });

    /// <summary>A new replica comes to a node; when another lived there, that one is gone.</summary>
    private void Host(SimulatedProcess process, ReplicaId replica)
    {
        bool mustLive = (_living & (1 << process.Index)) != 0;
        if (_healed && !mustLive)
        {
            return;
        }

        if (process.Subject is { } former)
        {
            _core.Remove(former);
        }

        process.Host(replica);
        run.Observatory.Trace?.Note($"{process.Node} hosts {replica}");
        if (mustLive)
        {
            _core.Add(process.Subject!);
        }

        Start(process, ProcessVersion.Same);
    }

    private void Start(SimulatedProcess process, ProcessVersion version)
    {
        if (process.Version == ProcessVersion.Later && version == ProcessVersion.Same)
        {
            run.Observatory.Marks.Mark(CoverageMark.LaterVersion);
        }

        process.Start(version);
        _links.Connect(process, up: true);
    }

    /// <summary>What a fault changed is changed back, unless the healing has done so before.</summary>
    private void Later(TimeSpan after, Action undo) => Events.Plan(Events.Now + after, () =>
    {
        if (!_healed)
        {
            undo();
        }
    });
}
