using System.Collections.Immutable;

namespace ActorPhysics.Core.Specifications;

/// <summary>The built-in ordered map <c>kv</c> as a sequential object, over text. Versions are left out: they tell where in the log a write stands.</summary>
public sealed class KeyValueSpecification : Specification<KeyValueState, KeyValueSpecification.Operation, KeyValueSpecification.Result>
{
    private KeyValueSpecification()
    {
    }

    public static KeyValueSpecification Instance { get; } = new();

    public override string Name => "kv";
    public override KeyValueState Initial => KeyValueState.Empty;

    public override SpecificationStep<KeyValueState, Result> Apply(KeyValueState state, Operation operation)
    {
        switch (operation)
        {
            case Put put:
                return new(state.With(put.Key, put.Value), Result.Of(Outcome.Stored));
            case PutIfAbsent put:
                return state[put.Key] is { } present
                    ? new(state, Result.Of(Outcome.AlreadyPresent, present))
                    : new(state.With(put.Key, put.Value), Result.Of(Outcome.Stored));
            case CompareAndSet set:
                return state[set.Key] == set.Expected
                    ? new(state.With(set.Key, set.Value), Result.Of(Outcome.Stored))
                    : new(state, Result.Of(Outcome.Mismatch, state[set.Key]));
            case Delete delete:
                return new(state.Without(delete.Key), Result.Of(state[delete.Key] is null ? Outcome.NotFound : Outcome.Deleted));
            case Get get:
                return new(state, state[get.Key] is { } value ? Result.Of(Outcome.Found, value) : Result.Of(Outcome.NotFound));
            case Range range:
                return new(state, RangeOf(state, range));
            default:
                throw new ArgumentException($"{operation} is no operation of a key-value map.", nameof(operation));
        }
    }

    public override bool IsReadOnly(Operation operation) => operation is Get or Range;

    public override bool LeavesState(Operation operation, Result result) => result.Outcome is not (Outcome.Stored or Outcome.Deleted);

    /// <summary>The key; a range concerns the whole map.</summary>
    public override string? PartOf(Operation operation) => operation is KeyOperation single ? single.Key : null;

    private static Result RangeOf(KeyValueState state, Range range)
    {
        IComparer<string> order = state.Entries.KeyComparer;
        ImmutableArray<KeyValuePair<string, string>> within = [.. state.Entries
            .Where(entry => order.Compare(entry.Key, range.From) >= 0
                && (range.To.Length == 0 || order.Compare(entry.Key, range.To) < 0)
                && entry.Key.StartsWith(range.Prefix, StringComparison.Ordinal))
            .Take(range.Limit)];
        return new Result(Outcome.Range, null, within);
    }

    /// <summary>How an operation ended.</summary>
    public enum Outcome
    {
        Stored,
        Deleted,
        Found,
        NotFound,
        AlreadyPresent,
        Mismatch,
        Range,
    }

    public abstract record Operation
    {
        private protected Operation()
        {
        }
    }

    /// <summary>An operation on one key.</summary>
    public abstract record KeyOperation(string Key) : Operation;

    public sealed record Put(string Key, string Value) : KeyOperation(Key);

    public sealed record PutIfAbsent(string Key, string Value) : KeyOperation(Key);

    /// <summary>Stores where the value is <paramref name="Expected"/>; null expects none.</summary>
    public sealed record CompareAndSet(string Key, string? Expected, string Value) : KeyOperation(Key);

    public sealed record Delete(string Key) : KeyOperation(Key);

    public sealed record Get(string Key) : KeyOperation(Key);

    /// <summary>The first <paramref name="Limit"/> entries from <paramref name="From"/> up to below <paramref name="To"/> (empty: no bound)
    /// whose keys begin with <paramref name="Prefix"/>.</summary>
    public sealed record Range(string From, string To, string Prefix, int Limit) : Operation;

    /// <summary>An operation's answer; equal by content.</summary>
    /// <param name="Outcome">How it ended.</param>
    /// <param name="Value">The value that was found, where one was.</param>
    /// <param name="Items">A range's entries, else empty.</param>
    public sealed record Result(Outcome Outcome, string? Value, ImmutableArray<KeyValuePair<string, string>> Items)
    {
        internal static Result Of(Outcome outcome, string? value = null) => new(outcome, value, []);

        public bool Equals(Result? other) =>
            other is not null && Outcome == other.Outcome && Value == other.Value && Items.SequenceEqual(other.Items);

        public override int GetHashCode() => ((int)Outcome * 397) ^ Items.Length;
    }
}
