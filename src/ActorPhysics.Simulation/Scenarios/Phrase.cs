using System.Text;

namespace ActorPhysics.Simulation.Scenarios;

/// <summary>
/// How a record is said in one line: values that stand first, then words that each name a value, then bare words. One description serves to
/// write and to read, so the two cannot part.
/// </summary>
/// <param name="complete">Every value is said; otherwise only what differs from what is usual.</param>
internal sealed class Phrase<T>(bool complete)
{
    private readonly List<Part> _leading = [];
    private readonly SortedDictionary<string, Part> _named = new(StringComparer.Ordinal);
    private readonly List<Part> _inOrder = [];

    /// <summary>A value that stands at the beginning, without a word of its own.</summary>
    public Phrase<T> First<TValue>(string what, TextForm<TValue> form, Func<T, TValue> get, Func<T, TValue, T> set)
    {
        _leading.Add(new Part(
            what, _ => true, value => form.Write(get(value)), (words, value) => set(value, form.Read(words, what)), (value, usual) => set(value, get(usual))));
        return this;
    }

    /// <summary>A word and the value that it names.</summary>
    public Phrase<T> Then<TValue>(string word, TextForm<TValue> form, Func<T, TValue> get, Func<T, TValue, T> set) => Then(word, form, get, set, complete);

    /// <summary>A word and the value that it names, said only where it differs from what is usual.</summary>
    public Phrase<T> Option<TValue>(string word, TextForm<TValue> form, Func<T, TValue> get, Func<T, TValue, T> set) => Then(word, form, get, set, always: false);

    private Phrase<T> Then<TValue>(string word, TextForm<TValue> form, Func<T, TValue> get, Func<T, TValue, T> set, bool always) => Add(new Part(
        word,
        pair => always || form.Write(get(pair.Value)) != form.Write(get(pair.Usual)),
        value => $"{word} {form.Write(get(value))}",
        (words, value) => set(value, form.Read(words, word)),
        (value, usual) => set(value, get(usual)),
        IsRequired: always));

    /// <summary>A word that stands there or not.</summary>
    public Phrase<T> Flag(string word, Func<T, bool> get, Func<T, bool, T> set) =>
        Add(new Part(word, pair => get(pair.Value), _ => word, (_, value) => set(value, true), (value, usual) => set(value, get(usual))));

    /// <summary>The words after the beginning, and for each how to give a record the value that another one has there.</summary>
    public IEnumerable<(string Word, Func<T, T, T> Adopt)> Settings => _inOrder.Select(part => (part.Word, part.Adopt));

    /// <returns>Empty when nothing differs from <paramref name="usual"/>.</returns>
    public string Write(T value, T usual)
    {
        var text = new StringBuilder();
        foreach (Part part in _leading.Concat(_inOrder).Where(part => part.IsSaid((value, usual))))
        {
            text.Append(text.Length == 0 ? "" : " ").Append(part.Write(value));
        }

        return text.ToString();
    }

    public T Read(Words words, T usual)
    {
        T value = usual;
        foreach (Part part in _leading)
        {
            value = part.Read(words, value);
        }

        var said = new SortedSet<string>(StringComparer.Ordinal);
        while (!words.AtEnd)
        {
            string word = words.Next("a word");
            if (!_named.TryGetValue(word, out Part? part))
            {
                throw words.Complaint($"'{word}' is not understood here; known are {string.Join(", ", _inOrder.Select(known => known.Word))}");
            }

            if (!said.Add(word))
            {
                throw words.Complaint($"'{word}' is said twice");
            }

            value = part.Read(words, value);
        }

        Part? missing = _inOrder.Find(part => part.IsRequired && !said.Contains(part.Word));
        return missing is null ? value : throw words.Complaint($"'{missing.Word}' is missing");
    }

    private Phrase<T> Add(Part part)
    {
        _named.Add(part.Word, part);
        _inOrder.Add(part);
        return this;
    }

    private sealed record Part(string Word, Func<(T Value, T Usual), bool> IsSaid, Func<T, string> Write, Func<Words, T, T> Read, Func<T, T, T> Adopt, bool IsRequired = false);
}
