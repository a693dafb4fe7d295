using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// Who holds what is committed when a configuration is the newest one on the trunk. Of a joint one it is the half to come: behind a final
/// configuration that is still wet, that half commits alone.
/// </summary>
internal static class DecidingQuorums
{
    public static QuorumSystem Of(GroupConfiguration configuration) =>
        configuration is { Stage: MembershipStage.Joint, Target: { } target } ? QuorumSystem.Create(target.Quorums) : configuration.Quorums;
}
