using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Spaces;

/// <summary>All groups that there ever were in a run, each with its monitors.</summary>
internal sealed class SpaceGroups(SpaceRun run, SeededRandom random)
{
    private readonly SortedDictionary<GroupId, SimulatedGroup> _groups = [];

    /// <summary>In the order of their names.</summary>
    public IEnumerable<SimulatedGroup> All => _groups.Values;

    public SimulatedGroup? Find(GroupId group) => _groups.GetValueOrDefault(group);

    /// <summary>So many different nodes.</summary>
    public int[] DrawSeats(int count)
    {
        List<int> seats = [.. Enumerable.Range(0, run.Plan.Nodes)];
        while (seats.Count > count)
        {
            seats.RemoveAt(random.Below(seats.Count));
        }

        return [.. seats];
    }

    /// <summary>The group of a charter, which is new where nobody was told of it before.</summary>
    public SimulatedGroup Of(GroupCharter charter)
    {
        SimulatedGroup group = Find(charter.Group) ?? Add(charter.Founding, KeyValueWorkload.Sharded.Machine, charter.Keys);
        Invariant.Require(group.Founding.Incarnation == charter.Incarnation, "GroupIdOnce", charter, static x => $"{x} has the id of another group");
        return group;
    }

    /// <summary>A group that begins to live on nodes at once.</summary>
    public SimulatedGroup Found(GroupId id, int[] seats, StateMachineDefinition machine, KeysAtBirth? keys)
    {
        Member[] members = [.. seats.Select((seat, at) => new Member(new ReplicaId((ulong)at + 1), run.Nodes[seat].Node, MemberRole.Voter))];
        ReplicaId[] voters = [.. members.Select(member => member.Replica)];
        GroupConfiguration founding = GroupConfiguration.Create(
            id, new GroupIncarnation(0x5BACE + id.Value), ConfigEpoch.Founding, [.. members], QuorumSystem.Majority(voters), CrashRecovery.Instance);
        SimulatedGroup group = Add(founding, machine, keys);
        foreach (Member member in members)
        {
            run.Nodes[(int)member.Node.Value - 1].Found(group, member.Replica);
        }

        return group;
    }

    private SimulatedGroup Add(GroupConfiguration founding, StateMachineDefinition machine, KeysAtBirth? keys)
    {
        var settings = new ReplicaSettings(
            default, machine, SessionLimits.Default, run.Plan.World.Options,
            IntakeBounds.Default with { MaximumBatchBytes = run.Plan.World.MaximumIntakeBatchBytes }, KeptSnapshots: 2, keys);
        var group = new SimulatedGroup(founding, settings, new Observatory(run.Events, founding) { Trace = run.Trace });
        _groups.Add(founding.Group, group);
        return group;
    }

    /// <summary>Where the shards of an ordered space begin, but for the first.</summary>
    public static IEnumerable<SpaceKey> SplitsOf(SpacePlan plan) => Enumerable.Range(1, plan.Shards - 1).Select(shard => SpaceKey.OfText($"k{shard * 10 / plan.Shards}"));

    /// <summary>The space as it is without a config group: founded before anything runs.</summary>
    public ShardMap FoundSpace()
    {
        GroupId[] groups = [.. Enumerable.Range(1, run.Plan.Shards).Select(id => new GroupId((ulong)id))];
        KeyPoint[] starts = [.. SplitsOf(run.Plan).Select(KeyPoint.At)];
        ShardMap map = run.Plan.Kind == ShardingKind.Hash ? ShardMap.Uniform(SpaceRun.Space, groups) : ShardMap.Founding(SpaceRun.Space, ShardingKind.Ordered, [.. starts], groups);
        foreach (Shard shard in map.Shards)
        {
            Found(shard.Group, DrawSeats(run.Plan.Replicas), KeyValueWorkload.Sharded.Machine, new KeysAtBirth(SpaceRun.Space, map.Kind, map.Version, shard.Range));
        }

        return map;
    }
}
