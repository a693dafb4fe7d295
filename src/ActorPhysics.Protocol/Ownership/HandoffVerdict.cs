namespace ActorPhysics.Protocol.Ownership;

/// <summary>Why a group does not do what an order asks for; nothing has changed then. The numbers are part of the wire format.</summary>
public enum HandoffRefusal : byte
{
    None = 0,

    /// <summary>The group belongs to no space, or to another one than the order names.</summary>
    WrongSpace = 1,

    /// <summary>The group's configuration is another one by now.</summary>
    WrongConfigEpoch = 2,

    /// <summary>What the group owns was decided by this version of the map or a later one. Final: the order will never be obeyed.</summary>
    OlderVersion = 3,

    /// <summary>Another handoff of the same direction, or an incoming one, is not over.</summary>
    Busy = 4,

    /// <summary>The range is not one end of what the group owns.</summary>
    NotOwned = 5,

    /// <summary>The range is no neighbour of what the group owns.</summary>
    NotAdjacent = 6,

    /// <summary>The group's state machine does not know how to divide its state by keys.</summary>
    NotPartitioned = 7,

    /// <summary>A handoff of this id is known, with other terms.</summary>
    OtherTerms = 8,

    /// <summary>The piece is not the next one; the answer says how far the parcel has come.</summary>
    NotNext = 9,

    /// <summary>The whole parcel is not what was sealed: it must be sent again from its beginning.</summary>
    SealBroken = 10,

    /// <summary>The group knows of no handoff of this id.</summary>
    Unknown = 11,

    /// <summary>Giver and taker are the same group, or the parcel is meant for another one.</summary>
    WrongGroup = 12,
}

/// <summary>What a group makes of an order. <c>default</c> lets it proceed.</summary>
/// <param name="IsRepetition">It was obeyed before; the answer is the first one.</param>
/// <param name="Reason">One sentence for people; null unless refused.</param>
public readonly record struct HandoffVerdict(HandoffRefusal Refusal, bool IsRepetition, string? Reason)
{
    public static HandoffVerdict Proceed => default;
    public static HandoffVerdict Repetition => new(HandoffRefusal.None, IsRepetition: true, Reason: null);

    /// <summary>Whether it takes effect now.</summary>
    public bool Proceeds => Refusal == HandoffRefusal.None && !IsRepetition;

    public static HandoffVerdict Refused(HandoffRefusal refusal, string reason) => new(refusal, IsRepetition: false, reason);
}
