using ActorPhysics.Client.Connections;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Recovery;

/// <summary>
/// Begins a group anew from its best survivor when so many of its members are gone for good that no quorum will ever come back. What those committed that
/// the survivor lacks is lost; nobody but the caller can accept that. All members may be called from many threads at once.
/// </summary>
/// <param name="client">The connection to the cluster; one node that answers is enough.</param>
/// <param name="group">Which group.</param>
public sealed class RecoveryClient(ActorPhysicsClient client, GroupId group)
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(2);

    /// <summary>What is left of the group. It changes nothing.</summary>
    public async Task<RecoverySurvey> SurveyAsync(CancellationToken cancellation = default) =>
        RecoverySurvey.Of(group, await client.SurveyAsync(AnswerPatience, cancellation).ConfigureAwait(false));

    /// <summary>Which entries are at risk when the group begins anew from this survivor. It changes nothing.</summary>
    /// <exception cref="RequestRefusedException">The survivor's node says why not: the group has a leader, or the replica is not as it was.</exception>
    public Task<RecoveryPlan> PlanAsync(RecoverySurvey survey, Survivor survivor, CancellationToken cancellation = default) =>
        OrderAsync(survey, survivor, isDryRun: true, cancellation);

    /// <summary>
    /// Begins the group anew. When it returns, the survivor's node has a new first replica of another incarnation, alone in the group; members are added as to any group.
    /// What is left of the former incarnation retires when it hears of it.
    /// </summary>
    /// <exception cref="RequestRefusedException">The survivor's node says why not; nothing was changed.</exception>
    public Task<RecoveryPlan> RecoverAcceptingLossAsync(RecoverySurvey survey, Survivor survivor, CancellationToken cancellation = default) =>
        OrderAsync(survey, survivor, isDryRun: false, cancellation);

    private async Task<RecoveryPlan> OrderAsync(RecoverySurvey survey, Survivor survivor, bool isDryRun, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(survey);
        ArgumentNullException.ThrowIfNull(survivor);
        var order = new RecoverGroupOperation(
            survivor.Group.Incarnation, survivor.Replica.Replica, survivor.Tail, survey.HighestConfigEpoch, isDryRun, AcceptsLoss: !isDryRun);
        ReadOnlyMemory<byte> result;
        try
        {
            result = await client.OrderAsync(
                survivor.Address, RequestKind.RecoverGroup, group, order.Encode(), client.Options.RequestTimeout, cancellation).ConfigureAwait(false);
        }
        catch (DialException trouble)
        {
            throw new RequestRefusedException(ResponseOutcome.Unavailable, trouble.Message);
        }

        return RecoveryPlan.TryDecode(result.Span, out RecoveryPlan? plan)
            ? plan
            : throw new RequestRefusedException(ResponseOutcome.BadRequest, $"the answer of {survivor.NodeName} makes no sense");
    }
}
