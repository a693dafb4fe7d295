using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Protocol.Tests.Harness;

namespace ActorPhysics.Protocol.Tests.Placement;

/// <summary>Clusters of a few nodes, drawn from a seed.</summary>
internal static class SmallClusters
{
    /// <summary>Anything: nodes away, lost and draining, groups of any size on any nodes, learners, witnesses, tight limits.</summary>
    public static (SimulatedPlacement Cluster, PlacementPolicy Policy) Troubled(ulong seed)
    {
        var random = new TestRandom(seed);
        int zones = 1 + random.Below(4);
        ClusterNode[] nodes = [.. Enumerable.Range(1, 1 + random.Below(9)).Select(id =>
            SimulatedPlacement.Node(id, random.Below(zones), random.Pick([1, 1, 1, 2, 4]), Condition(random)))];
        SpaceDescription[] spaces =
        [
            SimulatedPlacement.Space(random.Pick([1, 2, 3, 3, 5])),
            SimulatedPlacement.Space(2, witnesses: 1),
            SimulatedPlacement.Space(3, quorums: new FailureDomainShape()),
        ];
        GroupPlacement[] groups = [.. Enumerable.Range(1, 1 + random.Below(25)).Select(id =>
            Group(id, random.OneIn(3) ? random.Pick(spaces) : spaces[0], nodes, random))];
        return (new SimulatedPlacement(random, nodes, groups), Policy(random));
    }

    /// <summary>Nodes of one weight and one zone that all serve, groups as large as they should be, on random nodes.</summary>
    public static (SimulatedPlacement Cluster, PlacementPolicy Policy) Sound(ulong seed)
    {
        var random = new TestRandom(seed);
        ClusterNode[] nodes = [.. Enumerable.Range(1, 3 + random.Below(7)).Select(id => SimulatedPlacement.Node(id, zone: 0))];
        SpaceDescription space = SimulatedPlacement.Space(1 + random.Below(3));
        GroupPlacement[] groups = [.. Enumerable.Range(1, 1 + random.Below(40)).Select(id => Sized(id, space, space.Settings.Replicas, nodes, random))];
        return (new SimulatedPlacement(random, nodes, groups), Policy(random));
    }

    private static NodeCondition Condition(TestRandom random) => random.Below(10) switch
    {
        0 => SimulatedPlacement.LongAbsent(),
        1 => SimulatedPlacement.BrieflyAbsent(),
        2 => NodeDraining.Instance,
        _ => NodeAlive.Instance,
    };

    private static PlacementPolicy Policy(TestRandom random) => new()
    {
        MostMoves = 1 + random.Below(12),
        MostMovesFromNode = 1 + random.Below(4),
        MostMovesToNode = 1 + random.Below(4),
        MostBytesUnderWay = new ByteSize(1 + random.Below(300)),
        ReplicaTolerancePercent = random.Pick([0, 0, 5, 20]),
        LeaderTolerancePercent = random.Pick([0, 10, 20]),
        Zones = random.OneIn(3) ? ZoneRule.Required : ZoneRule.Preferred,
    };

    private static GroupPlacement Group(int id, SpaceDescription space, ClusterNode[] nodes, TestRandom random)
    {
        int size = space.Settings.Replicas + space.Settings.Witnesses;
        return Sized(id, space, random.OneIn(4) ? Math.Max(1, size - 1 + random.Below(3)) : size, nodes, random);
    }

    private static GroupPlacement Sized(int id, SpaceDescription space, int size, ClusterNode[] nodes, TestRandom random)
    {
        var free = nodes.ToList();
        var members = new List<PlacedReplica>();
        while (members.Count < size && free.Count > 0)
        {
            ClusterNode node = random.Pick(free);
            free.Remove(node);
            members.Add(new PlacedReplica(node.Node, members.Count < space.Settings.Replicas || space.Settings.Witnesses == 0 ? MemberRole.Voter : MemberRole.Witness));
        }

        if (free.Count > 0 && size != space.Settings.Replicas && random.OneIn(3))
        {
            members.Add(new PlacedReplica(random.Pick(free).Node, MemberRole.Learner));
        }

        NodeId[] electable =
        [
            .. members.Where(member => member.Role == MemberRole.Voter && nodes.First(node => node.Node == member.Node).Condition is not NodeAbsent).Select(member => member.Node),
        ];
        return new GroupPlacement(
            new GroupId((ulong)id), space, [.. members], electable.Length == 0 || random.OneIn(8) ? null : random.Pick(electable), new ByteSize(random.Below(200)));
    }
}
