using System.Runtime.InteropServices;

namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// Every list that was read of every key, as a tree: a version is its last element on top of the version before it, so that all reads of
/// one timeline share one path, and a million reads of a long list take four bytes each. Two children of one version are two timelines.
/// </summary>
/// <remarks>Invariant: a version's parent has a smaller number.</remarks>
internal sealed class VersionTree
{
    private const int None = -1;

    private readonly List<int> _parent = [];
    private readonly List<int> _element = [];
    private readonly List<int> _depth = [];
    private readonly List<int> _firstChild = [];
    private readonly List<int> _nextSibling = [];
    private readonly List<int> _roots = [];

    public int Count => _parent.Count;

    /// <summary>The empty list of a key.</summary>
    public int Root(int key) => _roots[key];

    public int Keys => _roots.Count;

    /// <summary>The version without its last element; -1 for an empty list.</summary>
    public int Parent(int version) => _parent[version];

    /// <summary>The last element; -1 for an empty list.</summary>
    public int Element(int version) => _element[version];

    /// <summary>The number of elements.</summary>
    public int Depth(int version) => _depth[version];

    public bool Branches(int version) => _firstChild[version] != None && _nextSibling[_firstChild[version]] != None;

    public int FirstChild(int version) => _firstChild[version];

    public int NextSibling(int version) => _nextSibling[version];

    /// <summary>Adds a key, whose number is the count of keys before.</summary>
    public void AddKey() => _roots.Add(AddVersion(None, None, 0));

    /// <summary>The child that ends in an element that is spelled so; -1 where no one read such a list yet.</summary>
    public int FindChild(int version, ValueToken token, ReadOnlySpan<ValueToken> tokenOfElement)
    {
        ReadOnlySpan<int> elements = CollectionsMarshal.AsSpan(_element);
        ReadOnlySpan<int> siblings = CollectionsMarshal.AsSpan(_nextSibling);
        int child = _firstChild[version];
        while (child != None && tokenOfElement[elements[child]] != token)
        {
            child = siblings[child];
        }

        return child;
    }

    public int AddChild(int version, int element)
    {
        int child = AddVersion(version, element, _depth[version] + 1);
        _nextSibling[child] = _firstChild[version];
        _firstChild[version] = child;
        return child;
    }

    /// <summary>The version's first elements, as many as said; the version itself if it has no more.</summary>
    public int Prefix(int version, int depth)
    {
        while (_depth[version] > depth)
        {
            version = _parent[version];
        }

        return version;
    }

    /// <summary>The elements of a version, oldest first.</summary>
    public int[] Elements(int version)
    {
        var elements = new int[_depth[version]];
        for (int i = elements.Length - 1; i >= 0; i--)
        {
            elements[i] = _element[version];
            version = _parent[version];
        }

        return elements;
    }

    private int AddVersion(int parent, int element, int depth)
    {
        _parent.Add(parent);
        _element.Add(element);
        _depth.Add(depth);
        _firstChild.Add(None);
        _nextSibling.Add(None);
        return _parent.Count - 1;
    }
}
