using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Protocol.Tests.ControlPlane;

/// <summary>The decisions of the config group, one by one.</summary>
[Trait("Seed", "5.1.1")]
public sealed class ConfigStateTests
{
    private ConfigState _state = ConfigState.Empty;
    private ulong _index;

    [Fact]
    public void A_node_registers_again_with_another_address_and_stays_drained()
    {
        Register(1);
        Done(new DrainNode(new NodeId(1), Drain: true));
        Done(new RegisterNode(new NodeId(1), "n1", "127.0.0.1:9999", default, 2));

        Assert.Equal("127.0.0.1:9999", _state.Nodes[new NodeId(1)].Address);
        Assert.True(_state.Nodes[new NodeId(1)].Draining);
        Assert.Equal(ConfigOutcome.Unchanged, Apply(new RegisterNode(new NodeId(1), "n1", "127.0.0.1:9999", default, 2)).Outcome);
    }

    [Fact]
    public void Two_nodes_cannot_have_one_name_or_one_address()
    {
        Register(1);

        Refused(new RegisterNode(new NodeId(2), "n1", "127.0.0.1:1", default, 1), "name");
        Refused(new RegisterNode(new NodeId(2), "n2", "127.0.0.1:7101", default, 1), "address");
    }

    [Fact]
    public void A_node_is_absent_since_the_first_time_that_it_was_missed()
    {
        Register(1);
        Done(new NoteNode(new NodeId(1), new LogTime(100)));

        Assert.Equal(ConfigOutcome.Unchanged, Apply(new NoteNode(new NodeId(1), new LogTime(500))).Outcome);
        Assert.Equal(new LogTime(100), _state.Nodes[new NodeId(1)].AbsentSince);
    }

    [Fact]
    public void A_space_needs_a_node_for_each_member_of_its_groups()
    {
        Register(1, 2);

        Refused(new CreateSpace(new SpaceSettings { Name = "s", Specification = "kv" }), "3 nodes");
    }

    [Fact]
    public void A_space_with_other_settings_is_not_the_same_space()
    {
        Register(1, 2, 3);
        var settings = new SpaceSettings { Name = "s", Specification = "kv" };
        Done(new CreateSpace(settings));

        Assert.Equal(ConfigOutcome.Unchanged, Apply(new CreateSpace(settings)).Outcome);
        Refused(new CreateSpace(settings with { Replicas = 1 }), "other settings");
    }

    [Fact]
    public void Groups_have_ids_above_those_of_settings_and_incarnations_of_their_own()
    {
        Register(1, 2, 3);
        Done(new CreateSpace(new SpaceSettings { Name = "s", Specification = "kv", InitialShards = 3 }));

        Assert.All(_state.Groups.Keys, group => Assert.True(group.CompareTo(GroupCharter.FirstMadeGroup) >= 0));
        Assert.Equal(3, _state.Groups.Values.Select(group => group.Charter.Incarnation).Distinct().Count());
    }

    [Fact]
    public void The_same_group_decided_under_another_ConfigEpoch_is_another_incarnation()
    {
        GroupIncarnation before = Founded(new ConfigEpoch(1));

        Assert.NotEqual(before, Founded(new ConfigEpoch(2)));

        static GroupIncarnation Founded(ConfigEpoch epoch)
        {
            var tests = new ConfigStateTests();
            tests.Register(1);
            var place = new CommandPlace(new Coordinate(new GroupId(1), epoch, new LeaderEpoch(1), new LogIndex(9)), EntryOrdinal.First);
            (ConfigState state, _) = tests._state.Apply(new CreateSpace(new SpaceSettings { Name = "s", Specification = "kv", Replicas = 1 }), place);
            return state.Groups.Values.Single().Charter.Incarnation;
        }
    }

    [Fact]
    public void New_groups_go_where_the_fewest_replicas_are()
    {
        Register(1, 2, 3, 4);
        Done(new CreateSpace(new SpaceSettings { Name = "s", Specification = "kv", InitialShards = 40, Replicas = 1 }));

        Assert.All(_state.Answer(new AskNodes()) is NodesAnswer nodes ? nodes.Nodes : [], node => Assert.Equal(10, node.Replicas));
    }

    [Fact]
    public void An_ordered_space_is_split_at_a_key_that_is_named()
    {
        Register(1, 2, 3);
        Done(new CreateSpace(new SpaceSettings { Name = "s", Specification = "kv", Sharding = ShardingKind.Ordered }));
        Serve();

        Refused(new SplitShard("s", new ShardId(1), At: null), "must be named");
        Done(new SplitShard("s", new ShardId(1), KeyPoint.At(SpaceKey.OfText("m"))));
        Assert.Equal("['m', end)", _state.Handoffs.Values.Single().Range.ToString());
    }

