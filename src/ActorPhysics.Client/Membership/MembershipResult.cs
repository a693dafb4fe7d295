using ActorPhysics.Core.Membership;

namespace ActorPhysics.Client.Membership;

/// <summary>How a change of a group's members ended.</summary>
public enum MembershipOutcome
{
    /// <summary>The group goes by the target, and that is on the trunk.</summary>
    Done,

    /// <summary>The group went by the target before.</summary>
    Unchanged,

    /// <summary>Nothing was changed, or another change came in between: look again before you decide.</summary>
    Conflict,

    /// <summary>Nothing was changed and it would not be: the detail says why.</summary>
    Refused,

    /// <summary>It was accepted and goes on by itself; the time to wait for its end is over.</summary>
    UnderWay,

    /// <summary>The client stopped waiting before anybody said what became of it.</summary>
    Unknown,
}

/// <summary>The end of a change, as far as the client saw it.</summary>
/// <param name="Configuration">The newest configuration that was seen.</param>
/// <param name="Detail">One sentence for people.</param>
public sealed record MembershipResult(MembershipOutcome Outcome, GroupConfiguration? Configuration, string Detail);

/// <summary>A step of a change.</summary>
/// <param name="View">The group as it was seen then; null before it was.</param>
/// <param name="Text">One line for people.</param>
public sealed record MembershipProgress(MembershipView? View, string Text);
