using ActorPhysics.Core;

namespace ActorPhysics.Actors.StateMachines.BuiltIn;

/// <summary>
/// An ordered map from byte strings, a B+-tree (Comer, "The Ubiquitous B-Tree", 1979) whose captures are free: every node carries the
/// generation in which it was made, a capture ends the generation, and a node of an earlier generation is copied before its first change.
/// Within a generation nodes change in place. Keys are ordered by their bytes. One thread changes the tree; captures may be read anywhere.
/// </summary>
internal sealed class CowTree<TValue>
{
    private CowNode<TValue> _root = new CowLeaf<TValue>(generation: 0);
    private ulong _generation;

    public int Count { get; private set; }

    /// <summary>The tree as it is now, for ever. Costs nothing now, and one copy per node that changes later.</summary>
    public CowTreeCapture<TValue> Capture()
    {
        _generation++;
        return new CowTreeCapture<TValue>(_root, Count);
    }

    /// <summary>Walks the entries from the first key at or above <paramref name="from"/>; valid until the tree changes.</summary>
    public CowTreeCursor<TValue> Scan(ReadOnlySpan<byte> from) => new(_root, from);

    public bool TryGet(ReadOnlySpan<byte> key, out TValue value)
    {
        CowNode<TValue> node = _root;
        while (node is CowInner<TValue> inner)
        {
            node = inner.Children[inner.ChildFor(key)];
        }

        var leaf = (CowLeaf<TValue>)node;
        int place = leaf.Find(key);
        value = place >= 0 ? leaf.Values[place] : default!;
        return place >= 0;
    }

    /// <summary>Adds or replaces. Full nodes on the way down are split, so that a split below always finds room above.</summary>
    public void Set(ReadOnlySpan<byte> key, TValue value)
    {
        CowNode<TValue> node = _root = Own(_root);
        if (node.IsFull)
        {
            var root = new CowInner<TValue>(_generation, node);
            Split(root, 0);
            node = _root = root;
        }

        while (node is CowInner<TValue> inner)
        {
            int child = inner.ChildFor(key);
            node = OwnChild(inner, child);
            if (node.IsFull)
            {
                Split(inner, child);
                node = inner.Children[inner.ChildFor(key)];
            }
        }

        var leaf = (CowLeaf<TValue>)node;
        int place = leaf.Find(key);
        if (place >= 0)
        {
            leaf.Values[place] = value;
            return;
        }

        leaf.Insert(~place, key.ToArray(), value);
        Count++;
    }

    /// <summary>Removes; false when the key was absent, and then no node is copied. Nodes at their minimum are filled on the way down.</summary>
    public bool Remove(ReadOnlySpan<byte> key)
    {
        if (!TryGet(key, out _))
        {
            return false;
        }

        CowNode<TValue> node = _root = Own(_root);
        while (node is CowInner<TValue> inner)
        {
            node = FillChild(inner, inner.ChildFor(key));
            if (inner.Count == 0)
            {
                // Only the root may run empty: its last two children were merged.
                _root = node;
            }
        }

        var leaf = (CowLeaf<TValue>)node;
        leaf.RemoveAt(leaf.Find(key));
        Count--;
        return true;
    }

    /// <summary>Checks everything that a B+-tree promises; for tests.</summary>
    /// <exception cref="InvariantViolationException">A promise is broken.</exception>
    internal void CheckShape()
    {
        int entries = 0;
        int? depth = null;
        Check(_root, 0, null, null);
        Invariant.Require(entries == Count, "TreeShape", "the count is wrong");

        void Check(CowNode<TValue> node, int level, byte[]? atLeast, byte[]? below)
        {
            Invariant.Require(node.Generation <= _generation, "TreeShape", "a node comes from the future");
            Invariant.Require(ReferenceEquals(node, _root) || node.Count >= CowNode<TValue>.Minimum, "TreeShape", "a node is below its minimum");
            for (int i = 0; i < node.Count; i++)
            {
                ReadOnlySpan<byte> key = node.Keys[i];
                Invariant.Require(i == 0 || key.SequenceCompareTo(node.Keys[i - 1]) > 0, "TreeShape", "keys are out of order");
                Invariant.Require(node.Find(key) == i, "TreeShape", "a key is not found where it is");
                Invariant.Require(atLeast is null || key.SequenceCompareTo(atLeast) >= 0, "TreeShape", "a key lies below its subtree");
                Invariant.Require(below is null || key.SequenceCompareTo(below) < 0, "TreeShape", "a key lies above its subtree");
            }

            if (node is CowInner<TValue> inner)
            {
                for (int i = 0; i <= inner.Count; i++)
                {
                    Check(inner.Children[i], level + 1, i == 0 ? atLeast : inner.Keys[i - 1], i == inner.Count ? below : inner.Keys[i]);
                }

                return;
            }

            entries += node.Count;
            Invariant.Require((depth ??= level) == level, "TreeShape", "leaves lie at different depths");
        }
    }

    private CowNode<TValue> Own(CowNode<TValue> node) => node.Generation == _generation ? node : node.Copy(_generation);

    private CowNode<TValue> OwnChild(CowInner<TValue> parent, int child) => parent.Children[child] = Own(parent.Children[child]);

    private void Split(CowInner<TValue> parent, int child)
    {
        (byte[] separator, CowNode<TValue> right) = parent.Children[child].SplitOff(_generation);
        parent.Insert(child, separator, right);
    }

    /// <summary>Makes sure that the child can lose an entry, by a loan of a sibling or a merge with one, and returns what took its place.</summary>
    private CowNode<TValue> FillChild(CowInner<TValue> parent, int child)
    {
        CowNode<TValue> node = OwnChild(parent, child);
        if (node.Count > CowNode<TValue>.Minimum)
        {
            return node;
        }

        if (child > 0 && parent.Children[child - 1].Count > CowNode<TValue>.Minimum)
        {
            parent.SetKey(child - 1, node.TakeLastOf(OwnChild(parent, child - 1), parent.Keys[child - 1]));
            return node;
        }

        if (child < parent.Count && parent.Children[child + 1].Count > CowNode<TValue>.Minimum)
        {
            parent.SetKey(child, node.TakeFirstOf(OwnChild(parent, child + 1), parent.Keys[child]));
            return node;
        }

        int left = child > 0 ? child - 1 : child;
        CowNode<TValue> merged = OwnChild(parent, left);
        merged.Absorb(parent.Children[left + 1], parent.Keys[left]);
        parent.RemoveAt(left);
        return merged;
    }
}

