using System.Runtime.InteropServices;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>The state-changing calls that are open: those of known outcome by kind, in the order of their returns, the others counted by kind.</summary>
internal sealed class OpenCalls
{
    private const int Nothing = -1;

    private readonly Part _part;
    private readonly ConfigurationLayout _layout;
    private readonly int[] _firstOfKind;
    private readonly int[] _following;
    private readonly List<int> _firstOfKinds = [];
    private readonly List<int>[] _unknown;
    private readonly List<int> _fields = [];

    public OpenCalls(Part part, ConfigurationLayout layout, int kindCount)
    {
        (_part, _layout) = (part, layout);
        _firstOfKind = new int[kindCount];
        Array.Fill(_firstOfKind, Nothing);
        _following = new int[part.Count];
        _unknown = new List<int>[layout.FieldCount];
        for (int field = 0; field < _unknown.Length; field++)
        {
            _unknown[field] = [];
        }
    }

    /// <summary>Of each kind that has open calls of known outcome, the one that returns first.</summary>
    public ReadOnlySpan<int> FirstOfKinds => CollectionsMarshal.AsSpan(_firstOfKinds);

    /// <summary>The fields of the kinds that have calls of unknown outcome so far.</summary>
    public ReadOnlySpan<int> Fields => CollectionsMarshal.AsSpan(_fields);

    public void Begin(int call)
    {
        int kind = _part.KindOf(call);
        if (_part.IsOpen(call))
        {
            int field = _layout.FieldOf(kind);
            if (_unknown[field].Count == 0)
            {
                _fields.Add(field);
            }

            _unknown[field].Add(call);
            return;
        }

        int first = _firstOfKind[kind];
        if (first == Nothing || _part.DeadlineOf(call) < _part.DeadlineOf(first))
        {
            SetFirst(kind, first, call);
            _following[call] = first;
            return;
        }

        int before = first;
        while (_following[before] != Nothing && _part.DeadlineOf(_following[before]) < _part.DeadlineOf(call))
        {
            before = _following[before];
        }

        (_following[call], _following[before]) = (_following[before], call);
    }

    /// <summary>The call is the first of its kind, for it returns now.</summary>
    public void Return(int call) => SetFirst(_part.KindOf(call), call, _following[call]);

    /// <summary>The first call from <paramref name="call"/> on among those of its kind that has not taken effect; -1 where all have.</summary>
    public int FirstNotDone(int call, ReadOnlySpan<ulong> words)
    {
        while (call != Nothing && (words[_part.SlotOf(call) >> 6] & (1UL << _part.SlotOf(call))) != 0)
        {
            call = _following[call];
        }

        return call;
    }

    /// <summary>The first call of unknown outcome that is not used; -1 where all are.</summary>
    public int FirstUnused(int field, ReadOnlySpan<ulong> words)
    {
        int used = _layout.Used(words, field);
        return used < _unknown[field].Count ? _unknown[field][used] : Nothing;
    }

    /// <summary>The calls that have taken effect in a configuration.</summary>
    public IReadOnlyList<int> DoneIn(ReadOnlySpan<ulong> words)
    {
        List<int> done = [];
        foreach (int first in _firstOfKinds)
        {
            for (int call = first; call != Nothing; call = _following[call])
            {
                if ((words[_part.SlotOf(call) >> 6] & (1UL << _part.SlotOf(call))) != 0)
                {
                    done.Add(call);
                }
            }
        }

        foreach (int field in _fields)
        {
            done.AddRange(_unknown[field].Take(_layout.Used(words, field)));
        }

        return done;
    }

    private void SetFirst(int kind, int from, int to)
    {
        _firstOfKind[kind] = to;
        if (from == Nothing)
        {
            _firstOfKinds.Add(to);
        }
        else if (to == Nothing)
        {
            _firstOfKinds.Remove(from);
        }
        else
        {
            _firstOfKinds[_firstOfKinds.IndexOf(from)] = to;
        }
    }
}
