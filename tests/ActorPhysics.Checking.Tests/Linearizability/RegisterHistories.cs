using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Linearizability;
using ActorPhysics.Checking.Models;

namespace ActorPhysics.Checking.Tests.Linearizability;

/// <summary>
/// Makes histories of clients that are always concurrent, against a register that is atomic: each operation takes effect at a random moment
/// between its invocation and its return. So they are linearizable until somebody corrupts them.
/// </summary>
internal sealed class RegisterHistories(ulong seed)
{
    private readonly RandomBits _random = new(seed);

    /// <summary>Of 100 operations, how many have an unknown outcome; the client then goes on as a new process.</summary>
    public int UnknownPercent { get; init; }

    /// <summary>Values are 0 to below this.</summary>
    public int Values { get; init; } = 5;

    public List<Call<ValueRegister.Operation, ValueRegister.Result>> Make(int clients, int operationsEach)
    {
        List<Call<ValueRegister.Operation, ValueRegister.Result>> calls = [];
        var current = new Client[clients];
        int process = clients;
        Value state = Value.Nil;
        int position = 0;
        int running = clients;
        for (int i = 0; i < clients; i++)
        {
            current[i] = new Client { Process = new ProcessId(i), Left = operationsEach, Call = -1 };
        }

        while (running > 0)
        {
            Client client = current[_random.Below(clients)];
            if (client.Call < 0)
            {
                if (client.Left > 0)
                {
                    client.Left--;
                    client.TookEffect = false;
                    client.Call = calls.Count;
                    calls.Add(new(client.Process, AnyOperation(), default, new EventPosition(position++), EventPosition.Never));
                }
            }
            else if (!client.TookEffect)
            {
                (state, client.Result) = ValueRegister.Instance.Apply(state, calls[client.Call].Operation);
                client.TookEffect = true;
                if (_random.Chance(UnknownPercent))
                {
                    client.Process = new ProcessId(process++);
                    client.Call = -1;
                    running -= client.Left == 0 ? 1 : 0;
                }
            }
            else
            {
                calls[client.Call] = calls[client.Call] with { Result = client.Result, Completed = new EventPosition(position++) };
                client.Call = -1;
                running -= client.Left == 0 ? 1 : 0;
            }
        }

        return calls;
    }

    /// <summary>Gives one of the last calls that told a result another one; the history may still be linearizable.</summary>
    public void Corrupt(List<Call<ValueRegister.Operation, ValueRegister.Result>> calls)
    {
        for (int call = calls.Count - 1; call >= 0; call--)
        {
            if (calls[call] is { IsOpen: false, Operation.Kind: ValueRegister.OperationKind.Read } read && _random.Chance(30))
            {
                Value other = Value.Of(_random.Below(Values));
                calls[call] = read with { Result = new ValueRegister.Result(TookEffect: true, other) };
                return;
            }

            if (calls[call] is { IsOpen: false, Operation.Kind: ValueRegister.OperationKind.CompareAndSet } set && _random.Chance(30))
            {
                calls[call] = set with { Result = new ValueRegister.Result(!set.Result.TookEffect, Value.Nil) };
                return;
            }
        }
    }

    private ValueRegister.Operation AnyOperation() => _random.Below(3) switch
    {
        0 => ValueRegister.Operation.Read(""),
        1 => ValueRegister.Operation.Write("", Value.Of(_random.Below(Values))),
        _ => ValueRegister.Operation.CompareAndSet("", Value.Of(_random.Below(Values)), Value.Of(_random.Below(Values))),
    };

    private sealed class Client
    {
        public ProcessId Process { get; set; }
        public int Left { get; set; }
        public int Call { get; set; }
        public bool TookEffect { get; set; }
        public ValueRegister.Result Result { get; set; }
    }
}
