using System.Text;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Specifications;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Wire.Machines;
using Operation = ActorPhysics.Core.Specifications.KeyValueSpecification.Operation;
using Outcome = ActorPhysics.Core.Specifications.KeyValueSpecification.Outcome;
using Result = ActorPhysics.Core.Specifications.KeyValueSpecification.Result;

namespace ActorPhysics.Simulation.Workloads;

/// <summary>The built-in ordered map under a few hot keys: puts of unique values, compare-and-sets that expect recent ones, deletes, reads and ranges.</summary>
public sealed class KeyValueWorkload : SpecifiedWorkload<KeyValueState, Operation, Result>
{
    private const int LongestValue = 200;
    private static readonly StateMachineRegistry BuiltIns = StateMachineRegistry.WithBuiltIns();

    private readonly int _keys;
    private readonly bool _hasRanges;

    private KeyValueWorkload(int keys, bool hasRanges) => (_keys, _hasRanges) = (keys, hasRanges);

    public static KeyValueWorkload Instance { get; } = new(keys: 5, hasRanges: true);

    /// <summary>More keys and no ranges: what a sharded space can be asked for by key.</summary>
    public static KeyValueWorkload Sharded { get; } = new(keys: 10, hasRanges: false);

    internal IEnumerable<string> Keys => Enumerable.Range(0, _keys).Select(KeyOf);

    public override StateMachineDefinition Machine =>
        BuiltIns.TryGet("kv", out StateMachineDefinition? definition) ? definition : throw new InvalidOperationException("the kv machine is not built in");

    public override Specification<KeyValueState, Operation, Result> Specification => KeyValueSpecification.Instance;

    public override Operation DrawOperation(SeededRandom random, int client, ulong number, bool read)
    {
        string key = KeyOf(random.Below(_keys));
        if (read)
        {
            return _hasRanges && random.OneIn(10) ? new KeyValueSpecification.Range("", "", "k", 3) : new KeyValueSpecification.Get(key);
        }

        string value = $"{number}";
        value = random.OneIn(4) ? value.PadRight(1 + random.Below(LongestValue), '.') : value;
        return random.Below(10) switch
        {
            0 => new KeyValueSpecification.Delete(key),
            1 => new KeyValueSpecification.PutIfAbsent(key, value),
            2 or 3 => new KeyValueSpecification.CompareAndSet(key, random.OneIn(3) ? null : $"{number - (ulong)Math.Min((long)number, random.Below(12))}", value),
            _ => new KeyValueSpecification.Put(key, value),
        };
    }

    public override byte[] Encode(Operation operation, bool query) => operation switch
    {
        KeyValueSpecification.Put put => KvCommands.Put(put.Key, Bytes(put.Value)),
        KeyValueSpecification.PutIfAbsent put => KvCommands.Put(put.Key, Bytes(put.Value), ifAbsent: true),
        KeyValueSpecification.CompareAndSet { Expected: null } set => KvCommands.CompareAbsentAndSet(set.Key, Bytes(set.Value)),
        KeyValueSpecification.CompareAndSet set => KvCommands.CompareAndSet(set.Key, Bytes(set.Expected!), Bytes(set.Value)),
        KeyValueSpecification.Delete delete => KvCommands.Delete(delete.Key),
        KeyValueSpecification.Get get => KvQueries.Get(get.Key),
        KeyValueSpecification.Range range => KvQueries.Range(range.From, range.To, range.Prefix, range.Limit),
        _ => throw new ArgumentException($"{operation} is no operation of the map", nameof(operation)),
    };

    public override Result Decode(Operation operation, CommandStatus status, ReadOnlySpan<byte> answer)
    {
        if (status != CommandStatus.Applied || KvResult.Read(answer) is not { } result)
        {
            // Equal to no result that the specification gives.
            return new Result((Outcome)(-1), Encoding.UTF8.GetString(answer), []);
        }

        Outcome outcome = result.Outcome switch
        {
            KvOutcome.Stored => Outcome.Stored,
            KvOutcome.Deleted => Outcome.Deleted,
            KvOutcome.Found => Outcome.Found,
            KvOutcome.NotFound => Outcome.NotFound,
            KvOutcome.AlreadyPresent => Outcome.AlreadyPresent,
            KvOutcome.Mismatch => Outcome.Mismatch,
            _ => Outcome.Range,
        };
        string? value = result.Value is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;
        return new Result(outcome, value, [.. result.Items.Select(item => KeyValuePair.Create(item.Key, Encoding.UTF8.GetString(item.Value.Span)))]);
    }

    private static string KeyOf(int number) => $"k{number}";

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
