namespace ActorPhysics.Actors.StateMachines.BuiltIn;

/// <summary>A <see cref="CowTree{TValue}"/> as it was at one moment; immutable, readable from any thread.</summary>
internal sealed class CowTreeCapture<TValue>(CowNode<TValue> root, int count)
{
    public int Count { get; } = count;

    public CowTreeCursor<TValue> Scan(ReadOnlySpan<byte> from) => new(root, from);
}

/// <summary>Walks entries in ascending order of their keys: <see cref="MoveNext"/> before each.</summary>
internal struct CowTreeCursor<TValue>
{
    private readonly List<(CowInner<TValue> Node, int Child)> _path = [];
    private CowLeaf<TValue> _leaf;
    private int _place;

    public CowTreeCursor(CowNode<TValue> root, ReadOnlySpan<byte> from)
    {
        CowNode<TValue> node = root;
        while (node is CowInner<TValue> inner)
        {
            int child = inner.ChildFor(from);
            _path.Add((inner, child));
            node = inner.Children[child];
        }

        _leaf = (CowLeaf<TValue>)node;
        int place = _leaf.Find(from);
        _place = (place >= 0 ? place : ~place) - 1;
    }

    public readonly byte[] Key => _leaf.Keys[_place];
    public readonly ref readonly TValue Value => ref _leaf.Values[_place];

    public bool MoveNext()
    {
        if (++_place < _leaf.Count)
        {
            return true;
        }

        while (_path.Count > 0)
        {
            (CowInner<TValue> node, int child) = _path[^1];
            _path.RemoveAt(_path.Count - 1);
            if (child < node.Count)
            {
                _path.Add((node, child + 1));
                _leaf = FirstLeafOf(node.Children[child + 1]);
                _place = 0;
                return true;
            }
        }

        // The place stays behind the last entry, however often this is called.
        _place = _leaf.Count;
        return false;
    }

    private readonly CowLeaf<TValue> FirstLeafOf(CowNode<TValue> node)
    {
        while (node is CowInner<TValue> inner)
        {
            _path.Add((inner, 0));
            node = inner.Children[0];
        }

        return (CowLeaf<TValue>)node;
    }
}
