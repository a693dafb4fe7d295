namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// A way to look at a <see cref="DependencyGraph"/>: which edges may be followed from which state. A place is a node, or a node together
/// with what is remembered of the way there. Implemented by structs, so that searches are compiled for each view.
/// </summary>
internal interface IEdgeView
{
    int Places { get; }

    DependencyGraph Graph { get; }

    int NodeOf(int place);

    /// <summary>Where an edge of the place's node leads; -1 where it may not be followed.</summary>
    int Follow(int place, int edge);
}

/// <summary>Only edges of some kinds, and only within the regions of a partition (-1: in none).</summary>
internal readonly struct KindView(DependencyGraph graph, Dependency kinds, int[]? regions) : IEdgeView
{
    public int Places => graph.Nodes;

    public DependencyGraph Graph => graph;

    public int NodeOf(int place) => place;

    public int Follow(int place, int edge)
    {
        int to = graph.To(edge);
        return (graph.Kind(edge) & kinds) != 0 && (regions is null || (regions[to] >= 0 && regions[to] == regions[place])) ? to : -1;
    }
}

/// <summary>
/// Edges of some kinds and anti-dependencies, but never two anti-dependencies in a row: place 2n is node n reached by a plain edge, 2n + 1
/// reached by an anti-dependency. A history is snapshot-isolated exactly where this view has no cycle (Cerone &amp; Gotsman, "Analysing
/// Snapshot Isolation", PODC 2016, theorem 10: (D ; RW?) is acyclic).
/// </summary>
internal readonly struct NonadjacentView(DependencyGraph graph, Dependency plain, int[]? regions) : IEdgeView
{
    public int Places => 2 * graph.Nodes;

    public DependencyGraph Graph => graph;

    public int NodeOf(int place) => place >> 1;

    public int Follow(int place, int edge)
    {
        int to = graph.To(edge);
        if (regions is not null && (regions[to] < 0 || regions[to] != regions[place >> 1]))
        {
            return -1;
        }

        Dependency kind = graph.Kind(edge);
        bool afterAnti = (place & 1) != 0;
        if ((kind & plain) != 0)
        {
            return 2 * to;
        }

        return (kind == Dependency.ReadWrite && !afterAnti) || (kind == Dependency.Junction && afterAnti) ? 2 * to + 1 : -1;
    }
}
