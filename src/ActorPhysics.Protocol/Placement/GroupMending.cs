using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;

namespace ActorPhysics.Protocol.Placement;

/// <summary>
/// Gives every group the members that it should have, where it should have them: lost ones are made anew, missing ones added, surplus ones
/// removed, draining nodes emptied, crowded zones thinned; in this order over all groups.
/// </summary>
/// <remarks>
/// A lost replica is replaced, never removed for its own sake: a group of three that has lost one still needs two of three, and would need two
/// of two. Where no node can take its place it stays a member, and may come back.
/// </remarks>
internal sealed class GroupMending(PlacementDraft draft)
{
    private readonly List<(int Absent, int Group)> _incomplete = [];
    private readonly List<int> _surplus = [];
    private readonly List<int> _draining = [];
    private readonly List<int> _crowded = [];
    private readonly List<((int Standing, int Crowd, int Follows, long Excess, int Node) Rank, MemberRole Role)> _candidates = [];
    private readonly ImmutableArray<GroupId>.Builder _quorumLost = ImmutableArray.CreateBuilder<GroupId>();

    public ImmutableArray<GroupId> QuorumLost => _quorumLost.ToImmutable();

    public PlacementNeeds Needs { get; private set; }

    public void Survey()
    {
        for (int g = 0; g < draft.View.Groups.Length; g++)
        {
            if (!draft.IsBusy[g])
            {
                Survey(g);
            }
        }

        // Who has lost most comes first.
        _incomplete.Sort((a, b) => a.Absent != b.Absent ? b.Absent.CompareTo(a.Absent) : a.Group.CompareTo(b.Group));
    }

    public void Mend()
    {
        Each([.. _incomplete.Select(item => item.Group)], Complete);
        Each(_surplus, RemoveOne);
        Each(_draining, DrainOne);
        Each(_crowded, ThinOne);
    }

    private void Each(List<int> groups, Action<int> mend)
    {
        if (draft.MustStop && groups.Count > 0)
        {
            draft.Budget.Throttle();
            return;
        }

        foreach (int group in groups)
        {
            if (draft.Budget.IsExhausted)
            {
                draft.Budget.Throttle();
                return;
            }

            if (!draft.IsBusy[group])
            {
                mend(group);
            }
        }
    }

    private void Survey(int group)
    {
        Census census = Take(group);
        if (census.Absent > 0 && !draft.Judge.CanDecide(group))
        {
            _quorumLost.Add(draft.View.Groups[group].Group);
            return;
        }

        int crowd = CrowdOf(group);
        Needs = new PlacementNeeds(
            Needs.LostReplicas + census.Lost,
            Needs.MissingReplicas + census.Missing,
            Needs.SurplusReplicas + census.Surplus,
            Needs.DrainingReplicas + census.Draining,
            Needs.CrowdedReplicas + crowd);
        if (census.Lost + census.Missing > 0)
        {
            _incomplete.Add((census.Absent, group));
        }

        if (census.Surplus > 0)
        {
            _surplus.Add(group);
        }

        if (census.Draining > 0)
        {
            _draining.Add(group);
        }

        if (crowd > 0 && census.Absent == 0)
        {
            _crowded.Add(group);
        }

        draft.IsHealthy[group] = census is { Absent: 0, Draining: 0, Missing: 0, Surplus: 0 };
    }

    private Census Take(int group)
    {
        GroupPlacement placement = draft.View.Groups[group];
        ReadOnlySpan<int> members = draft.View.MembersOf(group);
        var census = default(Census);
        (int voters, int witnesses) = (0, 0);
        for (int i = 0; i < members.Length; i++)
        {
            MemberRole role = placement.Members[i].Role;
            NodeStanding standing = draft.Nodes.Standing[members[i]];
            voters += role == MemberRole.Voter ? 1 : 0;
            witnesses += role == MemberRole.Witness ? 1 : 0;
            census.Lost += standing == NodeStanding.Lost ? 1 : 0;
            census.Draining += standing == NodeStanding.Draining ? 1 : 0;
            census.Absent += role != MemberRole.Learner && !draft.Nodes.Serves(members[i]) ? 1 : 0;
        }

        int moreVoters = voters - placement.Space.Settings.Replicas;
        int moreWitnesses = witnesses - placement.Space.Settings.Witnesses;
        census.Missing = Math.Max(0, -moreVoters) + Math.Max(0, -moreWitnesses);
        census.Surplus = Math.Max(0, moreVoters) + Math.Max(0, moreWitnesses);
        return census;
    }

