using System.Text;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Actors.StateMachines.BuiltIn;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Machines;
using ActorPhysics.Wire.Space;
using static ActorPhysics.Actors.Tests.StateMachines.Handoffs.ShardReplica;

namespace ActorPhysics.Actors.Tests.StateMachines.Handoffs;

[Trait("Seed", "5.1.1")]
public sealed class HandoffTests
{
    private readonly ShardReplica _giver = new(LedgerMachine.Definition, new GroupId(1), Keys(KeyRange.All));
    private readonly ShardReplica _taker = new(LedgerMachine.Definition, new GroupId(2), Keys(null));

    [Fact]
    [Trait("Pitfall", "46")]
    public void A_key_is_served_by_its_owner_alone_before_during_and_after_a_split()
    {
        _giver.Note("a", 1);
        _giver.Note("m", 2);
        HandOut order = _giver.Order(1, Range("k", null), _taker, 2);

        Assert.Equal(CommandStatus.WrongShard, _taker.Note("m", 3).Status);
        _giver.HandOut(order);
        Assert.Equal(CommandStatus.WrongShard, _giver.Note("m", 4).Status);
        Assert.Equal(CommandStatus.WrongShard, _taker.Note("m", 5).Status);
        Assert.Equal(CommandStatus.Applied, _giver.Note("a", 6).Status);

        byte[] parcel = _giver.Parcel(order);
        _taker.TakeIn(_giver.Carry(order), parcel.AsSpan(0, 10));
        Assert.Equal(CommandStatus.WrongShard, _taker.Note("m", 7).Status);
        Assert.True(_taker.TakeIn(_giver.Carry(order, 10), parcel.AsSpan(10)).Handoff.IsOwned);

        Assert.Equal(CommandStatus.WrongShard, _giver.Note("m", 8).Status);
        Assert.Equal("2", _taker.Note("m", 9).Text);
        Assert.Equal((QueryOutcome.Answered, "2,9"), _taker.Ask("m"));
        Assert.Equal((QueryOutcome.Answered, "1,6"), _giver.Ask("a"));
        Assert.Equal(QueryOutcome.WrongShard, _giver.Ask("m").Outcome);
        Assert.Equal(QueryOutcome.WrongShard, _taker.Ask("a").Outcome);
    }

    [Fact]
    public void A_refusal_says_what_the_group_owns_and_where_the_key_went()
    {
        _giver.Give(1, Range("k", null), _taker, 2);

        Assert.Equal(
            new WrongShard(Range(null, "k"), new ShardMapVersion(2), new KeyWent(Range("k", null), _taker.Group, new ShardMapVersion(2))),
            _giver.Note("m", 1).WrongShard);
        Assert.Equal(new WrongShard(Range("k", null), new ShardMapVersion(2), null), _taker.Note("a", 1).WrongShard);
    }

    [Fact]
    [Trait("Pitfall", "47")]
    public void A_retry_on_the_other_side_of_a_split_returns_the_first_result()
    {
        SessionId session = _giver.Open(nonce: 7);
        Told first = _giver.Note("m", 1, session, sequence: 1);
        _giver.Give(1, Range("k", null), _taker, 2);

        Told again = _taker.Note("m", 1, session, sequence: 1);
        Assert.Equal((true, first.Place, "1"), (again.Repeated, again.Place, again.Text));
        Assert.Equal("1", _taker.Ask("m").Answer);

        // The giver knows the first result too, although it does not own the key any more.
        Assert.Equal((true, "1"), (_giver.Note("m", 1, session, sequence: 1).Repeated, first.Text));
    }

    [Fact]
    [Trait("Pitfall", "47")]
    public void What_was_turned_away_may_take_effect_under_its_sequence_at_the_owner()
    {
        SessionId session = _giver.Open(nonce: 7);
        _giver.Give(1, Range("k", null), _taker, 2);

        Assert.Equal(CommandStatus.WrongShard, _giver.Note("m", 1, session, sequence: 1).Status);
        Told told = _taker.Note("m", 1, session, sequence: 1);
        Assert.Equal((CommandStatus.Applied, false), (told.Status, told.Repeated));
        Assert.Equal(CommandStatus.Applied, _giver.Note("a", 2, session, sequence: 2).Status);

        // The keys come back, and with them what the other side knows.
        _taker.Give(2, Range("k", null), _giver, 3);
        Assert.True(_giver.Note("m", 1, session, sequence: 1).Repeated);
        Assert.Equal("1", _giver.Ask("m").Answer);
    }

