namespace ActorPhysics.Checking.Linearizability;

/// <summary>Of each call its kind, and the part of the object that it is confined to.</summary>
internal sealed class InterleavedCalls
{
    private readonly int[] _kinds;
    private readonly int[] _parts;

    private InterleavedCalls(int[] kinds, int[] parts, int count)
    {
        _kinds = kinds;
        _parts = parts;
        Parts = count;
    }

    public int Parts { get; }

    public int KindOf(int call) => _kinds[call];

    public int PartOf(int call) => _parts[call];

    /// <param name="names">The part of each call; null for one that may concern the whole object, which is one part then.</param>
    public static InterleavedCalls Of(int[] kinds, IReadOnlyList<string?> names)
    {
        var parts = new int[kinds.Length];
        if (names.Contains(null))
        {
            return new InterleavedCalls(kinds, parts, count: 1);
        }

        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int call = 0; call < parts.Length; call++)
        {
            if (!numbers.TryGetValue(names[call]!, out parts[call]))
            {
                parts[call] = numbers.Count;
                numbers.Add(names[call]!, parts[call]);
            }
        }

        return new InterleavedCalls(kinds, parts, Math.Max(1, numbers.Count));
    }
}