    [Fact]
    public void A_split_can_be_given_up_until_the_giver_may_have_handed_out()
    {
        HandoffId handoff = BeginSplit();
        Done(new CancelHandoff(handoff));
        Assert.Equal(GroupStage.Retiring, _state.Groups.Values.Last().Stage);

        Done(new ForgetGroup(_state.Groups.Keys.Last()));
        handoff = BeginSplit();
        Done(new NoteServing(_state.Handoffs[handoff].Taker));
        Refused(new CancelHandoff(handoff), "only be finished");
    }

    [Fact]
    public void A_handoff_is_not_published_before_the_giver_has_handed_out()
    {
        HandoffId handoff = BeginSplit();
        Refused(new PublishHandoff(handoff), "nothing was handed out");
        Done(new NoteServing(_state.Handoffs[handoff].Taker));
        Refused(new PublishHandoff(handoff), "nothing was handed out");
        Refused(new FinishHandoff(handoff), "on their way");

        Done(new NoteFrozen(handoff, FreezeOf(handoff)));
        Done(new PublishHandoff(handoff));
        Assert.Equal(2, _state.Spaces["s"].Map.Shards.Length);
        Assert.Equal(ConfigOutcome.Unchanged, Apply(new PublishHandoff(handoff)).Outcome);
        Done(new FinishHandoff(handoff));
        Assert.Empty(_state.Handoffs);
    }

    [Fact]
    public void The_last_shard_has_nothing_to_merge_with()
    {
        Register(1, 2, 3);
        Done(new CreateSpace(new SpaceSettings { Name = "s", Specification = "kv", InitialShards = 2 }));
        Serve();

        Refused(new MergeShards("s", new ShardId(2)), "nothing follows");
    }

    [Fact]
    public void A_group_is_moved_once_at_a_time_and_not_during_a_handoff()
    {
        HandoffId handoff = BeginSplit();
        var move = new TransferLeader(_state.Handoffs[handoff].Giver, new NodeId(1), new NodeId(2), PlacementReason.LeaderBalance);
        Assert.Equal(ConfigOutcome.Busy, Apply(new BeginMove(move, ByOperator: true)).Outcome);

        Done(new CancelHandoff(handoff));
        Done(new BeginMove(move, ByOperator: true));
        Assert.Equal(ConfigOutcome.Unchanged, Apply(new BeginMove(move, ByOperator: true)).Outcome);
        Assert.Equal(ConfigOutcome.Busy, Apply(new SplitShard("s", new ShardId(1), At: null)).Outcome);
    }

    [Fact]
    public void A_move_goes_only_to_nodes_that_take_replicas_and_hold_none()
    {
        Register(1, 2, 3, 4, 5);
        Done(new CreateSpace(new SpaceSettings { Name = "s", Specification = "kv" }));
        Serve();
        GroupRecord group = _state.Groups.Values.Single();
        NodeId member = group.Configuration.Members[0].Node;
        NodeId free = _state.Nodes.Keys.First(node => group.Configuration.Members.All(other => other.Node != node));
        Done(new DrainNode(free, Drain: true));

        Refused(new BeginMove(new ReplaceReplica(group.Group, member, free, PlacementReason.Drain), ByOperator: true), "takes no replicas");
        Refused(new BeginMove(new ReplaceReplica(group.Group, member, group.Configuration.Members[1].Node, PlacementReason.Drain), ByOperator: true), "already");
        Refused(new BeginMove(new ReplaceReplica(group.Group, free, member, PlacementReason.Drain), ByOperator: true), "holds no member");
        Refused(new BeginMove(new AddReplica(group.Group, new NodeId(99), MemberRole.Voter, PlacementReason.Drain), ByOperator: true), "not registered");
    }

