namespace ActorPhysics.Checking.Histories;

/// <summary>
/// Pairs the events of a history, fed in their order, into operations. An invocation without a completion has an unknown outcome; whatever
/// its process invokes later is an operation like any other, as if a new process had taken its place. Where a process has several open
/// invocations, a completion belongs to the latest that it fits: of the same function and key, and with a value that differs only where
/// the invocation has nil; where none has such a value, to the latest of the same function and key. A completion without an invocation makes the history unreadable.
/// </summary>
public sealed class EventPairing
{
    private readonly Dictionary<ProcessId, int> _pending = [];

    // Open invocations of a process that has invoked again, in their order; processes that keep to one operation at a time have none.
    private readonly Dictionary<ProcessId, List<int>> _overtaken = [];
    private readonly List<OperationEvent> _invocations = [];
    private readonly List<(OperationEvent Event, EventPosition Position)?> _completions = [];
    private readonly List<EventPosition> _positions = [];
    private int _events;

    /// <summary>Pairs a whole history.</summary>
    public static bool TryPair(IEnumerable<OperationEvent> events, out IReadOnlyList<Operation> operations, out HistoryFault? fault)
    {
        var pairing = new EventPairing();
        fault = null;
        foreach (OperationEvent next in events)
        {
            fault = pairing.Add(next);
            if (fault is not null)
            {
                operations = [];
                return false;
            }
        }

        operations = pairing.Operations();
        return true;
    }

    /// <returns>Why the event cannot be, null where it can.</returns>
    public HistoryFault? Add(in OperationEvent next)
    {
        var position = new EventPosition(_events++);
        if (next.Type == EventType.Invoke)
        {
            Open(next.Process, _invocations.Count);
            _invocations.Add(next);
            _completions.Add(null);
            _positions.Add(position);
            return null;
        }

        if (Close(next) is not { } operation)
        {
            return new HistoryFault(next.Line, $"event {next.Index}: process {next.Process.Number} completes an operation that it did not invoke");
        }

        if (_invocations[operation].Function != next.Function)
        {
            return new HistoryFault(next.Line, $"event {next.Index}: process {next.Process.Number} completes {next.Function}, but invoked {_invocations[operation].Function}");
        }

        _completions[operation] = (next, position);
        return null;
    }

    /// <summary>All operations invoked so far, in the order of their invocations.</summary>
    public IReadOnlyList<Operation> Operations()
    {
        var operations = new Operation[_invocations.Count];
        for (int i = 0; i < operations.Length; i++)
        {
            operations[i] = Pair(i, _invocations[i], _positions[i], _completions[i]);
        }

        return operations;
    }

    private void Open(ProcessId process, int operation)
    {
        if (_pending.TryGetValue(process, out int earlier))
        {
            if (!_overtaken.TryGetValue(process, out List<int>? overtaken))
            {
                overtaken = _overtaken[process] = [];
            }

            overtaken.Add(earlier);
        }

        _pending[process] = operation;
    }

    /// <summary>The open invocation that a completion belongs to.</summary>
    private int? Close(in OperationEvent completion)
    {
        OperationEvent told = completion;
        bool open = _pending.TryGetValue(completion.Process, out int latest);
        if (_overtaken.TryGetValue(completion.Process, out List<int>? overtaken) && !(open && FitsWhole(_invocations[latest], told)))
        {
            int place = overtaken.FindLastIndex(earlier => FitsWhole(_invocations[earlier], told));
            if (place < 0 && !(open && IsOfKind(_invocations[latest], told)))
            {
                place = overtaken.FindLastIndex(earlier => IsOfKind(_invocations[earlier], told));
            }

            if (place >= 0)
            {
                int operation = overtaken[place];
                overtaken.RemoveAt(place);
                return operation;
            }
        }

        _pending.Remove(completion.Process);
        return open ? latest : null;
    }

    private static bool FitsWhole(in OperationEvent invocation, in OperationEvent completion) =>
        IsOfKind(invocation, completion) && Fits(invocation.Value, completion.Value);

    private static bool IsOfKind(in OperationEvent invocation, in OperationEvent completion) =>
        invocation.Function == completion.Function
        && (invocation.Key == completion.Key || invocation.Key.IsNil || completion.Key.IsNil);

    private static bool Fits(Value argument, Value result)
    {
        if (argument.IsNil || result.IsNil || argument == result)
        {
            return true;
        }

        return argument.Kind == ValueKind.List && result.Kind == ValueKind.List
            && argument.AsList.Length == result.AsList.Length
            && argument.AsList.Zip(result.AsList).All(pair => Fits(pair.First, pair.Second));
    }

    private static Operation Pair(int ordinal, in OperationEvent invocation, EventPosition invoked, (OperationEvent Event, EventPosition Position)? completion)
    {
        OperationOutcome outcome = completion?.Event.Type switch
        {
            EventType.Ok => OperationOutcome.Ok,
            EventType.Fail => OperationOutcome.Failed,
            _ => OperationOutcome.Unknown,
        };
        bool known = outcome != OperationOutcome.Unknown;
        return new Operation(
            ordinal,
            invocation.Process,
            invocation.Function,
            invocation.Key,
            invocation.Value,
            known ? completion!.Value.Event.Value : Value.Nil,
            outcome,
            invoked,
            known ? completion!.Value.Position : EventPosition.Never,
            invocation.Index,
            completion?.Event.Index,
            invocation.Line,
            completion?.Event.Line ?? 0);
    }
}
