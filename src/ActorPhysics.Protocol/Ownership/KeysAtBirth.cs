using ActorPhysics.Core.Space;

namespace ActorPhysics.Protocol.Ownership;

/// <summary>
/// What a group of a space owns when it is founded: a range of keys, or nothing because it awaits a handoff. Every replica begins from the same one.
/// </summary>
/// <param name="Space">The space.</param>
/// <param name="Kind">How the space lays its keys out.</param>
/// <param name="Version">The shard map version under which <paramref name="Range"/> is owned; the one that the awaited handoff will make otherwise.</param>
/// <param name="Range">The keys; null while they are awaited.</param>
public sealed record KeysAtBirth(SpaceId Space, ShardingKind Kind, ShardMapVersion Version, KeyRange? Range);
