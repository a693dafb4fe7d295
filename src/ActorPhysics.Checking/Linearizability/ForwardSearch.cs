using System.Diagnostics;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>
/// Decides whether a part of a history is linearizable, by going through its events once with the set of all configurations that the events
/// so far allow. A configuration is a state and which of the open calls have taken effect; calls take effect as late as possible, that is
/// when some call returns that has not (just-in-time linearization: Lowe, "Testing for linearizability", 2017, after Wing and Gong,
/// "Testing and verifying concurrent objects", 1993). Four rules keep the set small; each loses no answer:
/// <list type="number">
/// <item>A pure call takes effect as soon as a state gives its result: it hinders nothing, and has nothing to wait for.</item>
/// <item>Of open calls of one kind that returns first is taken first, for the two could change places in any order that takes the other.</item>
/// <item>Calls of unknown outcome are counted by kind, for they never close; one that would leave the state as it is is not used.</item>
/// <item>A configuration goes when another makes it superfluous (<see cref="Frontier"/>).</item>
/// </list>
/// The set depends on what is open at one time, not on the length of the history, so time is linear in it.
/// </summary>
internal sealed class ForwardSearch
{
    private const int Nothing = -1;
    private const int MaxAlike = 4;

    private readonly Part _part;
    private readonly StateGraph _graph;
    private readonly SearchMeter _meter;
    private readonly SearchMode _mode;
    private readonly ConfigurationLayout _layout;
    private readonly OrderTree _orders;
    private readonly OpenCalls _open;
    private readonly EagerCalls _eager;
    private readonly ulong[] _child;

    private Frontier _current;
    private Frontier _next;
    private readonly Frontier _work;

    public ForwardSearch(Part part, StateGraph graph, SearchMeter meter, SearchMode mode)
    {
        (_part, _graph, _meter, _mode) = (part, graph, meter, mode);
        _layout = new ConfigurationLayout(part, graph.KindCount, countsUses: mode != SearchMode.Lavish);
        _orders = new OrderTree(meter);
        _open = new OpenCalls(part, _layout, graph.KindCount);
        _eager = new EagerCalls(part, graph, _layout.BitWords);
        int maxAlike = mode is SearchMode.Frugal or SearchMode.Thrifty ? MaxAlike : int.MaxValue;
        (_current, _next, _work) = (new Frontier(_layout, meter, maxAlike), new Frontier(_layout, meter, maxAlike), new Frontier(_layout, meter, maxAlike));
        _child = new ulong[_layout.Words];
        _current.Clear();
    }

    /// <summary>The event that no configuration survived.</summary>
    public int FailedAt { get; private set; } = Nothing;

    /// <summary>The event that comes next.</summary>
    public int At { get; private set; }

    /// <summary>Starts at the specification's first state with nothing open.</summary>
    public void StartAtBirth()
    {
        Array.Clear(_child);
        Enter(_current, _child, StateGraph.Initial, OrderTree.Root);
    }

    /// <summary>
    /// Starts in the middle: the first <paramref name="begun"/> events begin calls that were open before, and <paramref name="configurations"/>
    /// tells which states were possible then, and which of these calls had taken effect in each.
    /// </summary>
    public void StartWithin(int begun, IEnumerable<(int State, IReadOnlyList<int> Done)> configurations)
    {
        for (; At < begun; At++)
        {
            Begin(_part.Events[At]);
        }

        foreach ((int state, IReadOnlyList<int> done) in configurations)
        {
            Array.Clear(_child);
            foreach (int call in done)
            {
                MarkDone(_child, call);
            }

            Enter(_current, _child, state, OrderTree.Root);
        }

        _current.Compact();
    }

    /// <summary>Goes on to before the event <paramref name="end"/>.</summary>
    /// <returns>Whether it got there: else a configuration is lacking, or the budget.</returns>
    public bool TryAdvance(int end)
    {
        for (; At < end; At++)
        {
            int step = _part.Events[At];
            _meter.Step();
            if (_meter.Exhausted is not null)
            {
                return false;
            }

            if (step >= 0)
            {
                Begin(step);
            }
            else if (!TryReturn(~step))
            {
                return false;
            }

            if (_orders.WantsCollection)
            {
                _orders.Collect(_current.Nodes);
            }
        }

        return true;
    }

    public bool TryAdvanceToEnd() => TryAdvance(_part.Events.Length);

    /// <summary>The configurations that are possible now: each state with the open calls that have taken effect in it.</summary>
    public List<(int State, IReadOnlyList<int> Done)> Configurations()
    {
        List<(int, IReadOnlyList<int>)> configurations = new(_current.Living);
        for (int i = 0; i < _current.Count; i++)
        {
            ulong[] words = _current.WordsOf(i).ToArray();
            configurations.Add((_current.StateOf(i), [.. _open.DoneIn(words), .. _eager.DoneIn(words)]));
        }

        return configurations;
    }

