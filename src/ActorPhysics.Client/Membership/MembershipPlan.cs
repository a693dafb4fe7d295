using ActorPhysics.Core.Membership;

namespace ActorPhysics.Client.Membership;

/// <summary>A change of a group's members, worked out from the configuration that it starts from. Nothing has happened yet.</summary>
/// <param name="Present">What the change starts from; its ConfigEpoch is the one that the group must still be at.</param>
/// <param name="Target">Who belongs to the group at the end.</param>
public sealed record MembershipPlan(GroupConfiguration Present, MembershipTarget Target)
{
    /// <summary>The members at the end who are none now: their nodes must host them first.</summary>
    public IEnumerable<Member> Joining => Target.Members.Where(member => Present.Find(member.Replica) is null);

    /// <summary>The members now who are none at the end.</summary>
    public IEnumerable<Member> Leaving => Present.Members.Where(member => Target.Find(member.Replica) is null);

    /// <summary>Whether there is nothing to do, or nothing more than to wait.</summary>
    public bool IsReached => IsTargetOf(Present);

    /// <summary>Whether a configuration is what this plan leads to, or is on its way there.</summary>
    public bool IsTargetOf(GroupConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        MembershipTarget end = EndOf(configuration);
        return end.Quorums == Target.Quorums && end.Members.OrderBy(member => member.Replica).SequenceEqual(Target.Members.OrderBy(member => member.Replica));
    }

    internal static MembershipTarget EndOf(GroupConfiguration configuration) =>
        configuration.Target ?? new MembershipTarget(configuration.Members, configuration.Quorums.Rule);
}
