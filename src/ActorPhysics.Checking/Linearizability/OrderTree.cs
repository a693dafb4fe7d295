namespace ActorPhysics.Checking.Linearizability;

/// <summary>
/// Remembers how each configuration came to be, as paths in one tree: a node is a call that took effect and at which event the search let it.
/// What no living configuration stems from is dropped from time to time, so the tree is hardly larger than one path.
/// </summary>
internal sealed class OrderTree(SearchMeter meter)
{
    /// <summary>No call has taken effect.</summary>
    public const int Root = -1;

    private const int FirstCapacity = 64;
    private const int FirstCollection = 1 << 16;

    private Node[] _nodes = [];
    private int _count;
    private int _collectAt = FirstCollection;

    /// <summary>Whether <see cref="Collect"/> would pay.</summary>
    public bool WantsCollection => _count >= _collectAt;

    public int Add(int parent, int call, int atEvent)
    {
        if (_count == _nodes.Length)
        {
            int capacity = Math.Max(FirstCapacity, 2 * _nodes.Length);
            meter.Allocate((capacity - _nodes.Length) * 12L);
            Array.Resize(ref _nodes, capacity);
        }

        _nodes[_count] = new Node(parent, call, atEvent);
        return _count++;
    }

    /// <summary>The calls on the path to a node, in their order.</summary>
    public List<(int Call, int AtEvent)> PathTo(int node)
    {
        List<(int, int)> path = [];
        for (int i = node; i != Root; i = _nodes[i].Parent)
        {
            path.Add((_nodes[i].Call, _nodes[i].AtEvent));
        }

        path.Reverse();
        return path;
    }

    /// <summary>Drops what none of the <paramref name="living"/> nodes stems from and numbers the rest anew.</summary>
    public void Collect(Span<int> living)
    {
        // First a mark (any number but 0), then the new number, counted from 1.
        var moved = new int[_count];
        foreach (int node in living)
        {
            if (node != Root)
            {
                moved[node] = 1;
            }
        }

        for (int i = _count - 1; i >= 0; i--)
        {
            if (moved[i] != 0 && _nodes[i].Parent != Root)
            {
                moved[_nodes[i].Parent] = 1;
            }
        }

        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (moved[i] != 0)
            {
                Node node = _nodes[i];
                _nodes[kept++] = node with { Parent = node.Parent == Root ? Root : moved[node.Parent] - 1 };
                moved[i] = kept;
            }
        }

        for (int i = 0; i < living.Length; i++)
        {
            living[i] = living[i] == Root ? Root : moved[living[i]] - 1;
        }

        _count = kept;
        _collectAt = Math.Max(FirstCollection, 2 * kept);
    }

    private readonly record struct Node(int Parent, int Call, int AtEvent);
}