    /// <summary>One order in which the calls may have taken effect, once all events are behind.</summary>
    public List<int> Order()
    {
        List<(int Call, int AtEvent)> path = _orders.PathTo(_current.Nodes[0]);
        List<int> order = new(_part.Count);
        List<int> waiting = [];
        int state = StateGraph.Initial;
        int taken = 0;
        for (int i = 0; i < _part.Events.Length; i++)
        {
            int step = _part.Events[i];
            if (step >= 0 && !_part.IsOpen(step) && _graph.IsPure(_part.KindOf(step)))
            {
                waiting.Add(step);
                TakeEager(state, waiting, order);
            }

            for (; taken < path.Count && path[taken].AtEvent == i; taken++)
            {
                state = _graph.Next(state, _part.KindOf(path[taken].Call));
                order.Add(path[taken].Call);
                TakeEager(state, waiting, order);
            }
        }

        return order;
    }

    private void TakeEager(int state, List<int> waiting, List<int> order) => waiting.RemoveAll(call =>
    {
        bool enabled = _graph.Next(state, _part.KindOf(call)) != StateGraph.Refused;
        if (enabled)
        {
            order.Add(call);
        }

        return enabled;
    });

    private void Begin(int call)
    {
        if (!_eager.IsPure(call))
        {
            _open.Begin(call);
            return;
        }

        _eager.Begin(call);
        int kind = _part.KindOf(call);
        for (int i = 0; i < _current.Count; i++)
        {
            if (_graph.Next(_current.StateOf(i), kind) != StateGraph.Refused)
            {
                MarkDone(_current.WordsOf(i), call);
            }
        }
    }

    private bool TryReturn(int call)
    {
        (int word, ulong bit) = (_part.SlotOf(call) >> 6, 1UL << _part.SlotOf(call));
        if (!AllHave(word, bit))
        {
            LetTakeEffect(word, bit, withUnknown: _mode != SearchMode.Frugal);
            if (_next.Living == 0 && _mode == SearchMode.Frugal)
            {
                LetTakeEffect(word, bit, withUnknown: true);
            }

            if (_next.Living == 0 || _meter.Exhausted is not null)
            {
                FailedAt = _meter.Exhausted is null ? At : Nothing;
                return false;
            }

            _next.Compact();
            (_current, _next) = (_next, _current);
        }

        for (int i = 0; i < _current.Count; i++)
        {
            _current.WordsOf(i)[word] &= ~bit;
        }

        if (_eager.IsPure(call))
        {
            _eager.Return(call);
        }
        else
        {
            _open.Return(call);
        }

        return true;
    }

    private bool AllHave(int word, ulong bit)
    {
        for (int i = 0; i < _current.Count; i++)
        {
            if ((_current.WordsOf(i)[word] & bit) == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Makes <c>_next</c> all configurations with the bit that those of <c>_current</c> lead to by calls that are open.</summary>
    /// <param name="withUnknown">Whether calls of unknown outcome may be among them.</param>
    private void LetTakeEffect(int word, ulong bit, bool withUnknown)
    {
        _next.Clear();
        _work.Clear();
        for (int i = 0; i < _current.Count; i++)
        {
            Span<ulong> words = _current.WordsOf(i);
            Frontier target = (words[word] & bit) != 0 ? _next : _work;
            int added = target.Add(words, _current.StateOf(i), _eager.Open);
            if (added >= 0)
            {
                target.SetNode(added, _current.Nodes[i]);
            }
        }

        for (int i = 0; i < _work.Count && _meter.Exhausted is null; i++)
        {
            if (!_work.IsDead(i))
            {
                Expand(i, word, bit, withUnknown);
            }
        }
    }

    private void Expand(int entry, int word, ulong bit, bool withUnknown)
    {
        int state = _work.StateOf(entry);
        foreach (int first in _open.FirstOfKinds)
        {
            int call = _open.FirstNotDone(first, _work.WordsOf(entry));
            int next = call == Nothing ? StateGraph.Refused : _graph.Next(state, _part.KindOf(call));
            if (next != StateGraph.Refused)
            {
                Follow(entry, call, next, word, bit);
            }
        }

        foreach (int field in withUnknown ? _open.Fields : [])
        {
            int call = _open.FirstUnused(field, _work.WordsOf(entry));
            int next = call == Nothing ? state : _graph.Next(state, _part.KindOf(call));
            if (next != state)
            {
                Follow(entry, call, next, word, bit);
            }
        }
    }

    private void Follow(int entry, int call, int state, int word, ulong bit)
    {
        _meter.Step();
        _work.WordsOf(entry).CopyTo(_child);
        MarkDone(_child, call);
        _eager.Apply(state, _child);
        Frontier target = (_child[word] & bit) != 0 ? _next : _work;
        int added = target.Add(_child, state, _eager.Open);
        if (added >= 0)
        {
            target.SetNode(added, _orders.Add(_work.Nodes[entry], call, At));
        }
    }

    private void Enter(Frontier frontier, ulong[] words, int state, int node)
    {
        _eager.Apply(state, words);
        int added = frontier.Add(words, state, _eager.Open);
        if (added >= 0)
        {
            frontier.SetNode(added, node);
        }
    }

    private void MarkDone(Span<ulong> words, int call)
    {
        if (_part.IsOpen(call))
        {
            _layout.UseOne(words, _layout.FieldOf(_part.KindOf(call)));
            return;
        }

        Debug.Assert(_part.SlotOf(call) >= 0, "a call of known outcome has a bit");
        words[_part.SlotOf(call) >> 6] |= 1UL << _part.SlotOf(call);
    }
}