    [Fact]
    public void A_group_that_began_anew_is_believed_and_its_former_members_are_not_any_more()
    {
        Register(1, 2, 3);
        Done(new CreateSpace(new SpaceSettings { Name = "s", Specification = "kv" }));
        Serve();
        GroupConfiguration former = _state.Groups.Values.Single().Configuration;
        Assert.Equal(ConfigOutcome.Unchanged, Apply(new NoteConfiguration(former)).Outcome);
        GroupConfiguration recovered = GroupConfiguration.Create(
            former.Group, new GroupIncarnation(5), former.Epoch.Next, former.Members, former.Quorums, former.FailureModel);

        Assert.Equal(ConfigOutcome.Done, Apply(new NoteConfiguration(recovered)).Outcome);
        Assert.Equal(recovered, _state.Groups.Values.Single().Configuration);
        Assert.NotEqual(recovered.Incarnation, _state.Groups.Values.Single().Charter.Incarnation);

        // Those of the former incarnation may go on among themselves, as far as they please.
        GroupConfiguration astray = GroupConfiguration.Create(
            former.Group, former.Incarnation, recovered.Epoch.Next.Next, former.Members, former.Quorums, former.FailureModel);
        Assert.Equal(ConfigOutcome.Unchanged, Apply(new NoteConfiguration(astray)).Outcome);
        GroupConfiguration later = GroupConfiguration.Create(
            former.Group, recovered.Incarnation, recovered.Epoch.Next, former.Members, former.Quorums, former.FailureModel);
        Assert.Equal(ConfigOutcome.Done, Apply(new NoteConfiguration(later)).Outcome);
        Assert.Equal(ConfigOutcome.Unchanged, Apply(new NoteConfiguration(recovered)).Outcome);

        // It may begin anew once more; then the incarnation between is one of the past, too.
        GroupConfiguration again = GroupConfiguration.Create(
            former.Group, new GroupIncarnation(7), later.Epoch.Next, former.Members, former.Quorums, former.FailureModel);
        Assert.Equal(ConfigOutcome.Done, Apply(new NoteConfiguration(again)).Outcome);
        Assert.Equal(ConfigOutcome.Unchanged, Apply(new NoteConfiguration(later)).Outcome);
    }

    [Fact]
    [Trait("Pitfall", "39")]
    public void A_move_of_a_group_that_began_anew_does_not_end_by_what_its_former_members_say()
    {
        Register(1, 2, 3, 4);
        Done(new CreateSpace(new SpaceSettings { Name = "s", Specification = "kv" }));
        Serve();
        GroupRecord group = _state.Groups.Values.Single();
        GroupConfiguration former = group.Configuration;
        NodeId free = _state.Nodes.Keys.First(node => former.Members.All(member => member.Node != node));
        ChangeId move = new(Done(new BeginMove(new ReplaceReplica(group.Group, former.Members[0].Node, free, PlacementReason.ReplicaBalance), ByOperator: true)).Change);
        Done(new NoteConfiguration(GroupConfiguration.Create(
            former.Group, new GroupIncarnation(5), former.Epoch.Next, former.Members, former.Quorums, former.FailureModel)));

        Assert.Equal(ConfigOutcome.Unchanged, Apply(new FinishMove(group.Group, move, former, GivenUp: null)).Outcome);
        Assert.NotNull(_state.Groups.Values.Single().Move);
    }

    private HandoffId BeginSplit()
    {
        if (_state.Nodes.IsEmpty)
        {
            Register(1, 2, 3);
            Done(new CreateSpace(new SpaceSettings { Name = "s", Specification = "kv" }));
            Serve();
        }

        return new HandoffId(Done(new SplitShard("s", new ShardId(1), At: null)).Change);
    }

    private HandoffFreeze FreezeOf(HandoffId handoff) =>
        new(new Coordinate(_state.Handoffs[handoff].Giver, new ConfigEpoch(1), new LeaderEpoch(1), new LogIndex(5)), new byte[] { 1 }, 10, 7);

    private void Register(params ulong[] nodes)
    {
        foreach (ulong node in nodes)
        {
            Done(new RegisterNode(new NodeId(node), $"n{node}", $"127.0.0.1:{7100 + node}", default, 1));
        }
    }

    private void Serve()
    {
        foreach (GroupId group in _state.Groups.Keys.ToArray())
        {
            Done(new NoteServing(group));
        }
    }

    private ConfigResult Done(ConfigCommand command)
    {
        ConfigResult result = Apply(command);
        Assert.True(result.Outcome == ConfigOutcome.Done, $"{command}: {result}");
        return result;
    }

    private void Refused(ConfigCommand command, string because)
    {
        ConfigState before = _state;
        ConfigResult result = Apply(command);
        Assert.Equal(ConfigOutcome.Refused, result.Outcome);
        Assert.Contains(because, result.Detail, StringComparison.Ordinal);
        Assert.Same(before, _state);
    }

    private ConfigResult Apply(ConfigCommand command)
    {
        var place = new CommandPlace(new Coordinate(new GroupId(1), new ConfigEpoch(1), new LeaderEpoch(1), new LogIndex(++_index)), EntryOrdinal.First);
        (_state, ConfigResult result) = _state.Apply(command, place);
        return result;
    }
}
