using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Tests.Harness;

namespace ActorPhysics.Protocol.Tests.Stress;

/// <summary>
/// One seed, one run: a safety phase in which everything that may go wrong does, while the monitors watch, then a healed network in which the
/// group must come back to life (after FoundationDB's and TigerBeetle's simulators).
/// </summary>
internal sealed class StressRun
{
    private const int MostInFlight = 150;
    private const int MostReplicas = 9;
    private static readonly TimeSpan LivenessLimit = TimeSpan.FromSeconds(20);
    private readonly TestRandom _random;
    private readonly StressMix _mix;
    private int _requests;

    public StressRun(ulong seed, Action<string>? trace = null)
    {
        _random = new TestRandom(seed);
        _mix = StressMix.Draw(_random);
        Configuration = DrawConfiguration();
        Cluster = new Cluster(Configuration, DrawOptions(), _random.Next(), trace);
        foreach (SimulatedReplica replica in Cluster.Replicas)
        {
            replica.ClockOffset = TimeSpan.FromMilliseconds(_random.Below(5_000));
            replica.ClockPartsPerMillion = _random.Below(10_001) - 5_000;
            replica.HoldsDisk = _random.Below(4) != 0;
            replica.HoldsApply = _random.Below(4) != 0;
            replica.HoldsStorage = _random.Below(4) != 0;
            Cluster.Start(replica);
        }
    }

    public Cluster Cluster { get; }
    public GroupConfiguration Configuration { get; }

    public void Execute(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            Act();
        }

