using System.Runtime.InteropServices;

namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// A graph in compressed rows: the edges of node n are those from <c>First(n)</c> to below <c>End(n)</c>, in the order in which they were
/// added. Nodes below <see cref="Transactions"/> are transactions, those above are barriers and junctions.
/// </summary>
internal sealed class DependencyGraph
{
    // Two numbers and a kind; in the making one number more, in lists that may be half empty.
    private const int EdgeBytes = 9;
    private const int CollectedEdgeBytes = 2 * (EdgeBytes + sizeof(int));

    private readonly int[] _first;
    private readonly int[] _to;
    private readonly Dependency[] _kind;
    private readonly int[] _label;

    private DependencyGraph(int transactions, int[] first, int[] to, Dependency[] kind, int[] label)
    {
        Transactions = transactions;
        _first = first;
        _to = to;
        _kind = kind;
        _label = label;
    }

    public int Transactions { get; }

    /// <summary>About what the graph takes.</summary>
    public long HeldBytes => HeldBytesOf(Edges, Nodes);

    public int Nodes => _first.Length - 1;

    public int Edges => _to.Length;

    public int First(int node) => _first[node];

    public int End(int node) => _first[node + 1];

    public int To(int edge) => _to[edge];

    public Dependency Kind(int edge) => _kind[edge];

    /// <summary>What proves the edge: of ww and rw the element that was written later, of wr the one that was read; else -1.</summary>
    public int Label(int edge) => _label[edge];

    private static long HeldBytesOf(long edges, long nodes) => (edges * EdgeBytes) + (nodes * sizeof(int));

    /// <summary>Collects edges in any order, to be built once.</summary>
    internal sealed class Builder
    {
        private readonly SearchMeter _meter;
        private readonly int _transactions;
        private readonly List<int> _from = [];
        private readonly List<int> _to = [];
        private readonly List<Dependency> _kind = [];
        private readonly List<int> _label = [];
        private int _nodes;

        public Builder(int transactions, SearchMeter meter)
        {
            _meter = meter;
            _transactions = transactions;
            _nodes = transactions;
        }

        /// <summary>A node that is no transaction.</summary>
        public int AddNode() => _nodes++;

        /// <summary>Adds an edge; one from a node to itself says nothing and is left out.</summary>
        public void Add(int from, int to, Dependency kind, int label = -1)
        {
            if (from == to)
            {
                return;
            }

            _meter.Spend(CollectedEdgeBytes);
            _from.Add(from);
            _to.Add(to);
            _kind.Add(kind);
            _label.Add(label);
        }

        public DependencyGraph Build()
        {
            _meter.Checkpoint(HeldBytesOf(_from.Count, _nodes));
            ReadOnlySpan<int> from = CollectionsMarshal.AsSpan(_from);
            var first = new int[_nodes + 1];
            foreach (int node in from)
            {
                first[node + 1]++;
            }

            for (int i = 0; i < _nodes; i++)
            {
                first[i + 1] += first[i];
            }

            var next = first[..^1];
            var to = new int[from.Length];
            var kind = new Dependency[from.Length];
            var label = new int[from.Length];
            for (int i = 0; i < from.Length; i++)
            {
                int edge = next[from[i]]++;
                to[edge] = _to[i];
                kind[edge] = _kind[i];
                label[edge] = _label[i];
            }

            _meter.Release(CollectedEdgeBytes * (long)from.Length);
            return new DependencyGraph(_transactions, first, to, kind, label);
        }
    }
}
