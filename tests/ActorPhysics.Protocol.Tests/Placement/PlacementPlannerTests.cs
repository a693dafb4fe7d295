using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Placement;
using static ActorPhysics.Protocol.Tests.Placement.SimulatedPlacement;

namespace ActorPhysics.Protocol.Tests.Placement;

[Trait("Seed", "5.1.2")]
public sealed class PlacementPlannerTests
{
    private static readonly PlacementPolicy Exact = new() { ReplicaTolerancePercent = 0, LeaderTolerancePercent = 0 };

    [Fact]
    public void A_balanced_cluster_is_left_alone()
    {
        PlacementPlan plan = Plan([Node(1, 1), Node(2, 2), Node(3, 3)], [Group(1, 1, 2, 3), Group(2, 2, 3, 1), Group(3, 3, 1, 2)]);

        Assert.Empty(plan.Moves);
        Assert.Equal(default, plan.Needs);
        Assert.False(plan.IsThrottled);
    }

    [Fact]
    public void A_replica_is_made_anew_when_its_node_has_been_absent_for_long_enough()
    {
        ClusterNode[] nodes = [Node(1, 1), Node(2, 2), Node(3, 3, condition: new NodeAbsent(new LogTime(50_000))), Node(4, 4)];
        PlacementPolicy policy = Exact with { RepairAfter = TimeSpan.FromSeconds(30) };
        ClusterView view = ClusterView.Create([.. nodes], [Group(1, 1, 2, 3)]);

        Assert.Empty(PlacementPlanner.Plan(view, policy, new LogTime(79_999)).Moves);
        PlacementPlan plan = PlacementPlanner.Plan(view, policy, new LogTime(80_000));
        Assert.Equal(new ReplaceReplica(G(1), N(3), N(4), PlacementReason.LostReplica), Assert.Single(plan.Moves));
        Assert.Equal(1, plan.Needs.LostReplicas);
    }

    [Fact]
    public void A_lost_replica_stays_a_member_where_nobody_can_take_its_place() =>
        Assert.Empty(Plan([Node(1, 1), Node(2, 2), Node(3, 3, condition: LongAbsent())], [Group(1, 1, 2, 3)]).Moves);

    [Fact]
    public void A_group_without_a_quorum_is_named_and_left_alone()
    {
        PlacementPlan plan = Plan(
            [Node(1, 1), Node(2, 2, condition: LongAbsent()), Node(3, 3, condition: BrieflyAbsent()), Node(4, 4), Node(5, 5)], [Group(1, 1, 2, 3), Group(2, 1, 2, 4)]);

        Assert.Equal(G(1), Assert.Single(plan.QuorumLost));
        Assert.Equal(G(2), Assert.Single(plan.Moves).Group);
    }

    [Fact]
    public void The_group_that_lost_most_is_repaired_first()
    {
        SpaceDescription five = Space(5);
        GroupPlacement worse = Group(9, 1, 2, 5, 6, 7) with { Space = five };
        ClusterNode[] nodes = [.. Enumerable.Range(1, 9).Select(id => Node(id, id, condition: id is 6 or 7 ? LongAbsent() : null))];

        Assert.Equal(G(9), Plan(nodes, [Group(1, 1, 2, 6), worse], Exact with { MostMoves = 1 }).Moves[0].Group);
    }

    [Fact]
    public void A_surplus_is_taken_from_the_lost_first_and_a_missing_member_is_added_in_its_role()
    {
        SpaceDescription witnessed = Space(2, witnesses: 1);
        ClusterNode[] nodes = [Node(1, 1), Node(2, 2), Node(3, 3), Node(4, 4, condition: LongAbsent())];
        PlacementPlan plan = Plan(
            nodes, [Group(1, 1, 2, 3, 4), Group(2, 2, 3) with { Space = witnessed }, Group(3, 1, 2)]);

        Assert.Equal(
            (PlacementMove[])
            [
                new RemoveReplica(G(1), N(4), PlacementReason.LostReplica),
                new AddReplica(G(2), N(1), MemberRole.Witness, PlacementReason.MissingReplica),
                new AddReplica(G(3), N(3), MemberRole.Voter, PlacementReason.MissingReplica),
            ],
            plan.Moves.ToArray());
    }

    [Fact]
    public void A_learner_on_a_draining_node_is_removed_and_one_elsewhere_is_nobodys_business()
    {
        GroupPlacement watched = Group(1, 1, 2, 3) with { Members = [.. Voters(1, 2, 3), Learner(4)] };
        GroupPlacement quiet = Group(2, 1, 2, 3) with { Members = [.. Voters(1, 2, 3), Learner(5)] };
        ClusterNode[] nodes = [Node(1, 1), Node(2, 1), Node(3, 1), Node(4, 1, condition: NodeDraining.Instance), Node(5, 1)];

        Assert.Equal(new RemoveReplica(G(1), N(4), PlacementReason.Drain), Plan(nodes, [watched, quiet], Exact with { ReplicaTolerancePercent = 100 }).Moves[0]);
    }

