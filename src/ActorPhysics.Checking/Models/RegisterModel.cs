using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Models;

/// <summary>
/// Registers that are read, written and compared and set: one, or one for each key. Values of <c>cas</c> are <c>[expected, new]</c>. A nil key
/// and a read or written pair <c>[key, value]</c> are not told apart here: what a history puts into the field <c>key</c> is the key.
/// </summary>
public sealed class RegisterModel : ConsistencyModel<Value, ValueRegister.Operation, ValueRegister.Result>
{
    private readonly Dictionary<Value, string> _keyNames = [];

    private RegisterModel(string name)
        : base(ValueRegister.Instance) => Name = name;

    public override string Name { get; }

    public static RegisterModel Register() => new("register");

    /// <summary>The same over keys, where <c>get</c>, <c>put</c> and <c>delete</c> are other names, and a deleted key reads as nil.</summary>
    public static RegisterModel KeyValue() => new("kv");

    protected override HistoryFault? Read(Operation operation, CheckOptions options, out Meaning meaning)
    {
        meaning = default;
        string key = NameOf(operation.Key);
        bool failed = operation.Outcome == OperationOutcome.Failed;
        switch (operation.Function)
        {
            case "read" or "get":
                meaning = Meaning.Of(ValueRegister.Operation.Read(key), new ValueRegister.Result(TookEffect: true, operation.Result), happened: !failed);
                return null;
            case "write" or "put":
                meaning = Meaning.Of(ValueRegister.Operation.Write(key, operation.Argument), new ValueRegister.Result(TookEffect: true, Value.Nil), happened: !failed);
                return null;
            case "delete":
                meaning = Meaning.Of(ValueRegister.Operation.Write(key, Value.Nil), new ValueRegister.Result(TookEffect: true, Value.Nil), happened: !failed);
                return null;
            case "cas" when operation.Argument is { Kind: ValueKind.List } pair && pair.AsList.Length == 2:
                meaning = Meaning.Of(
                    ValueRegister.Operation.CompareAndSet(key, pair.AsList[0], pair.AsList[1]),
                    new ValueRegister.Result(!failed, Value.Nil),
                    happened: !failed || options.FailedCompareAndSet == FailedCompareAndSet.Compared);
                return null;
            case "cas":
                return operation.Fault("its value must be [expected, new]");
            default:
                return operation.Fault($"the model {Name} knows read, write, cas, get, put and delete");
        }
    }

    protected override string Describe(Operation operation)
    {
        string what = (operation.Key.IsNil ? "" : $"{operation.Key} ") + operation.Function;
        string told = operation.Function switch
        {
            "read" or "get" => operation.Outcome == OperationOutcome.Ok ? $"{what} -> {operation.Result}" : what,
            "cas" => $"{what} {operation.Argument.AsList[0]} to {operation.Argument.AsList[1]}{(operation.Outcome == OperationOutcome.Failed ? " -> differs" : "")}",
            "delete" => what,
            _ => $"{what} {operation.Argument}",
        };
        return $"{told} (#{operation.InvocationIndex})";
    }

    private string NameOf(Value key)
    {
        if (!_keyNames.TryGetValue(key, out string? name))
        {
            name = key.ToString();
            _keyNames.Add(key, name);
        }

        return name;
    }
}
