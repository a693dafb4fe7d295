using ActorPhysics.Actors.Handoffs;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Tests.Runtime;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Actors.Tests.Handoffs;

/// <summary>The courier between givers that lose and refuse, and a taker that knows how far its parcel has come.</summary>
[Trait("Seed", "5.1")]
public sealed class HandoffCourierTests
{
    private static readonly NodeId Self = new(9);
    private static readonly GroupId Taker = new(77);
    private static readonly GroupId Giver = new(70);
    private static readonly byte[] Parcel = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];
    private static readonly TakeIn Terms = new(
        new HandoffId(5), new SpaceId(1), KeyRange.All, new HandoffParty(Giver, new GroupIncarnation(3)), new ShardMapVersion(2), new ParcelSeal(Parcel.Length, 4711), OffsetBytes: 0);

    [Fact]
    public void Pieces_are_read_and_offered_in_order_one_at_a_time_until_the_taker_owns_the_keys()
    {
        var world = new World();

        world.Fetch(1, 2);
        world.RunToEnd();

        Assert.Equal(ResponseOutcome.Ok, Assert.Single(world.Ends).Outcome);
        Assert.Equal([0L, 300, 600, 900], world.Offered);
        Assert.Equal(1, world.MostUnderWay);
        Assert.Equal(Parcel, world.Received);
    }

    [Fact]
    public void A_source_that_does_not_have_it_is_passed_over()
    {
        var world = new World();
        world.Reads = (node, _) => node == new NodeId(1) ? PeerAnswer.Failed(ResponseOutcome.Unavailable, "not yet") : null;

        world.Fetch(1, 2);
        world.RunToEnd();

        Assert.Equal(ResponseOutcome.Ok, Assert.Single(world.Ends).Outcome);
    }

    [Fact]
    [Trait("Pitfall", "46")]
    public void Whoever_begins_anew_goes_on_where_the_taker_is()
    {
        var world = new World { Received = [.. Parcel[..600]] };

        world.Fetch(1);
        world.RunToEnd();

        // It did not know how far the other had come: the taker says so.
        Assert.Equal(ResponseOutcome.Ok, Assert.Single(world.Ends).Outcome);
        Assert.Equal([0L, 600, 900], world.Offered);
        Assert.Equal(Parcel, world.Received);
    }

    [Fact]
    [Trait("Pitfall", "40")]
    public void An_offer_of_unknown_fate_is_made_again_and_takes_effect_once()
    {
        var world = new World();
        int lost = 0;
        world.AnswersLost = () => lost++ < 2;

        world.Fetch(1);
        world.RunToEnd();

        Assert.Equal(ResponseOutcome.Ok, Assert.Single(world.Ends).Outcome);
        Assert.Equal(Parcel, world.Received);
    }

    [Fact]
    public void A_parcel_whose_seal_breaks_is_sent_again_from_its_beginning_and_given_up_when_it_breaks_each_time()
    {
        var once = new World { BreaksSeal = 1 };
        once.Fetch(1, 2);
        once.RunToEnd();
        Assert.Equal(ResponseOutcome.Ok, Assert.Single(once.Ends).Outcome);

        var always = new World { BreaksSeal = int.MaxValue };
        always.Fetch(1, 2);
        always.RunToEnd();
        Assert.Equal(ResponseOutcome.Refused, Assert.Single(always.Ends).Outcome);
    }

    [Fact]
    public void A_node_that_does_not_lead_the_taker_says_so_and_givers_that_are_all_away_are_given_up()
    {
        var follower = new World { Leads = false };
        follower.Fetch(1);
        follower.RunToEnd();
        Assert.Equal(ResponseOutcome.NotLeader, Assert.Single(follower.Ends).Outcome);

        var alone = new World { Reads = (_, _) => PeerAnswer.Failed(ResponseOutcome.Unknown, "gone") };
        alone.Fetch(1, 2);
        alone.RunToEnd();
        Assert.Equal(ResponseOutcome.Unavailable, Assert.Single(alone.Ends).Outcome);

        var idle = new World();
        idle.Fetch();
        idle.RunToEnd();
        Assert.Equal(ResponseOutcome.BadRequest, Assert.Single(idle.Ends).Outcome);
    }

    [Fact]
    public void The_same_order_again_joins_the_first_and_another_handoff_of_the_group_is_refused()
    {
        var world = new World();

        world.Fetch(1);
        world.Fetch(1);
        world.Courier.Fetch(Taker, Terms with { Id = new HandoffId(6) }, [new NodeId(1)], world.Ends.Add);
        Assert.Equal(ResponseOutcome.ConfigurationConflict, Assert.Single(world.Ends).Outcome);
        world.RunToEnd();

        Assert.Equal([ResponseOutcome.ConfigurationConflict, ResponseOutcome.Ok, ResponseOutcome.Ok], world.Ends.Select(end => end.Outcome));
        Assert.Equal([0L, 300, 600, 900], world.Offered);
    }

    [Fact]
    public void No_more_is_fetched_in_a_second_than_allowed()
    {
        var world = new World(bytesPerSecond: 300);

        world.Fetch(1);
        world.Loop.RunUntilIdle();
        Assert.Equal([0L], world.Offered);
        world.Loop.Advance(TimeSpan.FromMilliseconds(900));
        Assert.Equal([0L], world.Offered);
        world.Loop.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal([0L, 300], world.Offered);
        world.RunToEnd();

        Assert.Equal(ResponseOutcome.Ok, Assert.Single(world.Ends).Outcome);
    }

    [Fact]
    public void Parcels_beyond_the_bound_wait_for_their_turn()
    {
        var world = new World(mostCarried: 1);

        world.Fetch(1);
        world.Courier.Fetch(new GroupId(78), Terms, [new NodeId(1)], world.Ends.Add);
        Assert.Equal([Taker], world.Askers.Distinct());
        world.RunToEnd();

        Assert.Equal(2, world.Ends.Count);
        Assert.Contains(new GroupId(78), world.Offerees);
    }

    /// <summary>Givers with the parcel, and a taker that takes its pieces in as the ownership of a group does.</summary>
    private sealed class World : INodeRequests
    {
        private int _underWay;

        public World(long bytesPerSecond = 1 << 30, int mostCarried = 4) =>
            Courier = new HandoffCourier(Loop, this, Self, new CourierBounds(PieceBytes: 300, bytesPerSecond, mostCarried), _ => null);

        public ManualLoop Loop { get; } = new();
        public HandoffCourier Courier { get; }
        public List<CourierEnd> Ends { get; } = [];
        public List<long> Offered { get; } = [];
        public List<GroupId> Offerees { get; } = [];
        public List<GroupId> Askers { get; } = [];
        public List<byte> Received { get; set; } = [];
        public bool Leads { get; init; } = true;
        public int BreaksSeal { get; set; }
        public int MostUnderWay { get; private set; }
        public Func<bool> AnswersLost { get; set; } = () => false;

        /// <summary>What becomes of a read; null: it is answered with a piece.</summary>
        public Func<NodeId, long, PeerAnswer?> Reads { get; set; } = (_, _) => null;

        public void Fetch(params ulong[] sources) =>
            Courier.Fetch(Taker, Terms, [.. sources.Select(source => new NodeId(source))], Ends.Add);

        public void RunToEnd()
        {
            for (int turn = 0; turn < 1000; turn++)
            {
                Loop.Advance(TimeSpan.FromMilliseconds(50));
            }
        }

        public void Ask(NodeId node, GroupId group, RequestKind kind, ReadOnlySpan<byte> operation, TimeSpan patience, Action<PeerAnswer> answer)
        {
            _underWay++;
            MostUnderWay = Math.Max(MostUnderWay, _underWay);
            PeerAnswer said = kind == RequestKind.ReadParcel ? Read(node, group, operation) : Offer(node, group, operation);
            Loop.Post(new Later(() =>
            {
                _underWay--;
                answer(said);
            }));
        }

        private PeerAnswer Read(NodeId node, GroupId group, ReadOnlySpan<byte> operation)
        {
            Assert.Equal(Giver, group);
            Assert.True(ReadParcelOperation.TryRead(operation, out ReadParcelOperation read));
            Askers.Add(Taker);
            int offset = (int)read.OffsetBytes;
            return Reads(node, read.OffsetBytes)
                ?? new PeerAnswer(ResponseOutcome.Ok, Parcel.AsMemory(offset, Math.Min(read.MaxBytes, Parcel.Length - offset)), "");
        }

        private PeerAnswer Offer(NodeId node, GroupId group, ReadOnlySpan<byte> operation)
        {
            Assert.Equal(Self, node);
            Offerees.Add(group);
            if (!Leads)
            {
                return PeerAnswer.Failed(ResponseOutcome.NotLeader, "");
            }

            Assert.True(CommandView.TryRead(operation, out CommandView command, out _));
            Assert.Equal(CommandKind.TakeIn, command.Kind);
            Assert.True(HandoffCodec.TryDecode(command.Payload, out TakeIn? order, out ReadOnlyMemory<byte> piece));
            Assert.Equal(Terms with { OffsetBytes = 0 }, order with { OffsetBytes = 0 });
            Offered.Add(order.OffsetBytes);
            HandoffAnswer told = TakeIn(order, piece);
            return AnswersLost() ? PeerAnswer.Failed(ResponseOutcome.Unknown, "deposed") : new PeerAnswer(ResponseOutcome.Ok, told.Encode(), "");
        }

        private HandoffAnswer TakeIn(TakeIn order, ReadOnlyMemory<byte> piece)
        {
            if (Received.Count == Parcel.Length)
            {
                return new HandoffAnswer(HandoffRefusal.None, "", order.Seal, Parcel.Length, IsOwned: true);
            }

            if (order.OffsetBytes != Received.Count)
            {
                return new HandoffAnswer(HandoffRefusal.NotNext, "not the next one", order.Seal, Received.Count, IsOwned: false);
            }

            if (order.OffsetBytes + piece.Length == Parcel.Length && BreaksSeal > 0)
            {
                BreaksSeal--;
                Received.Clear();
                return new HandoffAnswer(HandoffRefusal.SealBroken, "the seal is broken", order.Seal, 0, IsOwned: false);
            }

            Received.AddRange(piece.ToArray());
            return new HandoffAnswer(HandoffRefusal.None, "", order.Seal, Received.Count, Received.Count == Parcel.Length);
        }

        private sealed class Later(Action work) : ILoopWork
        {
            public void RunOnLoop() => work();
        }
    }
}
