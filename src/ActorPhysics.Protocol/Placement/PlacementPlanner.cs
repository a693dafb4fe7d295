using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Placement;

/// <summary>
/// Says which moves to begin next, so that every group has its replicas, on nodes that serve, spread over zones, and every node has its share of replicas
/// and of leadership. A function of its arguments alone: the same view yields the same plan.
/// </summary>
/// <remarks>
/// Time: the number of members, and for each move the number of zones. Repair comes first, then surplus, drain, zones, balance of replicas, of leaders; what is
/// less urgent is not begun while a limit holds something more urgent back. See docs/design/space.md for what is guaranteed.
/// </remarks>
public static class PlacementPlanner
{
    /// <summary>The next moves.</summary>
    /// <param name="now">A reading of the clock that <see cref="NodeAbsent.Since"/> was read from.</param>
    /// <exception cref="ArgumentOutOfRangeException">The policy makes no sense.</exception>
    public static PlacementPlan Plan(ClusterView view, PlacementPolicy policy, LogTime now)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(policy);
        policy.Check();
        var draft = new PlacementDraft(view, policy, now);
        var mending = new GroupMending(draft);
        mending.Survey();
        mending.Mend();
        if (!draft.MustStop)
        {
            var groups = new GroupsByNode(view);
            new ReplicaBalance(draft, groups).Balance();
            if (!draft.MustStop)
            {
                new LeaderBalance(draft, groups).Balance();
            }
        }

        return new PlacementPlan(draft.Moves, mending.QuorumLost, mending.Needs, draft.MustStop);
    }
}
