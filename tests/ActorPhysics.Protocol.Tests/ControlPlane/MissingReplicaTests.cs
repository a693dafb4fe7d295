using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Protocol.Tests.ControlPlane;

/// <summary>A group serves as soon as a majority of its founding replicas live; the others are not forgotten.</summary>
[Trait("Seed", "5.1")]
public sealed class MissingReplicaTests
{
    private static readonly SpaceSettings Orders = new() { Name = "orders", Specification = "kv", InitialShards = 1 };
    private readonly ConfigController _controller = new(new ConfigPolicy { Plans = false });
    private readonly List<ConfigEffect> _effects = [];
    private MonotonicTime _now = MonotonicTime.FromMilliseconds(1_000);
    private ulong _index;

    [Fact]
    public void A_founding_replica_whose_order_was_lost_is_ordered_until_it_lives_although_its_group_serves_by_then()
    {
        ConfigState state = Founding();
        GroupRecord group = state.Groups.Values.Single();
        _controller.Step(new OfficeTaken(_now, state), _effects);
        SendOrder[] orders = Sent();
        Assert.Equal(3, orders.Length);
        End(orders[0], OrderEnd.Done);
        End(orders[1], OrderEnd.Done);

        // Two of three are enough for a leader; nobody knows of the third.
        _controller.Step(new StateDecided(_now, After(state, new NoteServing(group.Group))), _effects);
        End(orders[2], OrderEnd.Unknown);

        SendOrder again = Assert.Single(OrdersAfter(TimeSpan.FromSeconds(3)));
        Assert.Equal(orders[2].To, again.To);
        Assert.Equal(orders[2].Order, again.Order);
        End(again, OrderEnd.Unknown);
        SendOrder andAgain = Assert.Single(OrdersAfter(TimeSpan.FromSeconds(3)));
        End(andAgain, OrderEnd.Done);
        Assert.Empty(OrdersAfter(TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public void A_replica_that_a_whole_report_lacks_is_ordered_until_it_lives()
    {
        ConfigState state = Founding();
        GroupRecord group = state.Groups.Values.Single();
        _controller.Step(new OfficeTaken(_now, After(state, new NoteServing(group.Group))), _effects);
        Report(new NodeId(1));

        SendOrder order = Assert.Single(OrdersAfter(TimeSpan.FromSeconds(3)));
        Assert.Equal(new NodeId(1), order.To);
        End(order, OrderEnd.Unknown);
        Assert.Equal(order.Order, Assert.Single(OrdersAfter(TimeSpan.FromSeconds(3))).Order);
    }

    [Fact]
    public void A_node_that_was_absent_when_its_group_was_forgotten_is_told_when_it_is_back_though_it_does_not_tell_everything_again()
    {
        ConfigState state = Founding();
        GroupRecord group = state.Groups.Values.Single();
        ConfigState serving = After(state, new NoteServing(group.Group));
        ConfigState absent = After(serving, new NoteNode(new NodeId(3), new LogTime(1)));
        ConfigState retiring = After(absent, new DeleteSpace("orders"));
        _controller.Step(new OfficeTaken(_now, retiring), _effects);
        foreach (SendOrder order in Sent())
        {
            End(order, order.To == new NodeId(3) ? OrderEnd.Unknown : OrderEnd.Done);
        }

        ConfigState forgotten = After(retiring, new ForgetGroup(group.Group));
        _controller.Step(new StateDecided(_now, forgotten), _effects);
        Assert.Empty(OrdersAfter(TimeSpan.FromSeconds(3)));

        ConfigState back = After(forgotten, new NoteNode(new NodeId(3), AbsentSince: null));
        _controller.Step(new StateDecided(_now, back), _effects);
        SendOrder lost = Assert.Single(OrdersAfter(TimeSpan.FromSeconds(3)));
        Assert.Equal(new NodeId(3), lost.To);
        Assert.IsType<RetireOrder>(lost.Order);
        End(lost, OrderEnd.Unknown);
        End(Assert.Single(OrdersAfter(TimeSpan.FromSeconds(3))), OrderEnd.Done);
        Assert.Empty(OrdersAfter(TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public void A_transfer_is_over_when_the_office_was_handed_over_and_went_on_to_a_third()
    {
        ConfigState state = Founding();
        GroupRecord group = state.Groups.Values.Single();
        ConfigState serving = After(state, new NoteServing(group.Group));
        ConfigState moving = After(serving, new BeginMove(new TransferLeader(group.Group, new NodeId(1), new NodeId(2), PlacementReason.LeaderBalance), ByOperator: true));
        _controller.Step(new OfficeTaken(_now, moving), _effects);
        Report(new NodeId(1), Led(group, epoch: 1));
        SendOrder order = Assert.Single(Sent(), sent => sent.Order is TransferOrder);
        End(order, OrderEnd.Done);

        // The new leader died before it said a word.
        _effects.Clear();
        Report(new NodeId(1), Led(group, epoch: 3));
        FinishMove finish = Assert.IsType<FinishMove>(Assert.Single(_effects.OfType<ProposeCommand>()).Command);
        Assert.NotNull(finish.GivenUp);
    }

    [Fact]
    public void The_newcomer_of_a_move_has_a_name_that_no_earlier_change_gave_away_on_another_node()
    {
        ConfigState state = After(After(Founding(), new RegisterNode(new NodeId(4), "n4", "n4:1", default, 1)), new RegisterNode(new NodeId(5), "n5", "n5:1", default, 1));
        GroupRecord group = state.Groups.Values.Single();
        ConfigState serving = After(state, new NoteServing(group.Group));
        ConfigState first = After(serving, new BeginMove(new ReplaceReplica(group.Group, new NodeId(1), new NodeId(4), PlacementReason.ReplicaBalance), ByOperator: true));
        _controller.Step(new OfficeTaken(_now, first), _effects);
        Report(new NodeId(1), Led(group, epoch: 1));
        SendOrder hosted = Assert.Single(Sent(), sent => sent.To == new NodeId(4));

        // It may have been hosted there, and is given up; whoever is in office next knows nothing of that.
        ConfigState over = After(first, new FinishMove(group.Group, first.LastChange, group.Configuration, "n4 is absent"));
        ConfigState second = After(over, new BeginMove(new ReplaceReplica(group.Group, new NodeId(1), new NodeId(5), PlacementReason.ReplicaBalance), ByOperator: true));
        _effects.Clear();
        _controller.Step(new OfficeTaken(_now, second), _effects);
        Report(new NodeId(1), Led(group, epoch: 1));
        SendOrder other = Assert.Single(Sent(), sent => sent.To == new NodeId(5));

        Assert.NotEqual(Assert.IsType<HostOrder>(hosted.Order).Replica, Assert.IsType<HostOrder>(other.Order).Replica);
    }

    private static GroupReport Led(GroupRecord group, ulong epoch) =>
        new(new LeaderEpoch(epoch), group.Configuration, IsCommitted: true, Keys: null, default, Load: 1);

    private ConfigState Founding()
    {
        ConfigState state = ConfigState.Empty;
        for (ulong id = 1; id <= 3; id++)
        {
            state = After(state, new RegisterNode(new NodeId(id), $"n{id}", $"n{id}:1", default, 1));
        }

        return After(state, new CreateSpace(Orders));
    }

    private ConfigState After(ConfigState state, ConfigCommand command)
    {
        var place = new CommandPlace(new Coordinate(new GroupId(1), new ConfigEpoch(1), new LeaderEpoch(1), new LogIndex(++_index)), EntryOrdinal.First);
        (ConfigState next, ConfigResult result) = state.Apply(command, place);
        Assert.Equal(ConfigOutcome.Done, result.Outcome);
        return next;
    }

    private void Report(NodeId node, params GroupReport[] led) =>
        _controller.Step(new ReportArrived(_now, new NodeReport(node, $"n{node.Value}", $"n{node.Value}:1", default, 1, IsWhole: true, [.. led], [])), _effects);

    private void End(SendOrder order, OrderEnd end) => _controller.Step(new OrderEnded(_now, order.Number, new OrderOutcome(end)), _effects);

    private SendOrder[] OrdersAfter(TimeSpan time)
    {
        _effects.Clear();
        _now += time;
        _controller.Step(new TimeCame(_now, new LogTime((ulong)(_now.Microseconds / 1000))), _effects);
        _now += TimeSpan.FromMilliseconds(20);
        _controller.Step(new TimeCame(_now, new LogTime((ulong)(_now.Microseconds / 1000))), _effects);
        return Sent();
    }

    private SendOrder[] Sent() => [.. _effects.OfType<SendOrder>()];
}
