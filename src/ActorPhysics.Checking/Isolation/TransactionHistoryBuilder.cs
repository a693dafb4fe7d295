using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// Takes transactions one after another, each as <see cref="Begin"/>, its micro-operations, <see cref="End"/>. Lists that were read are
/// folded into a tree at once, so memory grows with what was written, not with what was read.
/// </summary>
public sealed class TransactionHistoryBuilder
{
    // A row of each column, and what the tables that number keys and elements take for one.
    private const long RowBytes = 40;
    private const long OperationBytes = 12;
    private const long VersionBytes = 20;
    private const long KeyBytes = 48;
    private const long ElementBytes = 64;
    private const long NameBytes = 72;

    private readonly List<TransactionHistory.Row> _rows = [];
    private readonly List<MicroOperation> _operations = [];
    private readonly List<string> _names = [];
    private readonly Dictionary<string, int> _nameNumbers = new(StringComparer.Ordinal);
    private readonly Dictionary<ValueToken, int> _keys = [];
    private readonly List<ValueToken> _keyTokens = [];
    private readonly Dictionary<(int Key, ValueToken Value), int> _elements = [];
    private readonly List<ValueToken> _elementTokens = [];
    private readonly List<int> _elementKeys = [];
    private readonly List<int> _writers = [];
    private readonly VersionTree _versions = new();
    private long _nameLetters;
    private int? _writtenTwice;
    private bool _open;

    /// <summary>About what the tables take, as far as they are.</summary>
    internal long HeldBytes =>
        (_rows.Count * RowBytes) + (_operations.Count * OperationBytes) + (_versions.Count * VersionBytes) + (_keyTokens.Count * KeyBytes)
        + (_elementTokens.Count * ElementBytes) + (_names.Count * NameBytes) + (_nameLetters * sizeof(char));

    /// <summary>The token of an integer.</summary>
    public ValueToken Token(long value) =>
        ValueToken.Fits(value) ? ValueToken.OfInteger(value) : Token(value.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>The token of anything that is no integer, by a spelling that tells it from all other values.</summary>
    public ValueToken Token(string spelling)
    {
        if (!_nameNumbers.TryGetValue(spelling, out int number))
        {
            number = _names.Count;
            _nameLetters += spelling.Length;
            _names.Add(spelling);
            _nameNumbers.Add(spelling, number);
        }

        return ValueToken.OfName(number);
    }

    /// <param name="begun">Its place in the order of events.</param>
    /// <param name="index">The number of its invocation, for reports.</param>
    public void Begin(long process, int begun, long index)
    {
        if (_open)
        {
            throw new InvalidOperationException("The transaction before has not ended.");
        }

        _rows.Add(new TransactionHistory.Row(process, index, begun, int.MaxValue, _operations.Count, TransactionOutcome.Unknown));
        _open = true;
    }

    public void Append(ValueToken key, ValueToken value) => AddWrite(MicroOperationKind.Append, key, value);

    public void Write(ValueToken key, ValueToken value) => AddWrite(MicroOperationKind.Write, key, value);

    public void ReadList(ValueToken key, ReadOnlySpan<ValueToken> elements)
    {
        int keyNumber = KeyNumber(key);
        int version = _versions.Root(keyNumber);
        foreach (ValueToken token in elements)
        {
            int child = _versions.FindChild(version, token, CollectionsMarshal.AsSpan(_elementTokens));
            version = child >= 0 ? child : _versions.AddChild(version, ElementNumber(keyNumber, token));
        }

        _operations.Add(new MicroOperation(MicroOperationKind.ReadList, keyNumber, version));
    }

    /// <param name="value">Null for the register before all writes.</param>
    public void ReadValue(ValueToken key, ValueToken? value)
    {
        int keyNumber = KeyNumber(key);
        int element = value is { } token ? ElementNumber(keyNumber, token) : TransactionHistory.Initial;
        _operations.Add(new MicroOperation(MicroOperationKind.ReadValue, keyNumber, element));
    }

    /// <summary>A read whose result nobody knows.</summary>
    public void ReadUnseen(ValueToken key) =>
        _operations.Add(new MicroOperation(MicroOperationKind.ReadValue, KeyNumber(key), TransactionHistory.Unseen));

    /// <param name="ended">Its place in the order of events; of no account where the outcome is unknown, for it may end at any later time.</param>
    public void End(TransactionOutcome outcome, int ended)
    {
        if (!_open)
        {
            throw new InvalidOperationException("No transaction has begun.");
        }

        _open = false;
        _rows[^1] = _rows[^1] with { Outcome = outcome, Ended = outcome == TransactionOutcome.Unknown ? int.MaxValue : ended };
    }

    public TransactionHistory Build()
    {
        if (_open)
        {
            throw new InvalidOperationException("The last transaction has not ended.");
        }

        FindWriters();
        return new TransactionHistory(new Columns(
            [.. _rows], [.. _operations], [.. _names], [.. _keyTokens], [.. _elementTokens], [.. _elementKeys], [.. _writers], _versions, _writtenTwice, HeldBytes));
    }

    private void AddWrite(MicroOperationKind kind, ValueToken key, ValueToken value)
    {
        int keyNumber = KeyNumber(key);
        _operations.Add(new MicroOperation(kind, keyNumber, ElementNumber(keyNumber, value)));
    }

    private void FindWriters()
    {
        _writers.Clear();
        _writers.AddRange(Enumerable.Repeat(TransactionHistory.Nobody, _elementTokens.Count));
        _writtenTwice = null;
        for (int transaction = 0; transaction < _rows.Count; transaction++)
        {
            int end = transaction + 1 < _rows.Count ? _rows[transaction + 1].FirstOperation : _operations.Count;
            for (int i = _rows[transaction].FirstOperation; i < end; i++)
            {
                if (_operations[i].IsWrite)
                {
                    Claim(_operations[i].Argument, transaction);
                }
            }
        }
    }

    private void Claim(int element, int transaction)
    {
        int before = _writers[element];
        if (before == TransactionHistory.Nobody)
        {
            _writers[element] = transaction;
            return;
        }

        // An aborted attempt and its repetition may well write the same value: only the second can have been seen legally.
        bool beforeAborted = _rows[before].Outcome == TransactionOutcome.Aborted;
        bool aborted = _rows[transaction].Outcome == TransactionOutcome.Aborted;
        if (beforeAborted)
        {
            _writers[element] = transaction;
        }
        else if (!aborted)
        {
            _writtenTwice ??= element;
        }
    }

    private int KeyNumber(ValueToken token)
    {
        if (!_keys.TryGetValue(token, out int key))
        {
            key = _keyTokens.Count;
            _keys.Add(token, key);
            _keyTokens.Add(token);
            _versions.AddKey();
        }

        return key;
    }

    private int ElementNumber(int key, ValueToken token)
    {
        ref int element = ref CollectionsMarshal.GetValueRefOrAddDefault(_elements, (key, token), out bool known);
        if (!known)
        {
            element = _elementTokens.Count;
            _elementTokens.Add(token);
            _elementKeys.Add(key);
        }

        return element;
    }

    internal sealed record Columns(
        ImmutableArray<TransactionHistory.Row> Rows,
        ImmutableArray<MicroOperation> Operations,
        ImmutableArray<string> Names,
        ImmutableArray<ValueToken> KeyTokens,
        ImmutableArray<ValueToken> ElementTokens,
        ImmutableArray<int> ElementKeys,
        ImmutableArray<int> Writers,
        VersionTree Versions,
        int? WrittenTwice,
        long HeldBytes);
}
