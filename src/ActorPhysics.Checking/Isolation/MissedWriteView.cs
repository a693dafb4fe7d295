namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// From a write that a read missed: first along later writes of the same key, which it missed as well, then along reads and sessions. Place
/// 2n is node n while writes are followed, 2n + 1 once a cause has been.
/// </summary>
internal readonly struct MissedWriteView(DependencyGraph graph, int[] regions, TransactionHistory history, int key) : IEdgeView
{
    private const Dependency Causes = Dependency.WriteRead | Dependency.Process | Dependency.Junction;

    public int Places => 2 * graph.Nodes;

    public DependencyGraph Graph => graph;

    public int NodeOf(int place) => place >> 1;

    public int Overwritten(int node) => 2 * node;

    public int Caused(int node) => (2 * node) + 1;

    public int Follow(int place, int edge)
    {
        int to = graph.To(edge);
        if (regions[to] < 0 || regions[to] != regions[place >> 1])
        {
            return -1;
        }

        Dependency kind = graph.Kind(edge);
        if (kind == Dependency.WriteWrite)
        {
            return (place & 1) == 0 && graph.Label(edge) >= 0 && history.KeyOf(graph.Label(edge)) == key ? Overwritten(to) : -1;
        }

        // A junction stands for the writers behind it, not for a cause.
        return (kind & Causes) == 0 ? -1 : kind == Dependency.Junction ? to * 2 + (place & 1) : Caused(to);
    }
}
