using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Ownership;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>Carries the decided handoffs out, stage by stage; each stage is recorded before what belongs to the next is ordered.</summary>
internal sealed class HandoffPursuit(ControlDesk desk)
{
    private readonly SortedDictionary<HandoffId, MonotonicTime> _since = [];

    public void Pursue(Handoff handoff)
    {
        if (!_since.TryGetValue(handoff.Id, out MonotonicTime since))
        {
            _since.Add(handoff.Id, since = desk.Now);
        }

        switch (handoff.Stage)
        {
            case HandoffStage.Founding when desk.Now - since > desk.Policy.GiveUpAfter:
                desk.Propose(new CancelHandoff(handoff.Id), handoff.Id.Value);
                break;
            case HandoffStage.Founding when IsKnownNotToDivide(handoff.Giver) || IsKnownNotToDivide(handoff.Taker):
                desk.Propose(new CancelHandoff(handoff.Id), handoff.Id.Value);
                break;
            case HandoffStage.Founding when handoff.IsMerge && desk.SightOf(handoff.Giver) is not null && desk.SightOf(handoff.Taker) is not null:
                desk.Propose(new NoteServing(handoff.Taker), handoff.Taker.Value);
                break;
            case HandoffStage.Founding:
                // The taker is founded like any group; when it serves the stage is over.
                break;
            case HandoffStage.Freezing:
                HandOut(handoff);
                break;
            case HandoffStage.Carrying:
                Carry(handoff);
                break;
            case HandoffStage.Releasing when desk.SightOf(handoff.Giver) is { } giver && desk.Order(giver.Leader, new ReleaseOrder(handoff)):
                desk.Propose(new FinishHandoff(handoff.Id), handoff.Id.Value);
                break;
            default:
                break;
        }
    }

    public void Forget(HandoffId handoff) => _since.Remove(handoff);

    public void Clear() => _since.Clear();

    private bool IsKnownNotToDivide(GroupId group) => desk.SightOf(group)?.Report.Keys is { Divides: false };

    private void HandOut(Handoff handoff)
    {
        if (desk.SightOf(handoff.Giver) is not { } giver)
        {
            return;
        }

        GroupIncarnation taker = desk.State.Groups[handoff.Taker].Charter.Incarnation;
        var order = new HandOutOrder(handoff, giver.Report.Configuration.Epoch, taker);
        if (desk.Order(giver.Leader, order) && desk.Orders.Look(giver.Leader, order).Last?.Freeze is { } freeze)
        {
            desk.Propose(new NoteFrozen(handoff.Id, freeze), handoff.Id.Value);
        }
    }

    private void Carry(Handoff handoff)
    {
        if (desk.SightOf(handoff.Taker) is not { } taker)
        {
            return;
        }

        GroupIncarnation giver = desk.State.Groups[handoff.Giver].Charter.Incarnation;
        bool owns = Owns(taker.Report.Keys, handoff) || desk.Order(taker.Leader, new FetchOrder(handoff, giver, SourcesOf(handoff.Giver)));
        if (owns)
        {
            desk.Propose(new PublishHandoff(handoff.Id), handoff.Id.Value);
        }
    }

    private static bool Owns(KeysReport? keys, Handoff handoff) =>
        keys is { Range: { } range } && keys.Version >= handoff.Version && range.Intersect(handoff.Range) == handoff.Range;

    /// <summary>Where the parcel is: on every node of the giver that has applied the entry; first at the leader's, which certainly has.</summary>
    private ImmutableArray<NodeId> SourcesOf(GroupId giver)
    {
        NodeId leader = desk.SightOf(giver)?.Leader ?? default;
        IEnumerable<NodeId> members = desk.State.Groups[giver].Configuration.Members.Select(member => member.Node);
        return leader == default ? [.. members] : [leader, .. members.Where(node => node != leader)];
    }
}
