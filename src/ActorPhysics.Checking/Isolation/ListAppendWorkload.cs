using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Isolation;

/// <summary>The shape of a generated history.</summary>
/// <param name="Transactions">How many are invoked.</param>
/// <param name="Processes">Clients that run at the same time.</param>
/// <param name="ActiveKeys">Keys in use at a time.</param>
/// <param name="AppendsPerKey">After this many a key is put aside for a fresh one, so that lists stay short.</param>
/// <param name="LostPercent">Transactions whose outcome no client learns; half of them take effect.</param>
/// <param name="AbortedPercent">Transactions that fail.</param>
public sealed record WorkloadShape(
    int Transactions, int Processes = 10, int ActiveKeys = 10, int AppendsPerKey = 32, int MostOperations = 4, int LostPercent = 1, int AbortedPercent = 1);

/// <summary>
/// Generates histories of list-append transactions that are strict serializable by construction: clients overlap, but each transaction
/// takes effect at one instant between its invocation and its completion. One seed, one history, on every machine.
/// </summary>
public sealed class ListAppendWorkload
{
    private readonly WorkloadShape _shape;
    private readonly Client[] _clients;
    private readonly List<(long Key, List<Value> Elements)> _keys = [];
    private readonly Dictionary<long, List<Value>> _retired = [];
    private ulong _random;
    private long _nextKey;
    private long _nextElement;
    private long _nextIndex;
    private int _invoked;

    private ListAppendWorkload(ulong seed, WorkloadShape shape)
    {
        _random = seed;
        _shape = shape;
        _clients = [.. Enumerable.Range(0, shape.Processes).Select(number => new Client { Process = number })];
        for (int i = 0; i < shape.ActiveKeys; i++)
        {
            _keys.Add((_nextKey++, []));
        }
    }

    /// <summary>Events in their order; a client whose outcome is lost goes on under a new process number.</summary>
    public static IEnumerable<OperationEvent> Generate(ulong seed, WorkloadShape shape)
    {
        var workload = new ListAppendWorkload(seed, shape);
        var busy = new List<Client>(workload._clients);
        while (busy.Count > 0)
        {
            int choice = workload.Below(busy.Count);
            Client client = busy[choice];
            if (client.Stage == Stage.Idle && workload._invoked == shape.Transactions)
            {
                busy.RemoveAt(choice);
            }
            else if (workload.Advance(client) is { } happened)
            {
                yield return happened;
            }
        }
    }

    private OperationEvent? Advance(Client client)
    {
        switch (client.Stage)
        {
            case Stage.Idle:
                _invoked++;
                client.Plan = Plan();
                client.Stage = Stage.Invoked;
                return Event(client, EventType.Invoke, client.Plan);
            case Stage.Invoked:
                int fate = Below(100);
                client.End = fate < _shape.LostPercent ? EventType.Info : fate < _shape.LostPercent + _shape.AbortedPercent ? EventType.Fail : EventType.Ok;
                bool happens = client.End == EventType.Ok || (client.End == EventType.Info && Below(2) == 0);
                Value result = happens ? Execute(client.Plan) : client.Plan;
                client.Plan = client.End == EventType.Ok ? result : client.Plan;
                client.Stage = Stage.Executed;
                return null;
            default:
                OperationEvent end = Event(client, client.End, client.Plan);
                client.Stage = Stage.Idle;
                client.Process += client.End == EventType.Info ? _shape.Processes : 0;
                return end;
        }
    }

    private OperationEvent Event(Client client, EventType type, Value value)
    {
        long index = _nextIndex++;
        return new OperationEvent(new EventIndex(index), new EventTime(index * 1_000_000), new ProcessId(client.Process), type, "txn", Value.Nil, value);
    }

    private Value Plan()
    {
        var steps = new Value[1 + Below(_shape.MostOperations)];
        for (int i = 0; i < steps.Length; i++)
        {
            int place = Below(_keys.Count);
            Value key = Value.Of(_keys[place].Key);
            steps[i] = Below(2) == 0 ? Value.List(Value.Of("append"), key, Value.Of(_nextElement++)) : Value.List(Value.Of("r"), key, Value.Nil);
        }

        return Value.List(steps);
    }

    /// <summary>Runs the plan on the store, and puts aside keys that are full: later plans do not use them, those under way still do.</summary>
    private Value Execute(Value plan)
    {
        var results = new List<Value>();
        foreach (Value step in plan.AsList)
        {
            Value key = step.AsList[1];
            List<Value> elements = Elements(key.AsInteger);
            if (step.AsList[2].IsNil)
            {
                results.Add(Value.List(step.AsList[0], key, Value.List(elements.ToArray())));
                continue;
            }

            elements.Add(step.AsList[2]);
            results.Add(step);
            int place = _keys.FindIndex(active => active.Key == key.AsInteger);
            if (elements.Count >= _shape.AppendsPerKey && place >= 0)
            {
                _retired[_keys[place].Key] = elements;
                _keys[place] = (_nextKey++, []);
            }
        }

        return Value.List(results.ToArray());
    }

    private List<Value> Elements(long key)
    {
        int place = _keys.FindIndex(active => active.Key == key);
        return place >= 0 ? _keys[place].Elements : _retired[key];
    }

    /// <summary>Steele, Lea &amp; Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.</summary>
    private int Below(int bound)
    {
        _random += 0x9E37_79B9_7F4A_7C15;
        ulong mixed = (_random ^ (_random >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)bound);
    }

    private enum Stage
    {
        Idle,
        Invoked,
        Executed,
    }

    private sealed class Client
    {
        public long Process { get; set; }

        public Stage Stage { get; set; }

        public Value Plan { get; set; }

        public EventType End { get; set; }
    }
}
