using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Protocol.Placement;

/// <summary>What was found wanting, before this plan's moves and without what earlier ones already mend: how far a repair or a drain has to go.</summary>
public readonly record struct PlacementNeeds(int LostReplicas, int MissingReplicas, int SurplusReplicas, int DrainingReplicas, int CrowdedReplicas);

/// <summary>The next moves, the most urgent first, all of which may begin at once.</summary>
/// <param name="Moves">At most one per group.</param>
/// <param name="QuorumLost">Groups of which no quorum is left: no change can be decided in them, only an operator can recover them.</param>
/// <param name="IsThrottled">Whether a limit holds moves back: then less urgent ones have not been considered.</param>
public sealed record PlacementPlan(ImmutableArray<PlacementMove> Moves, ImmutableArray<GroupId> QuorumLost, PlacementNeeds Needs, bool IsThrottled);