    private int CrowdOf(int group)
    {
        GroupSeats seats = draft.Seats.Of(group);
        ReadOnlySpan<int> members = draft.View.MembersOf(group);
        int crowd = 0;
        for (int i = 0; i < members.Length; i++)
        {
            int zone = draft.Nodes.ZoneOf[members[i]];
            bool isFirstOfZone = true;
            for (int before = 0; before < i; before++)
            {
                isFirstOfZone &= draft.Nodes.ZoneOf[members[before]] != zone;
            }

            crowd += isFirstOfZone ? seats.CrowdIn(zone) : 0;
        }

        return crowd;
    }

    private void Complete(int group)
    {
        GroupPlacement placement = draft.View.Groups[group];
        Try(group, member => draft.Nodes.Standing[member.Node] == NodeStanding.Lost, member =>
            member.Role == MemberRole.Learner || SurplusOf(placement, member.Role) > 0
                ? draft.TryRemove(group, member.Node, PlacementReason.LostReplica)
                : draft.TryReplace(group, member.Node, PlacementReason.LostReplica));
        foreach (MemberRole role in (ReadOnlySpan<MemberRole>)[MemberRole.Voter, MemberRole.Witness])
        {
            if (!draft.IsBusy[group] && SurplusOf(placement, role) < 0)
            {
                draft.TryAdd(group, role);
            }
        }
    }

    private void RemoveOne(int group)
    {
        GroupPlacement placement = draft.View.Groups[group];
        Try(group, member => SurplusOf(placement, member.Role) > 0, member => draft.TryRemove(group, member.Node, PlacementReason.SurplusReplica));
    }

    private void DrainOne(int group) =>
        Try(group, member => draft.Nodes.Standing[member.Node] == NodeStanding.Draining, member =>
            member.Role == MemberRole.Learner
                ? draft.TryRemove(group, member.Node, PlacementReason.Drain)
                : draft.TryReplace(group, member.Node, PlacementReason.Drain));

    private void ThinOne(int group)
    {
        GroupSeats seats = draft.Seats.Of(group);
        Try(
            group,
            member => member.Role != MemberRole.Learner && seats.CrowdIn(draft.Nodes.ZoneOf[member.Node]) > 0,
            member => draft.TryReplace(group, member.Node, PlacementReason.ZoneSpread));
    }

    /// <summary>
    /// Does something about one of the members in question, that which costs least and helps most first: on a node that does not serve or is
    /// draining, in a crowded zone, not the leader, on the node furthest above its share. Where one cannot go, another may.
    /// </summary>
    private void Try(int group, Func<(int Node, MemberRole Role), bool> isInQuestion, Func<(int Node, MemberRole Role), bool> mend)
    {
        ReadOnlySpan<int> members = draft.View.MembersOf(group);
        GroupSeats seats = draft.Seats.Of(group);
        _candidates.Clear();
        for (int i = 0; i < members.Length; i++)
        {
            int node = members[i];
            MemberRole role = draft.View.Groups[group].Members[i].Role;
            if (isInQuestion((node, role)))
            {
                int standing = draft.Nodes.Standing[node] switch { NodeStanding.Lost => 3, NodeStanding.Away => 2, NodeStanding.Draining => 1, _ => 0 };
                int follows = draft.View.LeaderOf(group) == node ? 0 : 1;
                _candidates.Add(((-standing, -seats.CrowdIn(draft.Nodes.ZoneOf[node]), -follows, -draft.Nodes.Excess(node), node), role));
            }
        }

        _candidates.Sort((a, b) => a.Rank.CompareTo(b.Rank));
        foreach (((int, int, int, long, int Node) rank, MemberRole role) in _candidates)
        {
            if (mend((rank.Node, role)))
            {
                return;
            }
        }
    }

    private static int SurplusOf(GroupPlacement placement, MemberRole role)
    {
        int has = 0;
        foreach (PlacedReplica member in placement.Members)
        {
            has += member.Role == role ? 1 : 0;
        }

        return role switch
        {
            MemberRole.Voter => has - placement.Space.Settings.Replicas,
            MemberRole.Witness => has - placement.Space.Settings.Witnesses,
            _ => 0,
        };
    }

    private struct Census
    {
        public int Absent;
        public int Lost;
        public int Draining;
        public int Missing;
        public int Surplus;
    }
}
