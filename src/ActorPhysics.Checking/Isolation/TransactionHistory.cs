using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// The transactions of a history in flat arrays: keys, written values ("elements") and read lists ("versions") are small integers, so that a
/// million transactions are judged in tens of bytes each. Made by <see cref="TransactionHistoryBuilder"/>; immutable.
/// </summary>
public sealed class TransactionHistory
{
    /// <summary>The argument of a read that saw a register before all writes.</summary>
    public const int Initial = -1;

    /// <summary>The argument of a read whose result nobody knows.</summary>
    public const int Unseen = -2;

    /// <summary>The writer of an element that nobody wrote.</summary>
    public const int Nobody = -1;

    private readonly ImmutableArray<Row> _rows;
    private readonly ImmutableArray<MicroOperation> _operations;
    private readonly ImmutableArray<string> _names;
    private readonly ImmutableArray<ValueToken> _keyTokens;
    private readonly ImmutableArray<ValueToken> _elementTokens;
    private readonly ImmutableArray<int> _elementKeys;
    private readonly ImmutableArray<int> _writers;

    internal TransactionHistory(TransactionHistoryBuilder.Columns columns)
    {
        _rows = columns.Rows;
        _operations = columns.Operations;
        _names = columns.Names;
        _keyTokens = columns.KeyTokens;
        _elementTokens = columns.ElementTokens;
        _elementKeys = columns.ElementKeys;
        _writers = columns.Writers;
        Versions = columns.Versions;
        WrittenTwice = columns.WrittenTwice;
        HeldBytes = columns.HeldBytes;
    }

    /// <summary>The number of transactions; they are named by 0 … Count − 1, in the order in which they were added.</summary>
    public int Count => _rows.Length;

    public int KeyCount => _keyTokens.Length;

    /// <summary>The number of different (key, value) pairs that were written or read.</summary>
    public int ElementCount => _elementTokens.Length;

    /// <summary>
    /// An element that several transactions wrote of which none is known to have aborted, or one transaction wrote twice; null where there
    /// is none. Who wrote what was read is then unknown, and no checker can decide.
    /// </summary>
    public int? WrittenTwice { get; }

    internal VersionTree Versions { get; }

    internal int OperationCount => _operations.Length;

    /// <summary>About what the tables take.</summary>
    internal long HeldBytes { get; }

    public TransactionOutcome Outcome(int transaction) => _rows[transaction].Outcome;

    /// <summary>The session: transactions of one process follow each other.</summary>
    public long Process(int transaction) => _rows[transaction].Process;

    /// <summary>Where the transaction began in the order of events.</summary>
    public int Begun(int transaction) => _rows[transaction].Begun;

    /// <summary>Where it was known to have ended; <see cref="int.MaxValue"/> where its outcome is unknown.</summary>
    public int Ended(int transaction) => _rows[transaction].Ended;

    /// <summary>The number of its invocation in the file, by which reports name it.</summary>
    public long Index(int transaction) => _rows[transaction].Index;

    public ReadOnlySpan<MicroOperation> Operations(int transaction)
    {
        int first = _rows[transaction].FirstOperation;
        int end = transaction + 1 < _rows.Length ? _rows[transaction + 1].FirstOperation : _operations.Length;
        return _operations.AsSpan()[first..end];
    }

    public int KeyOf(int element) => _elementKeys[element];

    /// <summary>The transaction that wrote an element: a committed one before one of unknown outcome, that before an aborted one; <see cref="Nobody"/>.</summary>
    public int Writer(int element) => _writers[element];

    /// <summary>The writer, unless it aborted.</summary>
    public int LivingWriter(int element) =>
        _writers[element] is var writer and >= 0 && _rows[writer].Outcome != TransactionOutcome.Aborted ? writer : Nobody;

    /// <summary>The elements of a list that was read, oldest first.</summary>
    public int[] ElementsOf(int version) => Versions.Elements(version);

    public string Name(int transaction) => FormattableString.Invariant($"T{_rows[transaction].Index}");

    public string KeyName(int key) => _keyTokens[key].Render(_names);

    public string ElementName(int element) => element == Initial ? "nil" : _elementTokens[element].Render(_names);

    /// <summary>A transaction in one line, as in <c>T6 (process 3, committed): r x [1 2], append y 3</c>.</summary>
    public string Describe(int transaction)
    {
        var text = new StringBuilder();
        string outcome = _rows[transaction].Outcome.ToString().ToLowerInvariant();
        text.Append(FormattableString.Invariant($"{Name(transaction)} (process {Process(transaction)}, {outcome}): "));
        ReadOnlySpan<MicroOperation> operations = Operations(transaction);
        for (int i = 0; i < operations.Length; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(Describe(operations[i]));
        }

        return text.ToString();
    }

    internal string Describe(MicroOperation operation) => operation.Kind switch
    {
        MicroOperationKind.Append => $"append {KeyName(operation.Key)} {ElementName(operation.Argument)}",
        MicroOperationKind.Write => $"w {KeyName(operation.Key)} {ElementName(operation.Argument)}",
        _ when operation.Argument == Unseen => $"r {KeyName(operation.Key)} ?",
        MicroOperationKind.ReadList => $"r {KeyName(operation.Key)} {DescribeVersion(operation.Argument)}",
        _ => $"r {KeyName(operation.Key)} {ElementName(operation.Argument)}",
    };

    /// <summary>A list's elements; of a long one the first and the last few.</summary>
    internal string DescribeVersion(int version)
    {
        const int Shown = 8;
        int[] elements = Versions.Elements(version);
        IEnumerable<string> names = elements.Length <= 2 * Shown
            ? elements.Select(ElementName)
            : [.. elements[..Shown].Select(ElementName), "…", .. elements[^Shown..].Select(ElementName)];
        return "[" + string.Join(' ', names) + "]";
    }

    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Row(long Process, long Index, int Begun, int Ended, int FirstOperation, TransactionOutcome Outcome);
}
