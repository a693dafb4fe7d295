using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;

namespace ActorPhysics.Protocol.Placement;

/// <summary>Whether the members of a group that serve can elect and commit, now or after a change. It asks <see cref="QuorumSystem"/>.</summary>
internal sealed class QuorumJudge(ClusterView view, NodeBoard nodes)
{
    /// <summary>Systems whose voters' zones do not matter, by space and number of voters. Looked up, never enumerated.</summary>
    private readonly Dictionary<(SpaceDescription Space, int Voters), QuorumSystem?> _systems = [];

    /// <summary>Whether the group, without one of its members and with a serving one more, has both quorums among those that serve.</summary>
    public bool CanDecide(int group, int without = ClusterView.Nowhere, int with = ClusterView.Nowhere)
    {
        ReadOnlySpan<int> members = view.MembersOf(group);
        GroupPlacement placement = view.Groups[group];
        Span<int> voters = stackalloc int[members.Length + 1];
        int count = 0;
        for (int i = 0; i < members.Length; i++)
        {
            if (placement.Members[i].Votes && members[i] != without)
            {
                voters[count++] = members[i];
            }
        }

        if (with != ClusterView.Nowhere)
        {
            voters[count++] = with;
        }

        return count is > 0 and <= MemberSet.Capacity && CanDecide(placement.Space, voters[..count]);
    }

    private bool CanDecide(SpaceDescription space, ReadOnlySpan<int> voters)
    {
        if (SystemOf(space, voters) is not { } system)
        {
            return false;
        }

        MemberSet serving = MemberSet.Empty;
        for (int i = 0; i < voters.Length; i++)
        {
            serving = nodes.Serves(voters[i]) ? serving.With(i) : serving;
        }

        return system.IsElectionQuorum(serving) && system.IsCommitQuorum(serving);
    }

    /// <summary>The voters are given made-up names in the order of their places.</summary>
    private QuorumSystem? SystemOf(SpaceDescription space, ReadOnlySpan<int> voters)
    {
        bool zonesMatter = space.Settings.Quorums is FailureDomainShape;
        if (!zonesMatter && _systems.TryGetValue((space, voters.Length), out QuorumSystem? known))
        {
            return known;
        }

        var members = ImmutableArray.CreateBuilder<PlacedMember>(voters.Length);
        for (int i = 0; i < voters.Length; i++)
        {
            members.Add(new PlacedMember(new Member(new ReplicaId((ulong)i + 1), new NodeId(1), MemberRole.Voter), view.Nodes[voters[i]].Zone));
        }

        QuorumSystem? system = QuorumSystem.TryCreate(space.RuleFor(members.ToImmutable()), space.Settings.FailureModel, out _);
        if (!zonesMatter)
        {
            _systems.Add((space, voters.Length), system);
        }

        return system;
    }
}
