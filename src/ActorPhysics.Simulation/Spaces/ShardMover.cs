using System.Buffers;
using System.Collections.Immutable;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Workloads;
using ActorPhysics.Simulation.World;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Simulation.Spaces;

/// <summary>
/// Stands for the config group and the couriers: it decides the next shard map, orders the giver of each handoff to hand out, carries the parcel to the
/// taker piece by piece, publishes the map and has the parcel released (docs/design/space-runtime.md). It asks whoever leads, again and again, and some of its
/// orders come a second time, much later.
/// </summary>
internal sealed class ShardMover(SpaceRun run, SeededRandom random) : ISpaceDriver
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);
    private readonly List<Handoff> _handoffs = [];
    private readonly List<ReplicaMove> _moves = [];
    private ulong _lastHandoff;
    private ulong _lastGroup = (ulong)run.Plan.Shards;
    private ulong _attempt;
    private bool _rests;

    private enum Stage
    {
        Freezing,
        Carrying,
        Releasing,
        Done,
    }

    public bool IsIdle => _handoffs.TrueForAll(handoff => handoff.Stage == Stage.Done) && _moves.TrueForAll(move => move.IsOver);

    public ShardMap? Map => run.Map;

    public IEnumerable<KeyValuePair<string, int>> Counts => _handoffs.Where(handoff => handoff.Stage == Stage.Done)
        .GroupBy(handoff => handoff.Wish)
        .Select(kind => KeyValuePair.Create(kind.Key.ToString(), kind.Count()))
        .Append(KeyValuePair.Create(nameof(ShardWish.MoveReplica), ReplicasMoved));

    public int HandoffsDone => _handoffs.Count(handoff => handoff.Stage == Stage.Done);

    public int ReplicasMoved => _moves.Count(move => move.IsOver);

    public string Describe() => string.Join("; ", _handoffs.Where(handoff => handoff.Stage != Stage.Done)
        .Select(handoff => $"{handoff.Order.Id} {handoff.Order.Range} {handoff.Giver} to {handoff.Order.Taker.Group}: {handoff.Stage} {handoff.Told}"));

    public void PlanAll()
    {
        foreach (ShardChange change in run.Plan.Changes)
        {
            run.Events.Plan(default(WorldTime) + change.At, () => Begin(change));
        }
    }

    public void Rest() => _rests = true;

    public bool IsLiving(GroupId group) => true;

    public void Watch()
    {
        // It knows what it does.
    }

    public void OnReply(ulong attempt, int node, ClientReply reply)
    {
        if (_handoffs.Find(handoff => handoff.Attempt == attempt) is { } handoff)
        {
            handoff.Attempt = 0;
            if (reply is ClientReply.Applied applied && HandoffAnswer.TryDecode(applied.Result, out HandoffAnswer? answer))
            {
                Learn(handoff, answer);
            }
        }
    }

    private void Begin(ShardChange change)
    {
        if (_rests)
        {
            return;
        }

        ShardMap map = run.Map!;
        Shard shard = map.Shards[change.Shard % map.Shards.Length];
        int place = map.Shards.IndexOf(shard);
        if (change.Wish != ShardWish.MoveReplica && IsBusy(shard.Group))
        {
            return;
        }

        switch (change.Wish)
        {
            case ShardWish.Split when PointWithin(shard.Range, map.Kind) is { } point:
                GroupId upper = NextGroup();
                HandOver(change.Wish, map.TrySplit(shard.Id, point, map.LastShard.Next, upper, out _), shard.Group, upper, KeyRange.TryCreate(point, shard.Range.To)!.Value);
                break;
            case ShardWish.Merge when place + 1 < map.Shards.Length && map.Shards[place + 1] is var next && !IsBusy(next.Group):
                HandOver(change.Wish, map.TryMerge(shard.Id, next.Id, out _), next.Group, shard.Group, next.Range);
                break;
            case ShardWish.Rehome:
                GroupId heir = NextGroup();
                HandOver(change.Wish, map.TryMove(shard.Id, heir, out _), shard.Group, heir, shard.Range);
                break;
            case ShardWish.MoveReplica when !_moves.Exists(move => !move.IsOver && move.Group == shard.Group):
                MoveReplica(shard.Group);
                break;
            default:
                break;
        }
    }

    /// <summary>A group has a part in one handoff at a time. Its members may change meanwhile.</summary>
    private bool IsBusy(GroupId group) =>
        _handoffs.Exists(handoff => handoff.Stage != Stage.Done && (handoff.Giver == group || handoff.Order.Taker.Group == group));

    private GroupId NextGroup() => new(++_lastGroup);

    private KeyPoint? PointWithin(KeyRange range, ShardingKind kind)
    {
        if (kind == ShardingKind.Hash)
        {
            return range.MiddleOfHashes() is { } middle ? KeyPoint.At(middle) : null;
        }

        KeyPoint[] points = [.. KeyValueWorkload.Sharded.Keys.Select(key => KeyPoint.At(SpaceKey.OfText(key))).Where(point => range.Contains(point) && range.From != point)];
        return points.Length == 0 ? null : points[random.Below(points.Length)];
    }

    /// <summary>Only the next version after the newest is ever decided, and it is published only when its handoff is over: so one handoff at a time makes maps.</summary>
    private void HandOver(ShardWish wish, ShardMap? next, GroupId giver, GroupId taker, KeyRange range)
    {
        if (next is null || _handoffs.Exists(handoff => handoff.Stage is Stage.Freezing or Stage.Carrying))
        {
            return;
        }

        SimulatedGroup receiver = run.Find(taker) ?? run.FoundGroup(taker, run.DrawSeats(), new KeysAtBirth(SpaceRun.Space, next.Kind, next.Version, Range: null));
        SimulatedGroup sender = run.Find(giver)!;
        var order = new HandOut(new HandoffId(++_lastHandoff), SpaceRun.Space, default, range, PartyOf(receiver), next.Version);
        run.Trace?.Note($"-- {order.Id}: {giver} gives {range} to {taker} under {next.Version}");
        var handoff = new Handoff(wish, order, giver, PartyOf(sender), next);
        _handoffs.Add(handoff);
        GoOn(handoff);
    }

    private static HandoffParty PartyOf(SimulatedGroup group) => new(group.Founding.Group, group.Founding.Incarnation);

    private void GoOn(Handoff handoff)
    {
        if (handoff.Stage == Stage.Done)
        {
            return;
        }

        if (handoff.Attempt == 0 || run.Events.Now >= handoff.PatienceEnds)
        {
            Ask(handoff);
        }

        run.Events.Plan(run.Events.Now + Pause + random.Exponential(Pause), () => GoOn(handoff));
    }

    private void Ask(Handoff handoff)
    {
        GroupId asked = handoff.Stage == Stage.Carrying ? handoff.Order.Taker.Group : handoff.Giver;
        if (run.LeaderOf(asked) is not { Actor: { } actor } leader || Write(handoff, actor) is not { } encoded)
        {
            return;
        }

        handoff.Attempt = ++_attempt;
        handoff.PatienceEnds = run.Events.Now + Patience;
        run.Ask(run.DriverSource, handoff.Attempt, leader.Node.Index, asked, encoded, ConsistencyLevel.StrongWrite);
        if (random.OneIn(4))
        {
            // The same order once more, when it is long over perhaps.
            run.After(random.Exponential(Patience * 4), () => Repeat(asked, encoded));
        }
    }

    private void Repeat(GroupId asked, byte[] encoded)
    {
        if (run.LeaderOf(asked) is { } leader)
        {
            run.Ask(run.DriverSource, ++_attempt, leader.Node.Index, asked, encoded, ConsistencyLevel.StrongWrite);
        }
    }

    private byte[]? Write(Handoff handoff, ReplicaActor leader)
    {
        HandOut order = handoff.Order;
        switch (handoff.Stage)
        {
            case Stage.Freezing:
                // A config leader that was deposed may name what was true once.
                ConfigEpoch seen = leader.Configurations.Newest.Epoch;
                ConfigEpoch named = seen > ConfigEpoch.Founding && random.OneIn(4) ? new ConfigEpoch(seen.Value - 1) : seen;
                return Encode(CommandKind.HandOut, HandoffCodec.Encode(order with { Expected = named }));
            case Stage.Releasing:
                return Encode(CommandKind.Release, HandoffCodec.Encode(new Release(order.Id)));
            default:
                SimulatedReplica? source = run.ReplicasOf(handoff.Giver).Where(replica => replica.Actor is not null).Skip(random.Below(3)).FirstOrDefault();
                bool isThere = source is not null && source.Actor!.TryReadParcel(order.Id, handoff.OffsetBytes, run.Plan.PieceBytes, out _);
                if (!isThere)
                {
                    return null;
                }

                source!.Actor!.TryReadParcel(order.Id, handoff.OffsetBytes, run.Plan.PieceBytes, out ReadOnlyMemory<byte> piece);
                var takeIn = new TakeIn(order.Id, order.Space, order.Range, handoff.GiverParty, order.Version, handoff.Seal, handoff.OffsetBytes);
                return Encode(CommandKind.TakeIn, HandoffCodec.Encode(takeIn, piece.Span));
        }
    }

    private void Learn(Handoff handoff, HandoffAnswer answer)
    {
        handoff.Told = answer.IsRefused ? $"({answer.Refusal}: {answer.Reason})" : "";
        switch (handoff.Stage)
        {
            case Stage.Freezing when !answer.IsRefused:
                handoff.Seal = answer.Seal;
                handoff.Stage = Stage.Carrying;
                break;
            case Stage.Carrying when answer.IsOwned:
                run.Publish(handoff.Next);
                handoff.Stage = Stage.Releasing;
                break;
            case Stage.Carrying:
                handoff.OffsetBytes = answer.ReceivedBytes;
                break;
            case Stage.Releasing when !answer.IsRefused:
                handoff.Stage = Stage.Done;
                run.Trace?.Note($"-- {handoff.Order.Id} is over");
                break;
            default:
                break;
        }
    }

    private void MoveReplica(GroupId group)
    {
        GroupConfiguration current = run.Find(group)!.Observatory.Book.NewestOnTrunk.Configuration;
        int[] free = [.. Enumerable.Range(0, run.Plan.Nodes).Where(node => run.Nodes[node].Find(group) is null)];
        if (free.Length == 0 || current.Stage != MembershipStage.Settled)
        {
            return;
        }

        Member leaving = current.Members[random.Below(current.Members.Length)];
        SimulatedNode seat = run.Nodes[free[random.Below(free.Length)]];
        var coming = new Member(new ReplicaId(current.HighestReplica.Value + 1), seat.Node, MemberRole.Voter);
        ImmutableArray<Member> members = [.. current.Members.Where(member => member.Replica != leaving.Replica), coming];
        var target = new MembershipTarget(members, new MajorityRule([.. members.Select(member => member.Replica)]));
        run.Trace?.Note($"-- {group}: {leaving.Replica} gives its place to {coming.Replica} on {seat.Node}");
        seat.Found(run.Find(group)!, coming.Replica);
        var move = new ReplicaMove(group, target);
        _moves.Add(move);
        GoOn(move);
    }

    private void GoOn(ReplicaMove move)
    {
        GroupConfiguration current = run.Find(move.Group)!.Observatory.Book.NewestOnTrunk.Configuration;
        if (current.Stage == MembershipStage.Settled && current.Members.SequenceEqual(move.Target.Members))
        {
            move.IsOver = true;
            return;
        }

        if (current.Stage == MembershipStage.Settled && run.LeaderOf(move.Group) is { } leader)
        {
            var mail = new MembershipMail(run.NextOperatorRequest(), current.Epoch, move.Target);
            leader.Node.Act(() => leader.OfferIfUp(mail));
        }

        run.Events.Plan(run.Events.Now + (Pause * 4) + random.Exponential(Pause * 4), () => GoOn(move));
    }

    private static byte[] Encode(CommandKind kind, byte[] payload)
    {
        var command = new CommandView { Kind = kind, Payload = payload };
        var bytes = new ArrayBufferWriter<byte>(command.EncodedBytes);
        command.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private sealed class Handoff(ShardWish wish, HandOut order, GroupId giver, HandoffParty giverParty, ShardMap next)
    {
        public ShardWish Wish { get; } = wish;
        public HandOut Order { get; } = order;
        public GroupId Giver { get; } = giver;
        public HandoffParty GiverParty { get; } = giverParty;

        /// <summary>The map that it makes.</summary>
        public ShardMap Next { get; } = next;
        public Stage Stage { get; set; }
        public ParcelSeal Seal { get; set; }
        public long OffsetBytes { get; set; }

        /// <summary>The attempt that waits for its answer; 0 when none does.</summary>
        public ulong Attempt { get; set; }
        public WorldTime PatienceEnds { get; set; }
        public string Told { get; set; } = "";
    }

    private sealed class ReplicaMove(GroupId group, MembershipTarget target)
    {
        public GroupId Group { get; } = group;
        public MembershipTarget Target { get; } = target;
        public bool IsOver { get; set; }
    }
}