    [Fact]
    [Trait("Pitfall", "47")]
    public void A_command_whose_session_is_still_on_its_way_hears_that_its_key_is_too()
    {
        SessionId session = _giver.Open(nonce: 7);

        // Were it told that its session has expired, its client would give up a command that is applied as soon as the parcel is there.
        Assert.Equal(CommandStatus.WrongShard, _taker.Note("m", 1, session, sequence: 1).Status);

        _giver.Give(1, Range("k", null), _taker, 2);
        Assert.Equal(CommandStatus.Applied, _taker.Note("m", 1, session, sequence: 1).Status);
        Assert.Equal(CommandStatus.SessionExpired, _taker.Note("m", 2, new SessionId(4711), sequence: 1).Status);
    }

    [Fact]
    [Trait("Pitfall", "47")]
    public void A_session_that_one_side_forgot_with_results_of_its_own_takes_no_new_commands_when_the_sides_meet()
    {
        var taker = new ShardReplica(LedgerMachine.Definition, new GroupId(2), Keys(null), new SessionLimits { MaxSessions = 1 });
        SessionId session = _giver.Open(nonce: 7);
        Assert.Equal("1", _giver.Note("a", 1, session, sequence: 1).Text);
        _giver.Give(1, Range("k", null), taker, 2);
        Assert.Equal(CommandStatus.Applied, taker.Note("m", 2, session, sequence: 2).Status);
        taker.Open(nonce: 8);
        Assert.Equal(CommandStatus.SessionExpired, taker.Note("m", 2, session, sequence: 2).Status);

        taker.Give(2, Range("k", null), _giver, 3);
        Assert.Equal(CommandStatus.SessionExpired, _giver.Note("m", 2, session, sequence: 2).Status);
        Assert.Equal("2", _giver.Ask("m").Answer);
        Assert.True(_giver.Note("a", 1, session, sequence: 1).Repeated);
    }

    [Fact]
    public void A_query_without_a_key_is_answered_only_within_exactly_the_range_that_its_asker_names()
    {
        _giver.Note("a", 1);
        Assert.Equal((QueryOutcome.Answered, "a"), _giver.Ask(null, KeyRange.All));
        Assert.Equal(QueryOutcome.WrongShard, _giver.Ask(null).Outcome);

        _giver.Give(1, Range("k", null), _taker, 2);
        Assert.Equal(QueryOutcome.WrongShard, _giver.Ask(null, KeyRange.All).Outcome);
        Assert.Equal(QueryOutcome.WrongShard, _giver.Ask(null, Range(null, "j")).Outcome);
        Assert.Equal((QueryOutcome.Answered, "a"), _giver.Ask(null, Range(null, "k")));
        Assert.Equal((QueryOutcome.Answered, ""), _taker.Ask(null, Range("k", null)));
    }

    [Fact]
    public void A_command_without_a_key_is_refused_in_a_sharded_space_and_leaves_no_trace()
    {
        var kv = new ShardReplica(KvMachine.Definition, new GroupId(1), Keys(KeyRange.All));
        SessionId session = kv.Open(nonce: 7);
        var range = new CommandView { Session = session, Sequence = new CommandSequence(1), Payload = KvQueries.Range() };
        Assert.Equal(CommandStatus.Refused, kv.Apply(range).Status);
        Assert.False(kv.Apply(range).Repeated);
        Assert.Equal(CommandStatus.Refused, kv.Apply(new CommandView { Payload = "nonsense"u8 }).Status);
    }

