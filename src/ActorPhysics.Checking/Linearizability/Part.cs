using System.Runtime.InteropServices;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>
/// The calls of one independent part of a history, as numbers: its events in their order, and for each call its kind and the bit that stands
/// for it in a configuration while it is open. Only calls open at the same time need different bits, so a configuration is as wide as the
/// part is concurrent, not as long as it is. Calls of unknown outcome never close; they are counted by kind instead.
/// </summary>
internal sealed class Part
{
    private readonly int[] _kinds;
    private readonly int[] _invocations;
    private readonly int[] _completions;
    private readonly int[] _slots;

    private Part(int[] kinds, int[] invocations, int[] completions)
    {
        (_kinds, _invocations, _completions) = (kinds, invocations, completions);
        _slots = new int[kinds.Length];
        Events = new int[(2 * kinds.Length) - completions.AsSpan().Count(int.MaxValue)];
    }

    public int Count => _kinds.Length;

    /// <summary>Call <c>c</c> begins: <c>c</c>. It returns: <c>~c</c>.</summary>
    public int[] Events { get; }

    /// <summary>How many calls of known outcome are open at once, at most.</summary>
    public int Width { get; private set; }

    public int KindOf(int call) => _kinds[call];

    public bool IsOpen(int call) => _completions[call] == int.MaxValue;

    /// <summary>Whether some call has an unknown outcome.</summary>
    public bool HasUnknown => Events.Length < 2 * Count;

    public int InvocationOf(int call) => _invocations[call];

    /// <summary>The position of the event in the history.</summary>
    public int PositionOf(int place) => Events[place] >= 0 ? _invocations[Events[place]] : _completions[~Events[place]];

    /// <summary>The event at which the call returns, comparable among calls; the latest for one of unknown outcome.</summary>
    public int DeadlineOf(int call) => _completions[call];

    /// <summary>The bit of a call of known outcome.</summary>
    public int SlotOf(int call) => _slots[call];

    /// <param name="kinds">Of each call, in the order of their invocations.</param>
    /// <param name="invocations">Ascending positions.</param>
    /// <param name="completions">Positions in the same order of events, <see cref="int.MaxValue"/> for none.</param>
    public static Part Create(int[] kinds, int[] invocations, int[] completions)
    {
        var part = new Part(kinds, invocations, completions);
        int[] returning = part.CallsInOrderOfReturn();
        (int begun, int returned) = (0, 0);
        List<int> free = [];
        for (int i = 0; i < part.Events.Length; i++)
        {
            if (begun < kinds.Length && (returned == returning.Length || invocations[begun] < completions[returning[returned]]))
            {
                part._slots[begun] = part.IsOpen(begun) ? -1 : part.TakeSlot(free);
                part.Events[i] = begun++;
            }
            else
            {
                int call = returning[returned++];
                free.Add(part._slots[call]);
                part.Events[i] = ~call;
            }
        }

        return part;
    }

    private int[] CallsInOrderOfReturn()
    {
        var closing = new List<int>(Count);
        for (int call = 0; call < Count; call++)
        {
            if (!IsOpen(call))
            {
                closing.Add(call);
            }
        }

        int[] calls = [.. closing];
        int[] deadlines = Array.ConvertAll(calls, call => _completions[call]);
        Array.Sort(deadlines, calls);
        return calls;
    }

    private int TakeSlot(List<int> free)
    {
        if (free.Count == 0)
        {
            return Width++;
        }

        int slot = CollectionsMarshal.AsSpan(free)[^1];
        free.RemoveAt(free.Count - 1);
        return slot;
    }
}
