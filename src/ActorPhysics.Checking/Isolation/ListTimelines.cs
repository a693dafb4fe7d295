namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// The order in which each key's elements were appended, as the longest list that was read shows it. Elements that nobody read are in no
/// timeline: they came after its end.
/// </summary>
internal sealed class ListTimelines
{
    private readonly int[][] _timelines;

    public ListTimelines(TransactionHistory history)
    {
        VersionTree versions = history.Versions;
        var deepest = new int[history.KeyCount];
        for (int key = 0; key < deepest.Length; key++)
        {
            deepest[key] = versions.Root(key);
        }

        for (int version = 0; version < versions.Count; version++)
        {
            if (versions.Element(version) >= 0)
            {
                int key = history.KeyOf(versions.Element(version));
                deepest[key] = versions.Depth(version) > versions.Depth(deepest[key]) ? version : deepest[key];
            }
        }

        IsIn = new bool[history.ElementCount];
        _timelines = new int[deepest.Length][];
        for (int key = 0; key < deepest.Length; key++)
        {
            // Of an element that a list holds twice the first place counts.
            _timelines[key] = Array.FindAll(versions.Elements(deepest[key]), element => !IsIn[element] && (IsIn[element] = true));
        }
    }

    /// <summary>Whether an element is in its key's timeline.</summary>
    public bool[] IsIn { get; }

    public ReadOnlySpan<int> this[int key] => _timelines[key];
}