    [Fact]
    public void A_lost_zone_is_repaired_in_the_others_unless_the_spread_is_required()
    {
        ClusterNode[] nodes = [Node(1, 1), Node(2, 2), Node(3, 3, condition: LongAbsent()), Node(4, 1), Node(5, 2)];

        Assert.Equal(new ReplaceReplica(G(1), N(3), N(4), PlacementReason.LostReplica), Assert.Single(Plan(nodes, [Group(1, 1, 2, 3)]).Moves));
        Assert.Empty(Plan(nodes, [Group(1, 1, 2, 3)], Exact with { Zones = ZoneRule.Required }).Moves);
    }

    [Fact]
    public void A_zone_that_comes_back_is_used_again()
    {
        ClusterNode[] nodes = [Node(1, 1), Node(2, 2), Node(3, 3), Node(4, 1)];

        PlacementPlan plan = Plan(nodes, [Group(1, 1, 2, 4)]);
        ReplaceReplica move = Assert.IsType<ReplaceReplica>(Assert.Single(plan.Moves));
        Assert.Equal((N(4), N(3), PlacementReason.ZoneSpread), (move.From, move.To, move.Reason));
        Assert.Equal(1, plan.Needs.CrowdedReplicas);
    }

    [Fact]
    public void A_draining_node_gives_its_leadership_away_even_where_its_replicas_cannot_go()
    {
        ClusterNode[] nodes = [Node(1, 1, condition: NodeDraining.Instance), Node(2, 2), Node(3, 3)];

        Assert.Equal(new TransferLeader(G(1), N(1), N(2), PlacementReason.LeaderBalance), Assert.Single(Plan(nodes, [Group(1, 1, 2, 3)]).Moves));
    }

    [Fact]
    public void A_node_of_twice_the_weight_gets_twice_the_replicas()
    {
        ClusterNode[] nodes = [Node(1, 0, weight: 2), Node(2, 0), Node(3, 0)];
        SpaceDescription single = Space(1);
        var cluster = new SimulatedPlacement(new(1), nodes, [.. Enumerable.Range(1, 40).Select(id => Group(id, 2) with { Space = single })]);
        cluster.Converge(Exact, mostRounds: 100);

        Assert.Equal([20, 10, 10], cluster.ReplicasByNode());
        Assert.Equal(30, cluster.Replacements);
    }

    [Fact]
    public void A_zone_is_given_no_more_than_one_replica_of_each_group_however_heavy_it_is()
    {
        ClusterNode[] nodes = [Node(1, 1, weight: 100), Node(2, 2), Node(3, 2), Node(4, 3), Node(5, 3)];
        var cluster = new SimulatedPlacement(new(1), nodes, [.. Enumerable.Range(1, 20).Select(id => Group(id, 2, 3, 4))]);
        cluster.Converge(Exact, mostRounds: 100);

        Assert.Equal([20, 10, 10, 10, 10], cluster.ReplicasByNode());
    }

    [Fact]
    public void Where_no_single_move_helps_a_chain_of_two_does()
    {
        // Node 1 has one too many, node 3 one too few, and both share all groups of node 1.
        ClusterNode[] nodes = [Node(1, 0), Node(2, 0, weight: 3), Node(3, 0, weight: 3), Node(4, 0, weight: 3)];
        SpaceDescription two = Space(2);
        GroupPlacement[] groups = [Group(1, 3, 1), Group(2, 3, 1), Group(3, 2, 4), Group(4, 2, 4), Group(5, 4, 2)];
        var cluster = new SimulatedPlacement(new(1), nodes, [.. groups.Select(group => group with { Space = two })]);
        cluster.Converge(Exact with { LeaderTolerancePercent = 100 }, mostRounds: 10);

        Assert.Equal([1, 3, 3, 3], cluster.ReplicasByNode());
        Assert.Equal(2, cluster.Replacements);
    }

    [Fact]
    public void A_group_larger_than_the_limit_is_copied_alone_and_is_not_passed_by_small_ones()
    {
        ClusterNode[] nodes = [Node(1, 0), Node(2, 0), Node(3, 0, condition: LongAbsent()), Node(4, 0)];
        GroupPlacement[] groups = [Group(1, 1, 2, 3) with { Size = new(10) }, Group(2, 1, 2, 3) with { Size = new(1_000) }, Group(3, 1, 2, 3) with { Size = new(10) }];
        PlacementPolicy policy = Exact with { MostBytesUnderWay = new(100) };

        PlacementPlan first = Plan(nodes, groups, policy);
        Assert.Equal([G(1)], first.Moves.Select(move => move.Group));
        Assert.True(first.IsThrottled);
        groups[0] = Group(1, 1, 2, 4);
        Assert.Equal([G(2)], Plan(nodes, groups, policy).Moves.Select(move => move.Group));
    }

