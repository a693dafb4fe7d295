namespace ActorPhysics.Checking.Linearizability;

/// <summary>The pure calls that are open, and which of them each state lets take effect.</summary>
internal sealed class EagerCalls
{
    private readonly Part _part;
    private readonly StateGraph _graph;
    private readonly bool[] _pureKinds;
    private readonly List<int> _calls = [];
    private readonly ulong[] _open;

    // For each state the bits of the open calls that it answers, valid where the version is the current one.
    private ulong[] _enabled = [];
    private int[] _versions = [];
    private int _version = 1;

    public EagerCalls(Part part, StateGraph graph, int bitWords)
    {
        (_part, _graph) = (part, graph);
        _open = new ulong[bitWords];
        _pureKinds = new bool[graph.KindCount];
        for (int kind = 0; kind < _pureKinds.Length; kind++)
        {
            _pureKinds[kind] = graph.IsPure(kind);
        }
    }

    /// <summary>The bits of the pure calls that are open.</summary>
    public ReadOnlySpan<ulong> Open => _open;

    public bool IsPure(int call) => _pureKinds[_part.KindOf(call)];

    public void Begin(int call)
    {
        _calls.Add(call);
        _open[_part.SlotOf(call) >> 6] |= 1UL << _part.SlotOf(call);
        _version++;
    }

    public void Return(int call)
    {
        _calls.Remove(call);
        _open[_part.SlotOf(call) >> 6] &= ~(1UL << _part.SlotOf(call));
        _version++;
    }

    /// <summary>The open calls that have taken effect in a configuration.</summary>
    public IEnumerable<int> DoneIn(ulong[] words) =>
        _calls.Where(call => (words[_part.SlotOf(call) >> 6] & (1UL << _part.SlotOf(call))) != 0);

    /// <summary>Sets the bits of the open calls that the state answers.</summary>
    public void Apply(int state, Span<ulong> words)
    {
        int width = _open.Length;
        if (state >= _versions.Length)
        {
            int capacity = Math.Max(state + 1, 2 * _versions.Length);
            Array.Resize(ref _versions, capacity);
            Array.Resize(ref _enabled, capacity * width);
        }

        Span<ulong> enabled = _enabled.AsSpan(state * width, width);
        if (_versions[state] != _version)
        {
            enabled.Clear();
            foreach (int call in _calls)
            {
                if (_graph.Next(state, _part.KindOf(call)) != StateGraph.Refused)
                {
                    enabled[_part.SlotOf(call) >> 6] |= 1UL << _part.SlotOf(call);
                }
            }

            _versions[state] = _version;
        }

        for (int i = 0; i < width; i++)
        {
            words[i] |= enabled[i];
        }
    }
}
