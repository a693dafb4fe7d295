namespace ActorPhysics.Protocol.Placement;

/// <summary>Where one group's members sit, while a place is sought for another or for one of them.</summary>
internal sealed class GroupSeats(ClusterView view, NodeBoard nodes)
{
    private readonly int[] _inZone = new int[nodes.ZoneCount];
    private int _group = ClusterView.Nowhere;
    private int _leaving = ClusterView.Nowhere;
    private int _spread;

    /// <summary>Looks at another group, one of whose members may be about to leave.</summary>
    public GroupSeats Of(int group, int leaving = ClusterView.Nowhere)
    {
        Count(-1);
        (_group, _leaving, _spread) = (group, leaving, nodes.SpreadOf(view.Groups[group]));
        Count(1);
        return this;
    }

    /// <summary>How many voting members the zone holds beyond what it has to.</summary>
    public int CrowdIn(int zone) => Math.Max(0, _inZone[zone] - _spread);

    public bool HasRoomIn(int zone) => _inZone[zone] < _spread;

    /// <summary>Whether the group has a member there, leaving or not: none comes back to where it leaves.</summary>
    public bool IsTaken(int node) => view.MembersOf(_group).Contains(node);

    public bool Allows(int node) => HasRoomIn(nodes.ZoneOf[node]) && !IsTaken(node);

    private void Count(int change)
    {
        if (_group == ClusterView.Nowhere)
        {
            return;
        }

        ReadOnlySpan<int> members = view.MembersOf(_group);
        for (int i = 0; i < members.Length; i++)
        {
            if (members[i] != _leaving && view.Groups[_group].Members[i].Votes)
            {
                _inZone[nodes.ZoneOf[members[i]]] += change;
            }
        }
    }
}