    [Fact]
    public void Nothing_less_urgent_begins_while_a_limit_holds_a_repair_back()
    {
        ClusterNode[] nodes = [Node(1, 0), Node(2, 0), Node(3, 0, condition: LongAbsent()), Node(4, 0), Node(5, 0, condition: NodeDraining.Instance)];
        GroupPlacement[] groups = [Group(1, 1, 2, 3), Group(2, 2, 1, 3), Group(3, 1, 2, 5)];

        PlacementPlan plan = Plan(nodes, groups, Exact with { MostMovesToNode = 1 });
        Assert.Equal([PlacementReason.LostReplica], plan.Moves.Select(move => move.Reason));
        Assert.True(plan.IsThrottled);
    }

    [Fact]
    public void A_move_under_way_counts_as_done_and_its_group_is_left_alone()
    {
        ImmutableArray<ClusterNode> nodes = [Node(1, 0), Node(2, 0), Node(3, 0, condition: LongAbsent()), Node(4, 0)];
        var move = new ReplaceReplica(G(1), N(3), N(4), PlacementReason.LostReplica);

        Assert.Empty(PlacementPlanner.Plan(ClusterView.Create(nodes, [Group(1, 1, 2, 3)], [move]), Exact, Now).Moves);
        GroupPlacement learning = Group(1, 1, 2, 3) with { Members = [.. Voters(1, 2, 3), Learner(4)] };
        Assert.Empty(PlacementPlanner.Plan(ClusterView.Create(nodes, [learning], [move]), Exact, Now).Moves);
    }

    [Fact]
    public void A_view_that_contradicts_itself_is_refused()
    {
        ImmutableArray<ClusterNode> nodes = [Node(1, 0), Node(2, 0)];

        AssertRefused("no node of the cluster", nodes, [Group(1, 1, 3)]);
        AssertRefused("no members", nodes, [Group(1, 1) with { Members = [], Leader = null }]);
        AssertRefused("two members on n1", nodes, [Group(1, 1, 1)]);
        AssertRefused("does not come after", nodes, [Group(2, 1), Group(1, 2)]);
        AssertRefused("does not come after", [nodes[1], nodes[0]], []);
        AssertRefused("weight", [nodes[0] with { Weight = 0 }], []);
        AssertRefused("load 0", nodes, [Group(1, 1) with { Load = 0 }]);
        AssertRefused("where it has no member", nodes, [Group(1, 1) with { Leader = N(2) }]);
        AssertRefused("no group", nodes, [Group(1, 1)], new RemoveReplica(G(7), N(1), PlacementReason.Drain));
        AssertRefused("two moves", nodes, [Group(1, 1)], new RemoveReplica(G(1), N(1), PlacementReason.Drain), new RemoveReplica(G(1), N(1), PlacementReason.Drain));
        AssertRefused("a node that the cluster does not have", nodes, [Group(1, 1)], new ReplaceReplica(G(1), N(1), N(9), PlacementReason.Drain));
    }

    [Fact]
    public void A_policy_that_allows_nothing_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Plan([Node(1, 0)], [], Exact with { MostMovesToNode = 0 }));

    private static GroupId G(int id) => new((ulong)id);

    private static NodeId N(int id) => new((ulong)id);

    private static PlacedReplica Learner(int node) => new(N(node), MemberRole.Learner);

    private static IEnumerable<PlacedReplica> Voters(params int[] nodes) => nodes.Select(node => new PlacedReplica(N(node), MemberRole.Voter));

    /// <summary>Three replicas are wanted; the first node leads.</summary>
    private static GroupPlacement Group(int id, params int[] nodes) => new(G(id), Three, [.. Voters(nodes)], N(nodes[0]), new ByteSize(10));

    private static readonly SpaceDescription Three = Space();

    private static PlacementPlan Plan(ClusterNode[] nodes, GroupPlacement[] groups, PlacementPolicy? policy = null) =>
        PlacementPlanner.Plan(ClusterView.Create([.. nodes], [.. groups]), policy ?? Exact, Now);

    private static void AssertRefused(string reason, ImmutableArray<ClusterNode> nodes, ImmutableArray<GroupPlacement> groups, params PlacementMove[] moves)
    {
        Assert.Null(ClusterView.TryCreate(nodes, groups, [.. moves], out string? refusal));
        Assert.Contains(reason, refusal, StringComparison.Ordinal);
    }
}
