using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>
/// Two things that cannot both be true under the invariants of the line protocol: either the protocol failed or a journal is not what
/// it seems. The later of the two is left out of the tree.
/// </summary>
/// <param name="Invariant">The broken one, from <see cref="InvariantNames"/>.</param>
/// <param name="Replica">Whose sighting brought it to light.</param>
public sealed record HistoryContradiction(string Invariant, ReplicaId Replica, string Detail);