        Heal();
        RequireLife();
    }

    private GroupConfiguration DrawConfiguration() => _random.Below(12) switch
    {
        0 => Groups.Majority(1),
        1 => Groups.Majority(2),
        2 => Groups.Majority(4),
        3 or 4 => Groups.Majority(5),
        5 => Groups.Flexible(4, election: 3, commit: 2),
        6 => Groups.Flexible(5, election: 4, commit: 2),
        7 => Groups.Weighted(),
        8 => Groups.ByDomain(6, zones: 3),
        9 => Groups.Joint(),
        10 => Groups.Of(new MajorityRule(Groups.Replicas(3)), null, new Member(new(3), new(3), MemberRole.Witness), new Member(new(4), new(4), MemberRole.Learner)),
        _ => Groups.Majority(3, _mix.Restarts ? CrashRecovery.Instance : CrashStop.Instance),
    };

    private LineOptions DrawOptions() => new()
    {
        MaximumBatchEntries = 1 + _random.Below(5),
        MaximumBatchBytes = 60 + _random.Below(300),
        MaximumInFlightBatches = 1 + _random.Below(4),
        MaximumInFlightBytes = 100 + _random.Below(1_000),
        MaximumUncommittedBytes = 2_000,
        MaximumApplyEntries = 1 + _random.Below(6),
        SnapshotEveryBytes = _random.OneIn(4) ? 1_000_000 : 200 + _random.Below(1_500),
        SnapshotChunkBytes = 50 + _random.Below(1_000),
        QuiesceAfter = _random.OneIn(2) ? TimeSpan.FromMilliseconds(1 + _random.Below(100)) : null,
        WakeSpread = TimeSpan.FromMilliseconds(_random.OneIn(2) ? 0 : _random.Below(1_000)),
    };

    private void Act()
    {
        int draw = _random.Below(1_000);
        switch (draw)
        {
            case < 480:
                Carry();
                break;
            case < 640:
                Complete();
                break;
            case < 800:
                Cluster.Advance(TimeSpan.FromMilliseconds(_random.Below(_mix.MostAdvanceMs)));
                Cluster.FireDueTimers();
                break;
            case < 880:
                Ask();
                break;
            default:
                Disturb();
                break;
        }
    }

    /// <summary>Delivers, loses or repeats one message; with reordering any that is under way, otherwise the oldest.</summary>
    private void Carry()
    {
        for (; Cluster.Network.InFlight.Count > MostInFlight;)
        {
            Cluster.Network.TakeAt(_random.Below(Cluster.Network.InFlight.Count));
        }

        if (Cluster.Network.InFlight.Count == 0)
        {
            return;
        }

        LineMessage message = Cluster.Network.TakeAt(_mix.Reorders ? _random.Below(Cluster.Network.InFlight.Count) : 0);
        if (_random.Below(1_000) < _mix.DropsPerMille)
        {
            return;
        }

        if (_random.Below(1_000) < _mix.DuplicatesPerMille)
        {
            Cluster.Network.Return(message);
        }

        Cluster.Deliver(message);
    }

    private void Complete()
    {
        if (PickUp() is not { } replica)
        {
            return;
        }

        switch (_random.Below(3))
        {
            case 0 when replica.HasUnsynced:
                ulong written = replica.Journal.Written.Value - replica.Journal.Durable.Value;
                replica.Persist(new(replica.Journal.Durable.Value + 1 + (ulong)_random.Below((int)written)));
                break;
            case 1 when replica.IsApplying:
                replica.Apply();
                break;
            case 2 when replica.HasStorageWork:
                replica.WorkStorage();
                break;
            default:
                break;
        }
    }

    private void Ask()
    {
        SimulatedReplica? asked = _random.OneIn(4) ? PickUp() : Cluster.Leader ?? PickUp();
        if (asked is null)
        {
            return;
        }

        int id = asked.Number;
        string name = $"r{_requests++}";
        switch (_random.Below(10))
        {
            case < 6:
                Cluster.Write(id, name.PadRight(1 + _random.Below(120), '.'));
                break;
            case < 9:
                Cluster.Read(id, _random.Pick([ReadLevel.Strong, ReadLevel.Lease, ReadLevel.Follower]), name);
                break;
            default:
                Cluster.Read(_random.Pick([.. Cluster.Up]).Number, ReadLevel.Strong, name);
                break;
        }
    }

    private void Disturb()
    {
        SimulatedReplica replica = _random.Pick([.. Cluster.Replicas]);
        switch (_random.Below(120))
        {
            case < 4 when replica.IsUp && _mix.Restarts:
                replica.Crash(_random.Below(4));
                break;
            case < 14 when !replica.IsUp:
                DamageSometimes(replica);
                Cluster.Start(replica);
                break;
            case < 17 when _mix.Partitions:
                Partition();
                break;
            case < 20 when _mix.Partitions:
                Cluster.Network.Block(replica.Id, _random.Pick([.. Cluster.Replicas]).Id);
                break;
            case < 30:
                Cluster.Heal();
                break;
            case < 33 when replica.IsUp:
                Cluster.Transfer(replica.Number, _random.OneIn(3) ? ReplicaId.None : _random.Pick([.. Cluster.Replicas]).Id, $"t{_requests++}");
                break;
            case < 37:
                SimulatedReplica other = _random.Pick([.. Cluster.Replicas]);
                if (other != replica)
                {
                    Cluster.Connect(replica.Id, other.Id, up: false);
                    Cluster.Connect(replica.Id, other.Id, up: true);
                }

                break;
            case 37:
                Cluster.FailsCaptures = !Cluster.FailsCaptures;
                break;
            case < 48 when _mix.Churns && Configuration.Quorums.Rule is MajorityRule:
                Churn();
                break;
            default:
                break;
        }
    }

    /// <summary>Asks, mostly a leader, for some of: a new replica, one fewer, a learner, a promotion, and taking a change back that still learns.</summary>
    private void Churn()
    {
        if ((_random.OneIn(4) ? PickUp() : Cluster.Leader ?? PickUp()) is not { } asked)
        {
            return;
        }

        GroupConfiguration current = asked.Line!.Configurations.Newest;
        List<ReplicaId> voters = [.. current.Members.Where(member => member.Role == MemberRole.Voter).Select(member => member.Replica)];
        List<ReplicaId> learners = [.. current.Members.Where(member => member.Role == MemberRole.Learner).Select(member => member.Replica)];
        if (_random.OneIn(2) && voters.Count > 1)
        {
            voters.RemoveAt(_random.Below(voters.Count));
        }

        if (_random.OneIn(2) && Cluster.Replicas.Count() < MostReplicas)
        {
            (_random.OneIn(4) ? learners : voters).Add(Cluster.Join(Cluster.Replicas.Count() + 1).Id);
        }
        else if (learners.Count > 0)
        {
            ReplicaId learner = _random.Pick(learners);
            learners.Remove(learner);
            if (_random.OneIn(2))
            {
                voters.Add(learner);
            }
        }

        ConfigEpoch? expected = _random.OneIn(8) ? new ConfigEpoch((ulong)_random.Below(6)) : null;
        Cluster.Change(asked.Number, $"c{_requests++}", voters, learners, expected);
    }

    /// <summary>At most one journal at a time is damaged, as the protocol's promise to survive it supposes.</summary>
    private void DamageSometimes(SimulatedReplica replica)
    {
        bool anotherIsDamaged = Cluster.Replicas.Any(other => other.Journal.OwesRepair || (!other.IsUp && other != replica));
        if (_mix.Damages && !anotherIsDamaged && Configuration.Quorums.Members.Length > 2 && Configuration.Members.All(member => member.Role == MemberRole.Voter) && _random.OneIn(3))
        {
            replica.Journal.Damage(_random.Below(replica.Journal.RecordCount + 1), promiseLost: false);
        }
    }

    private void Partition()
    {
        List<ReplicaId> one = [];
        List<ReplicaId> two = [];
        foreach (SimulatedReplica replica in Cluster.Replicas)
        {
            (_random.OneIn(2) ? one : two).Add(replica.Id);
        }

        Cluster.Partition(one, two);
    }

    private void Heal()
    {
        Cluster.Heal();
        Cluster.FailsCaptures = false;
        foreach (SimulatedReplica replica in Cluster.Replicas)
        {
            replica.HoldsDisk = replica.HoldsApply = replica.HoldsStorage = false;
            if (!replica.IsUp)
            {
                Cluster.Start(replica);
            }

            replica.Resume();
        }
    }

    /// <summary>A leader comes, writes get through it, and every replica ends with the same state and no request left unanswered.</summary>
    private void RequireLife()
    {
        var deadline = Cluster.Now + LivenessLimit;
        ClientRequest? probe = null;
        while (!(probe?.Outcome == Outcome.Done && AreAllEqual()))
        {
            Invariant.Require(Cluster.Now < deadline, "Liveness", Explain());
            if (probe is null or { Outcome: Outcome.Refused } && Cluster.Leader is { } leader)
            {
                probe = Cluster.Write(leader.Number, $"probe{_requests++}");
            }

            Cluster.Run(TimeSpan.FromMilliseconds(50));
        }

        Cluster.Run(Cluster.Options.ElectionTimeoutMaximum * 3);
        ClientRequest? forgotten = Cluster.Ledger.All.FirstOrDefault(request => request.Outcome == Outcome.Pending);
        Invariant.Require(forgotten is null, "RequestEndsOnce", $"{forgotten?.Kind} {forgotten?.Name} asked of {forgotten?.AskedOf} was never answered");
        RequireTruthfulRefusals();
    }

    private bool AreAllEqual()
    {
        GroupConfiguration last = Cluster.Configurations.Newest(Cluster.Monitors.Trunk.IsTrunk);
        List<SimulatedReplica> keepers = [.. Cluster.Up.Where(replica => replica.Line!.RoleKind != LineRole.Retired && last.Find(replica.Id) is not null)];
        bool othersKnow = Cluster.Up.All(replica => last.Find(replica.Id) is not null || replica.Line!.RoleKind == LineRole.Retired || !CanLearn(replica, last));
        return last.Stage == MembershipStage.Settled && othersKnow && keepers.TrueForAll(replica => replica.State.Through == Cluster.Monitors.Trunk.End.Index && replica.Line!.Status.Damage is null);
    }

    /// <summary>Whoever was removed learns it from a present member that it knows of.</summary>
    private static bool CanLearn(SimulatedReplica replica, GroupConfiguration last) =>
        last.HasRemoved(replica.Id) && replica.Line!.Configurations.Newest.Members.Any(member => last.Find(member.Replica) is not null);

    /// <summary>What was refused as "nothing happened" must never have happened.</summary>
    private void RequireTruthfulRefusals()
    {
        HashSet<string> applied = [.. Cluster.Leader!.State.Commands];
        foreach (ClientRequest write in Cluster.Ledger.All.Where(request => request.Kind == RequestKind.Write))
        {
            bool claimsNothing = write.Outcome == Outcome.Refused && write.Refusal != Protocol.Line.Effects.Refusal.OutcomeUnknown;
            Invariant.Require(!(claimsNothing && applied.Contains(write.Name)), "RefusalIsTrue", $"{write.Name} was refused ({write.Refusal}) and applied");
            Invariant.Require(write.Outcome != Outcome.Done || applied.Contains(write.Name), "Durability", $"{write.Name} was answered and is gone");
        }
    }

    private SimulatedReplica? PickUp()
    {
        List<SimulatedReplica> up = [.. Cluster.Up];
        return up.Count == 0 ? null : _random.Pick(up);
    }

    private string Explain() => $"no life {LivenessLimit.TotalSeconds} s after healing; trunk {Cluster.Monitors.Trunk.End}, {Cluster.Configurations.Newest(Cluster.Monitors.Trunk.IsTrunk)}; " + string.Join("; ",
        Cluster.Up.Select(replica => $"{replica.Id} {replica.Line!.RoleKind} {replica.Line.Epoch} {replica.Line.Configurations} {replica.Line.Boundaries} damage {replica.Line.Status.Damage ?? "-"}"));
}