    [Fact]
    public void An_order_for_another_configuration_or_an_older_map_changes_nothing()
    {
        HandOut order = _giver.Order(1, Range("k", null), _taker, 2);
        _giver.ConfigEpoch = _giver.ConfigEpoch.Next;
        Assert.Equal(HandoffRefusal.WrongConfigEpoch, _giver.HandOut(order).Handoff.Refusal);
        Assert.Equal(HandoffRefusal.OlderVersion, _giver.HandOut(_giver.Order(1, Range("k", null), _taker, 1)).Handoff.Refusal);
        Assert.Equal(KeyRange.All, _giver.Ownership.Owned);
        Assert.Equal(CommandStatus.Applied, _giver.Note("m", 1).Status);
    }

    [Fact]
    public void An_order_that_is_repeated_is_answered_as_the_first_time()
    {
        _giver.Note("m", 1);
        HandOut order = _giver.Order(1, Range("k", null), _taker, 2);
        byte[] first = _giver.HandOut(order).Result;
        Assert.Equal(first, _giver.HandOut(order).Result);

        byte[] parcel = _giver.Parcel(order);
        byte[] owned = _taker.TakeIn(_giver.Carry(order), parcel).Result;
        Assert.Equal(owned, _taker.TakeIn(_giver.Carry(order), parcel).Result);
        byte[] released = _giver.Release(1).Result;
        Assert.Equal(released, _giver.Release(1).Result);
        Assert.Equal(first, _giver.HandOut(order).Result);
        Assert.False(_giver.State.TryReadParcel(order.Id, 0, 100, out _));
    }

