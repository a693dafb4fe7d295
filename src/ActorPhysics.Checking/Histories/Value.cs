using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace ActorPhysics.Checking.Histories;

/// <summary>
/// A piece of data in a history, neutral to the notation that it was read from: what JSON and EDN have in common. EDN's keywords and symbols
/// are texts, its vectors, lists and sets are lists (a set in order), and a number that is no 64-bit integer is the text of its spelling.
/// Immutable, equal and ordered by content. <c>default</c> is nil. Integers, booleans and nil take no memory beyond the struct.
/// </summary>
public readonly struct Value : IEquatable<Value>, IComparable<Value>
{
    private const uint FnvOffset = 0x811C_9DC5;
    private const uint FnvPrime = 0x0100_0193;

    private static readonly object BooleanMark = new();
    private static readonly object IntegerMark = new();

    // Null for nil; a mark for a boolean or an integer; else a string, a Value[] or a KeyValuePair<Value, Value>[] in the order of its keys.
    private readonly object? _content;
    private readonly long _number;

    private Value(object content, long number = 0)
    {
        _content = content;
        _number = number;
    }

    public static Value Nil => default;

    public ValueKind Kind => _content switch
    {
        null => ValueKind.Nil,
        string => ValueKind.Text,
        Value[] => ValueKind.List,
        KeyValuePair<Value, Value>[] => ValueKind.Map,
        _ => ReferenceEquals(_content, IntegerMark) ? ValueKind.Integer : ValueKind.Boolean,
    };

    public bool IsNil => _content is null;

    public bool IsInteger => ReferenceEquals(_content, IntegerMark);

    /// <exception cref="InvalidOperationException">This is no boolean.</exception>
    public bool AsBoolean => ReferenceEquals(_content, BooleanMark) ? _number != 0 : throw Not(ValueKind.Boolean);

    /// <exception cref="InvalidOperationException">This is no integer.</exception>
    public long AsInteger => IsInteger ? _number : throw Not(ValueKind.Integer);

    /// <exception cref="InvalidOperationException">This is no text.</exception>
    public string AsText => _content as string ?? throw Not(ValueKind.Text);

    /// <exception cref="InvalidOperationException">This is no list.</exception>
    public ImmutableArray<Value> AsList => ImmutableCollectionsMarshal.AsImmutableArray(_content as Value[] ?? throw Not(ValueKind.List));

    /// <summary>A map's entries in the order of their keys.</summary>
    /// <exception cref="InvalidOperationException">This is no map.</exception>
    public ImmutableArray<KeyValuePair<Value, Value>> AsMap =>
        ImmutableCollectionsMarshal.AsImmutableArray(_content as KeyValuePair<Value, Value>[] ?? throw Not(ValueKind.Map));

    public static Value Of(bool value) => new(BooleanMark, value ? 1 : 0);

    public static Value Of(long value) => new(IntegerMark, value);

    public static Value Of(string value) => new(value);

    public static Value List(params ReadOnlySpan<Value> items) => new(items.ToArray());

    public static Value List(ImmutableArray<Value> items) => new(ImmutableCollectionsMarshal.AsArray(items)!);

    /// <summary>Of several entries with one key the last counts.</summary>
    public static Value Map(params ReadOnlySpan<KeyValuePair<Value, Value>> entries)
    {
        var sorted = new List<KeyValuePair<Value, Value>>(entries.Length);
        foreach (KeyValuePair<Value, Value> entry in entries)
        {
            int place = PlaceOf(CollectionsMarshal.AsSpan(sorted), entry.Key);
            if (place >= 0)
            {
                sorted[place] = entry;
            }
            else
            {
                sorted.Insert(~place, entry);
            }
        }

        return new Value(sorted.ToArray());
    }

    /// <summary>A map's entry, null where there is none or where this is no map.</summary>
    public Value? Find(Value key)
    {
        if (_content is not KeyValuePair<Value, Value>[] entries)
        {
            return null;
        }

        int place = PlaceOf(entries, key);
        return place >= 0 ? entries[place].Value : null;
    }

    public bool Equals(Value other)
    {
        if (ReferenceEquals(_content, other._content))
        {
            return _number == other._number;
        }

        return (_content, other._content) switch
        {
            (string mine, string its) => mine == its,
            (Value[] mine, Value[] its) => mine.AsSpan().SequenceEqual(its),
            (KeyValuePair<Value, Value>[], KeyValuePair<Value, Value>[]) => CompareTo(other) == 0,
            _ => false,
        };
    }

    public override bool Equals(object? obj) => obj is Value other && Equals(other);

    /// <summary>The same in every process, so that nothing which is derived from it differs between runs.</summary>
    public override int GetHashCode() => Hash();

    /// <summary>By kind, then by content: texts by their UTF-16 code units, lists item by item, maps entry by entry.</summary>
    public int CompareTo(Value other)
    {
        ValueKind kind = Kind;
        if (kind != other.Kind)
        {
            return kind.CompareTo(other.Kind);
        }

        return kind switch
        {
            ValueKind.Text => string.CompareOrdinal((string)_content!, (string)other._content!),
            ValueKind.List => ((Value[])_content!).AsSpan().SequenceCompareTo((Value[])other._content!),
            ValueKind.Map => CompareEntries((KeyValuePair<Value, Value>[])_content!, (KeyValuePair<Value, Value>[])other._content!),
            _ => _number.CompareTo(other._number),
        };
    }

    public static bool operator ==(Value left, Value right) => left.Equals(right);

    public static bool operator !=(Value left, Value right) => !left.Equals(right);

    /// <summary>As JSON writes it, save that nil is "nil", texts that are plain words have no quotes and a map's keys may be any value.</summary>
    public override string ToString()
    {
        switch (_content)
        {
            case null:
                return "nil";
            case string text:
                return IsWord(text) ? text : "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
            case Value[] items:
                var list = new StringBuilder("[");
                list.AppendJoin(" ", items);
                return list.Append(']').ToString();
            case KeyValuePair<Value, Value>[] entries:
                return "{" + string.Join(", ", entries.Select(entry => $"{entry.Key} {entry.Value}")) + "}";
            default:
                return IsInteger ? _number.ToString(CultureInfo.InvariantCulture) : AsBoolean ? "true" : "false";
        }
    }

    private int Hash()
    {
        uint hash = (FnvOffset ^ (uint)Kind) * FnvPrime;
        switch (_content)
        {
            case string text:
                foreach (char c in text)
                {
                    hash = (hash ^ c) * FnvPrime;
                }

                return (int)hash;
            case Value[] items:
                foreach (Value item in items)
                {
                    hash = (hash ^ (uint)item.Hash()) * FnvPrime;
                }

                return (int)hash;
            case KeyValuePair<Value, Value>[] entries:
                foreach ((Value key, Value value) in entries)
                {
                    hash = (hash ^ (uint)key.Hash()) * FnvPrime;
                    hash = (hash ^ (uint)value.Hash()) * FnvPrime;
                }

                return (int)hash;
            default:
                ulong mixed = ((ulong)_number ^ hash) * 0x9E37_79B9_7F4A_7C15;
                return (int)(mixed >> 32);
        }
    }

    private static bool IsWord(string text) =>
        text.Length > 0 && text is not ("nil" or "true" or "false") && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '/');

    private static int PlaceOf(ReadOnlySpan<KeyValuePair<Value, Value>> sorted, Value key)
    {
        (int low, int high) = (0, sorted.Length - 1);
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = sorted[middle].Key.CompareTo(key);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    private static int CompareEntries(KeyValuePair<Value, Value>[] left, KeyValuePair<Value, Value>[] right)
    {
        for (int i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            int order = left[i].Key.CompareTo(right[i].Key);
            order = order != 0 ? order : left[i].Value.CompareTo(right[i].Value);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Length.CompareTo(right.Length);
    }

    private InvalidOperationException Not(ValueKind kind) => new($"{this} is no {kind}, but a {Kind}.");
}
