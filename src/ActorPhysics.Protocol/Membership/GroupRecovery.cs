using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Membership;

/// <summary>
/// A group that lost its quorum began anew from one survivor, because an operator said so and accepted the loss (docs/design/recovery.md). The survivor's
/// log through <paramref name="At"/> is the trunk of the new incarnation, wet entries included; what others committed beyond it is gone.
/// </summary>
/// <param name="From">The incarnation that ended. Whoever still belongs to it retires when it hears of this.</param>
/// <param name="Survivor">Its replica from whose log the group goes on.</param>
/// <param name="At">The end of that log.</param>
/// <param name="KnownCommitted">How far the survivor knew its log to be committed: what lies between here and <paramref name="At"/> was at risk.</param>
/// <param name="Configuration">What the group begins anew with: another incarnation, a ConfigEpoch above every one that was seen, one voter.</param>
/// <param name="AcceptedAt">When the operator accepted the loss, by the wall clock of the survivor's node.</param>
public sealed record GroupRecovery(
    GroupIncarnation From, ReplicaId Survivor, LogPosition At, LogIndex KnownCommitted, GroupConfiguration Configuration, LogTime AcceptedAt)
{
    public GroupId Group => Configuration.Group;

    /// <summary>What is wrong, for people; null for one that can be.</summary>
    public string? Complaint() =>
        From == default || From == Configuration.Incarnation ? "a recovery begins another incarnation"
        : Survivor.IsNone || Configuration.HighestReplica.CompareTo(Survivor) <= 0 ? "a recovery begins with a replica that never was"
        : Configuration.Members.Length != 1 || Configuration.Target is not null || Configuration.Epoch <= ConfigEpoch.Founding
            ? "a recovery begins with one voter, and with no change under way"
        : KnownCommitted > At.Index ? "more was committed than there is"
        : null;

    public override string ToString() =>
        $"{Group} was recovered from {Survivor} of incarnation {From} at {At}, committed through {KnownCommitted}, as {Configuration.Epoch} of incarnation {Configuration.Incarnation}";
}
