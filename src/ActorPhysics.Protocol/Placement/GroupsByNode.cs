namespace ActorPhysics.Protocol.Placement;

/// <summary>The groups that have a voting member on each node, by ascending id.</summary>
internal sealed class GroupsByNode
{
    private readonly int[] _first;
    private readonly int[] _groups;

    public GroupsByNode(ClusterView view)
    {
        _first = new int[view.Nodes.Length + 1];
        for (int pass = 0; pass < 2; pass++)
        {
            int[] next = pass == 0 ? new int[view.Nodes.Length] : _first[..^1];
            for (int g = 0; g < view.Groups.Length; g++)
            {
                ReadOnlySpan<int> members = view.MembersOf(g);
                for (int i = 0; i < members.Length; i++)
                {
                    if (!view.Groups[g].Members[i].Votes)
                    {
                        continue;
                    }

                    int place = next[members[i]]++;
                    if (_groups is not null)
                    {
                        _groups[place] = g;
                    }
                }
            }

            if (_groups is null)
            {
                for (int n = 0; n < next.Length; n++)
                {
                    _first[n + 1] = _first[n] + next[n];
                }

                _groups = new int[_first[^1]];
            }
        }

        _groups ??= [];
    }

    public ReadOnlySpan<int> On(int node) => _groups.AsSpan(_first[node].._first[node + 1]);
}
