using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;

namespace ActorPhysics.Protocol.Ownership;

/// <summary>One of the two groups of a handoff. The incarnation tells it from an earlier group of the same id.</summary>
public readonly record struct HandoffParty(GroupId Group, GroupIncarnation Incarnation)
{
    public override string ToString() => $"{Group}/{Incarnation}";
}

/// <summary>By what a parcel is recognized: the part of a group's state and its sessions that travel with the keys, as one string of bytes.</summary>
/// <param name="LengthBytes">Of the parcel; never 0.</param>
/// <param name="Checksum">XXH3 with 64 bits over the parcel. It finds accidents, not forgeries.</param>
public readonly record struct ParcelSeal(long LengthBytes, ulong Checksum)
{
    public override string ToString() => $"{LengthBytes} bytes, {Checksum.ToString("x16", System.Globalization.CultureInfo.InvariantCulture)}";
}

/// <summary>An order to the giver of a handoff: from its entry on the group does not own the range any more.</summary>
/// <param name="Expected">The ConfigEpoch that the group was last seen in; in any other the order is refused.</param>
/// <param name="Version">The shard map version that the handoff makes.</param>
public sealed record HandOut(HandoffId Id, SpaceId Space, ConfigEpoch Expected, KeyRange Range, HandoffParty Taker, ShardMapVersion Version);

/// <summary>An order to the taker of a handoff: it comes with a piece of the parcel. The pieces come in order; from the entry of the last one on the group owns the range.</summary>
/// <param name="Version">The shard map version that the handoff makes.</param>
/// <param name="Seal">Of the whole parcel, as the giver's answer named it.</param>
/// <param name="OffsetBytes">Where in the parcel the piece lies.</param>
public sealed record TakeIn(HandoffId Id, SpaceId Space, KeyRange Range, HandoffParty Giver, ShardMapVersion Version, ParcelSeal Seal, long OffsetBytes);

/// <summary>An order to the giver: the taker owns the range, the parcel is not needed any more.</summary>
public sealed record Release(HandoffId Id);
