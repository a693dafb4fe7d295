using System.Collections.Immutable;

namespace ActorPhysics.Core.Specifications;

/// <summary>
/// An immutable ordered map of text to text, equal by content. Its hash is kept up to date with each change, so that a checker may put
/// many states into a table. <c>Empty</c> is the state at birth.
/// </summary>
public sealed class KeyValueState : IEquatable<KeyValueState>
{
    private const ulong FnvOffset = 0xCBF2_9CE4_8422_2325;
    private const ulong FnvPrime = 0x0000_0100_0000_01B3;

    private readonly ulong _hash;

    private KeyValueState(ImmutableSortedDictionary<string, string> entries, ulong hash)
    {
        Entries = entries;
        _hash = hash;
    }

    public static KeyValueState Empty { get; } = new(ImmutableSortedDictionary.Create<string, string>(Utf8Order.Instance), 0);

    /// <summary>In the order of the keys' UTF-8 bytes.</summary>
    public ImmutableSortedDictionary<string, string> Entries { get; }

    public string? this[string key] => Entries.GetValueOrDefault(key);

    public KeyValueState With(string key, string value) => new(Entries.SetItem(key, value), _hash ^ HashWithout(key) ^ HashOf(key, value));

    public KeyValueState Without(string key) => Entries.ContainsKey(key) ? new(Entries.Remove(key), _hash ^ HashWithout(key)) : this;

    public bool Equals(KeyValueState? other) =>
        other is not null && _hash == other._hash && Entries.Count == other.Entries.Count && Entries.SequenceEqual(other.Entries);

    public override bool Equals(object? obj) => Equals(obj as KeyValueState);

    public override int GetHashCode() => (int)(_hash ^ (_hash >> 32));

    public override string ToString() => "{" + string.Join(", ", Entries.Select(entry => $"{entry.Key}: {entry.Value}")) + "}";

    /// <summary>The share of the entry that the key has now.</summary>
    private ulong HashWithout(string key) => Entries.TryGetValue(key, out string? value) ? HashOf(key, value) : 0;

    /// <summary>FNV-1a over both texts with a separator; entries are combined by exclusive or, so their order does not matter.</summary>
    private static ulong HashOf(string key, string value)
    {
        ulong hash = FnvOffset;
        foreach (char c in key)
        {
            hash = (hash ^ c) * FnvPrime;
        }

        hash = (hash ^ 0x1_0000) * FnvPrime;
        foreach (char c in value)
        {
            hash = (hash ^ c) * FnvPrime;
        }

        return hash ^ (hash >> 29);
    }

    /// <summary>
    /// Orders text as its UTF-8 bytes are ordered, that is by code point: UTF-16 puts the surrogates of the higher planes below U+E000,
    /// so an ordinal comparison of strings would not do.
    /// </summary>
    private sealed class Utf8Order : IComparer<string>
    {
        private const int SurrogatesStart = 0xD800;
        private const int SurrogatesEnd = 0xE000;
        private const int Surrogates = SurrogatesEnd - SurrogatesStart;

        public static Utf8Order Instance { get; } = new();

        public int Compare(string? x, string? y)
        {
            ReadOnlySpan<char> left = x, right = y;
            int common = left.CommonPrefixLength(right);
            return common == left.Length || common == right.Length ? left.Length.CompareTo(right.Length) : Rank(left[common]).CompareTo(Rank(right[common]));
        }

        private static int Rank(char c) =>
            c >= SurrogatesEnd ? c - Surrogates : c >= SurrogatesStart ? c + (0x1_0000 - SurrogatesEnd) : c;
    }
}
