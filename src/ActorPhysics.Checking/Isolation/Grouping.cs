namespace ActorPhysics.Checking.Isolation;

/// <summary>Members by group, in two flat arrays; within a group in the order in which they were given.</summary>
internal sealed class Grouping
{
    private readonly int[] _first;
    private readonly int[] _members;

    private Grouping(int[] first, int[] members)
    {
        _first = first;
        _members = members;
    }

    public static Grouping Of(int groups, List<(int Group, int Member)> pairs)
    {
        var first = new int[groups + 1];
        foreach ((int group, _) in pairs)
        {
            first[group + 1]++;
        }

        for (int i = 0; i < groups; i++)
        {
            first[i + 1] += first[i];
        }

        var next = first[..^1];
        var members = new int[pairs.Count];
        foreach ((int group, int member) in pairs)
        {
            members[next[group]++] = member;
        }

        return new Grouping(first, members);
    }

    public ReadOnlySpan<int> this[int group] => _members.AsSpan(_first[group], _first[group + 1] - _first[group]);
}