    [Fact]
    [Trait("Pitfall", "26")]
    public void A_parcel_is_kept_until_it_is_released()
    {
        _giver.Note("m", 1);
        HandOut order = _giver.Order(1, Range("k", null), _taker, 2);
        _giver.HandOut(order);
        byte[] parcel = _giver.Parcel(order);
        _giver.Restart();
        _giver.Note("a", 2);

        Assert.Equal(parcel, _giver.Parcel(order));
        Assert.Equal(HandoffRefusal.Busy, _giver.HandOut(_giver.Order(2, Range("f", "k"), _taker, 3)).Handoff.Refusal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void A_damaged_parcel_is_never_half_absorbed_and_comes_again_from_its_beginning(int pieceBytes)
    {
        _giver.Note("m", 1);
        HandOut order = _giver.Order(1, Range("k", null), _taker, 2);
        _giver.HandOut(order);
        byte[] parcel = _giver.Parcel(order);
        byte[] damaged = [.. parcel];
        damaged[parcel.Length / 2] ^= 1;

        HandoffAnswer answer = Carry(damaged);
        Assert.Equal((HandoffRefusal.SealBroken, 0L), (answer.Refusal, answer.ReceivedBytes));
        Assert.Equal(0, _taker.State.SessionCount);
        Assert.Null(_taker.Ownership.Owned);

        Assert.True(Carry(parcel).IsOwned);
        Assert.Equal("1", _taker.Ask("m").Answer);

        HandoffAnswer Carry(byte[] bytes)
        {
            HandoffAnswer last = null!;
            for (int offset = 0; offset < bytes.Length; offset += pieceBytes)
            {
                last = _taker.TakeIn(_giver.Carry(order, offset), bytes.AsSpan(offset, Math.Min(pieceBytes, bytes.Length - offset))).Handoff;
            }

            return last;
        }
    }

    [Fact]
    [Trait("Pitfall", "46")]
    public void A_parcel_that_is_for_another_group_is_not_absorbed()
    {
        var stranger = new ShardReplica(LedgerMachine.Definition, new GroupId(3), Keys(null));
        HandOut order = _giver.Order(1, Range("k", null), _taker, 2);
        _giver.HandOut(order);

        Assert.Equal(HandoffRefusal.WrongGroup, stranger.TakeIn(_giver.Carry(order), _giver.Parcel(order)).Handoff.Refusal);
        Assert.Null(stranger.Ownership.Owned);
    }

    [Fact]
    public void Pieces_that_are_repeated_or_come_too_early_do_no_harm()
    {
        HandOut order = _giver.Order(1, Range("k", null), _taker, 2);
        _giver.HandOut(order);
        byte[] parcel = _giver.Parcel(order);

        HandoffAnswer early = _taker.TakeIn(_giver.Carry(order, 20), parcel.AsSpan(20)).Handoff;
        Assert.Equal((HandoffRefusal.NotNext, 0L), (early.Refusal, early.ReceivedBytes));
        Assert.Equal(20, _taker.TakeIn(_giver.Carry(order), parcel.AsSpan(0, 20)).Handoff.ReceivedBytes);
        Assert.Equal((HandoffRefusal.None, 20L), (_taker.TakeIn(_giver.Carry(order, 5), parcel.AsSpan(5, 10)).Handoff.Refusal, _taker.Ownership.Incoming!.ReceivedBytes));
        HandoffAnswer across = _taker.TakeIn(_giver.Carry(order, 10), parcel.AsSpan(10, 20)).Handoff;
        Assert.Equal((HandoffRefusal.NotNext, 20L), (across.Refusal, across.ReceivedBytes));
        Assert.True(_taker.TakeIn(_giver.Carry(order, 20), parcel.AsSpan(20)).Handoff.IsOwned);
    }

    [Fact]
    [Trait("Pitfall", "21")]
    public void A_replica_that_restarts_at_any_stage_goes_on_like_the_one_that_did_not()
    {
        var shadowGiver = new ShardReplica(LedgerMachine.Definition, _giver.Group, Keys(KeyRange.All));
        var shadowTaker = new ShardReplica(LedgerMachine.Definition, _taker.Group, Keys(null));
        SessionId session = Both(_giver, shadowGiver, replica => replica.Open(nonce: 7));
        Both(_giver, shadowGiver, replica => replica.Note("m", 1, session, 1).Text);
        HandOut order = _giver.Order(1, Range("k", null), _taker, 2);
        Both(_giver, shadowGiver, replica => replica.HandOut(order).Text);
        byte[] parcel = _giver.Parcel(order);
        Assert.Equal(parcel, shadowGiver.Parcel(order));
        for (int offset = 0; offset < parcel.Length; offset += 50)
        {
            byte[] piece = parcel[offset..Math.Min(offset + 50, parcel.Length)];
            Both(_taker, shadowTaker, replica => replica.TakeIn(_giver.Carry(order, offset), piece).Text);
        }

        Both(_giver, shadowGiver, replica => replica.Release(1).Text);
        Assert.Equal("true", Both(_taker, shadowTaker, replica => replica.Note("m", 1, session, 1).Repeated ? "true" : "false"));

        static T Both<T>(ShardReplica restarts, ShardReplica steady, Func<ShardReplica, T> act)
        {
            T told = act(restarts);
            Assert.Equal(told, act(steady));
            restarts.Restart();
            Assert.Equal(steady.State.Digest, restarts.State.Digest);
            Assert.Equal(steady.Snapshot(), restarts.Snapshot());
            return told;
        }
    }

    [Fact]
    public void A_group_of_no_space_writes_the_snapshots_of_before_and_knows_no_handoffs()
    {
        var plain = new ShardReplica(LedgerMachine.Definition, new GroupId(1), keys: null);
        plain.Note("a", 1);
        Assert.Equal(1u, BitConverter.ToUInt32(plain.Snapshot(), "APSTATE\0".Length));
        Assert.Equal(2u, BitConverter.ToUInt32(_giver.Snapshot(), "APSTATE\0".Length));
        Assert.Equal(CommandStatus.Refused, plain.Release(1).Status);
        plain.Restart();
        Assert.Null(plain.State.Ownership);
    }

    [Fact]
    public void A_machine_that_does_not_divide_its_state_serves_a_space_of_one_shard_that_is_never_split()
    {
        Assert.False(CounterMachine.Definition.IsPartitioned);
        Assert.True(LedgerMachine.Definition.IsPartitioned && KvMachine.Definition.IsPartitioned);
        Assert.Contains("does not divide its state by keys", Assert.Throws<ArgumentException>(
            () => new ShardReplica(CounterMachine.Definition, new GroupId(1), Keys(Range(null, "k")))).Message, StringComparison.Ordinal);

        var counter = new ShardReplica(CounterMachine.Definition, new GroupId(1), Keys(KeyRange.All));
        Assert.Equal("4", counter.Apply(new CommandView { Payload = "4"u8 }).Text);
        using var answer = new PooledBuffer();
        Assert.Equal(QueryOutcome.Answered, counter.State.Query("?"u8, scope: null, answer));
        Assert.Equal(HandoffRefusal.NotPartitioned, counter.HandOut(counter.Order(1, Range("k", null), _taker, 2)).Handoff.Refusal);
        Assert.Equal("5", counter.Apply(new CommandView { Payload = "1"u8 }).Text);
    }

    [Fact]
    public void A_parcel_that_this_build_cannot_read_stops_the_replica_and_is_not_skipped()
    {
        var later = new StateMachineDefinition("ledger", 1, () => new PickyMachine());
        var taker = new ShardReplica(later, new GroupId(2), Keys(null));
        HandOut order = _giver.Order(1, Range("k", null), taker, 2);
        _giver.HandOut(order);

        InvariantViolationException fault = Assert.Throws<InvariantViolationException>(() => taker.TakeIn(_giver.Carry(order), _giver.Parcel(order)));
        Assert.Equal("EntryDecodable", fault.Invariant);
        Assert.Same(fault, Assert.Throws<InvariantViolationException>(() => taker.Note("m", 1)));
    }

    [Theory]
    [InlineData(ShardingKind.Hash)]
    [InlineData(ShardingKind.Ordered)]
    public void The_kv_map_is_divided_and_joined_without_losing_a_key(ShardingKind kind)
    {
        var left = new ShardReplica(KvMachine.Definition, new GroupId(1), Keys(KeyRange.All, kind));
        var right = new ShardReplica(KvMachine.Definition, new GroupId(2), Keys(null, kind));
        for (int i = 0; i < 500; i++)
        {
            left.Apply(new CommandView { Payload = KvCommands.Put($"key-{i}", Encoding.UTF8.GetBytes($"value-{i}")) });
        }

        KeyPoint middle = left.State.Middle!.Value;
        KeyRange upper = KeyRange.TryCreate(middle, null)!.Value;
        left.Give(1, upper, right, 2);
        int there = Enumerable.Range(0, 500).Count(i => ValueOf(right, $"key-{i}") == $"value-{i}");
        int here = Enumerable.Range(0, 500).Count(i => ValueOf(left, $"key-{i}") == $"value-{i}");
        Assert.Equal(500, here + there);
        Assert.InRange(there, 200, 300);

        right.Give(2, upper, left, 3);
        Assert.All(Enumerable.Range(0, 500), i => Assert.Equal($"value-{i}", ValueOf(left, $"key-{i}")));
        Assert.Null(right.Ownership.Owned);

        static string? ValueOf(ShardReplica replica, string key)
        {
            using var answer = new PooledBuffer();
            return replica.State.Query(KvQueries.Get(key), scope: null, answer) == QueryOutcome.Answered && KvResult.Read(answer.WrittenSpan)?.Value is { } value
                ? Encoding.UTF8.GetString(value.Span)
                : null;
        }
    }

    [Fact]
    public void A_full_window_does_not_hide_that_the_key_is_elsewhere()
    {
        var giver = new ShardReplica(LedgerMachine.Definition, new GroupId(1), Keys(KeyRange.All), new SessionLimits { WindowCommands = 1 });
        SessionId session = giver.Open(nonce: 7);
        giver.Note("a", 1, session, 1);
        giver.Give(1, Range("k", null), _taker, 2);
        Assert.Equal(CommandStatus.WrongShard, giver.Note("m", 2, session, 2).Status);
        Assert.Equal(CommandStatus.SessionWindowFull, giver.Note("a", 2, session, 2).Status);
    }

    /// <summary>Absorbs nothing.</summary>
    private sealed class PickyMachine : StateMachineDouble
    {
        public override void Absorb(Stream part) => throw new InvalidDataException("of a later version");
    }
}
