using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Core.Membership;

/// <summary>Where a membership change ends: who belongs to the group then, and what makes a quorum of them.</summary>
public sealed record MembershipTarget(ImmutableArray<Member> Members, QuorumRule Quorums)
{
    /// <summary>The member with this id at the end of the change, or null.</summary>
    public Member? Find(ReplicaId replica)
    {
        foreach (Member member in Members)
        {
            if (member.Replica == replica)
            {
                return member;
            }
        }

        return null;
    }

    public bool Equals(MembershipTarget? other) => other is not null && Sequences.Equal(Members, other.Members) && Quorums == other.Quorums;

    public override int GetHashCode() => Sequences.Hash(Members);

    public override string ToString() => $"{Quorums.GetType().Name[..^"Rule".Length].ToLowerInvariant()} of {string.Join(", ", Members)}";
}

/// <summary>How far a membership change has come. It is part of the configuration, so every leader knows what is left to do.</summary>
public enum MembershipStage
{
    /// <summary>No change is under way.</summary>
    Settled,

    /// <summary>The members to come are learners and catch up; quorums are still the old ones.</summary>
    Learning,

    /// <summary>Every decision needs a quorum of the old members and one of the new (Raft §6).</summary>
    Joint,
}
