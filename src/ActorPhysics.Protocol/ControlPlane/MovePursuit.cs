using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>Carries the decided moves of groups out: a new replica is hosted, then the group changes its members, then the move is finished.</summary>
internal sealed class MovePursuit(ControlDesk desk)
{
    private const int MostTransferTries = 5;

    // How many ids a change has for its newcomer, before those of the next one begin.
    private const ulong IdsOfChange = 16;

    // Since when this office pursues a move, and above which id the next new replica must be because a node refused the lower ones.
    private readonly SortedDictionary<ChangeId, Pursuit> _pursuits = [];

    private sealed class Pursuit(MonotonicTime since)
    {
        public MonotonicTime Since { get; } = since;
        public ReplicaId Floor { get; set; }

        /// <summary>The epoch of the leader that has handed over; none before.</summary>
        public LeaderEpoch HandedOver { get; set; }
    }

    public void Pursue(GroupRecord group)
    {
        GroupMove move = group.Move!;
        if (!_pursuits.TryGetValue(move.Id, out Pursuit? pursuit))
        {
            _pursuits.Add(move.Id, pursuit = new Pursuit(desk.Now));
        }

        if (desk.SightOf(group.Group) is not { } sight)
        {
            return;
        }

        if (move.Move is TransferLeader transfer)
        {
            Transfer(group, move, transfer, sight, pursuit);
            return;
        }

        GroupConfiguration configuration = sight.Report.Configuration;
        switch (configuration.Stage)
        {
            case MembershipStage.Settled when !sight.Report.IsCommitted:
                break;
            case MembershipStage.Settled when MoveTarget.IsReached(move.Move, configuration.Members):
                Finish(group, move, configuration, givenUp: null);
                break;
            case MembershipStage.Settled:
                Begin(group, move, sight, pursuit);
                break;
            case MembershipStage.Learning when IsHopeless(move, configuration, pursuit):
                TakeBack(group, sight);
                break;
            default:
                // The group goes on by itself.
                break;
        }
    }

    public void Forget(ChangeId change) => _pursuits.Remove(change);

    public void Clear() => _pursuits.Clear();

    private void Begin(GroupRecord group, GroupMove move, GroupSight sight, Pursuit pursuit)
    {
        GroupConfiguration now = sight.Report.Configuration;
        if (Objection(group, move, now, pursuit) is { } objection)
        {
            Finish(group, move, now, objection);
            return;
        }

        ReplicaId replica = NameFor(group, move, now, pursuit);
        if (MoveTarget.Newcomer(move.Move, now.Members) is { } newcomer)
        {
            var host = new HostOrder(group.Charter, replica);
            if (!desk.Order(newcomer.Node, host))
            {
                if (desk.Orders.Look(newcomer.Node, host).Last is { End: OrderEnd.Refused })
                {
                    // The node had a higher one before, of a change that came to nothing; ids are never used twice.
                    pursuit.Floor = new ReplicaId(replica.Value + 1);
                }

                return;
            }
        }

        SpaceRecord space = desk.State.Find(group.Charter.Keys!.Space)!;
        MembershipTarget target = MoveTarget.Of(move.Move, now, replica, space.Description, DomainOf);
        desk.Order(sight.Leader, new ChangeMembersOrder(group.Group, now.Epoch, target));
    }

    /// <summary>
    /// No two nodes are ever given replicas of one name: a change that is given up may leave one on its node, which knows of nothing and would speak for its
    /// namesake. Changes are numbered once and for all, so their newcomers are named after them; every office comes to the same names.
    /// </summary>
    private static ReplicaId NameFor(GroupRecord group, GroupMove move, GroupConfiguration now, Pursuit pursuit)
    {
        ulong ofChange = group.Charter.Founding.HighestReplica.Value + ((move.Id.Value - 1) * IdsOfChange) + 1;
        return new ReplicaId(Math.Max(Math.Max(ofChange, now.HighestReplica.Value + 1), pursuit.Floor.Value));
    }

    /// <summary>Why the move is not to be begun any more; null when it is.</summary>
    private string? Objection(GroupRecord group, GroupMove move, GroupConfiguration now, Pursuit pursuit)
    {
        bool isLate = desk.Now - pursuit.Since > desk.Policy.GiveUpAfter;
        NodeId? to = MoveTarget.Newcomer(move.Move, now.Members)?.Node;
        return to is { } node && !desk.IsPresent(node) ? $"{node} is absent"
            : move.Move is ReplaceReplica replace && to is null && !now.Members.Any(member => member.Node == replace.From) ? $"{replace.From} holds no member of {group.Group} any more"
            : isLate ? $"nothing came of it within {desk.Policy.GiveUpAfter.TotalSeconds:0} s"
            : null;
    }

    /// <summary>The newcomer cannot be reached, so the change would learn for ever.</summary>
    private bool IsHopeless(GroupMove move, GroupConfiguration learning, Pursuit pursuit)
    {
        foreach (Member member in learning.Members)
        {
            if (member.Role == MemberRole.Learner && !desk.IsPresent(member.Node))
            {
                return true;
            }
        }

        return !move.ByOperator && desk.Now - pursuit.Since > desk.Policy.GiveUpAfter * 10;
    }

    private void TakeBack(GroupRecord group, GroupSight sight)
    {
        GroupConfiguration learning = sight.Report.Configuration;
        SpaceRecord space = desk.State.Find(group.Charter.Keys!.Space)!;
        desk.Order(sight.Leader, new ChangeMembersOrder(group.Group, learning.Epoch, MoveTarget.Back(learning, space.Description, DomainOf)));
    }

    private void Transfer(GroupRecord group, GroupMove move, TransferLeader transfer, GroupSight sight, Pursuit pursuit)
    {
        GroupConfiguration configuration = sight.Report.Configuration;
        if (sight.Leader == transfer.To)
        {
            Finish(group, move, configuration, givenUp: null);
            return;
        }

        var order = new TransferOrder(group.Group, transfer.To);
        (int tries, OrderOutcome? last) = desk.Orders.Look(sight.Leader, order);
        bool isPast = pursuit.HandedOver != LeaderEpoch.None && sight.Report.Epoch > pursuit.HandedOver;
        if (isPast || desk.Now - pursuit.Since > desk.Policy.GiveUpAfter)
        {
            // It was handed over and went on from there, or nothing comes of it.
            Finish(group, move, configuration, $"{sight.Leader} leads");
        }
        else if (tries >= MostTransferTries && last is not null)
        {
            Finish(group, move, configuration, $"{sight.Leader} still leads: {last.Detail}");
        }
        else if (desk.Order(sight.Leader, order) && pursuit.HandedOver == LeaderEpoch.None)
        {
            pursuit.HandedOver = sight.Report.Epoch;
        }
    }

    private void Finish(GroupRecord group, GroupMove move, GroupConfiguration configuration, string? givenUp) =>
        desk.Propose(new FinishMove(group.Group, move.Id, configuration, givenUp), move.Id.Value);

    private FailureDomainId DomainOf(NodeId node) =>
        desk.State.Nodes.TryGetValue(node, out NodeRecord? record) ? FoundingSeats.DomainOf(record) : new FailureDomainId(node.Value);
}
