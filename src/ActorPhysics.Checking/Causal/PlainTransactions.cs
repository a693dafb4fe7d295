using System.Globalization;
using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Causal;

/// <summary>
/// Reads the plain notation for sessions of transactions: a line <c>w key value</c> or <c>r key value</c> for each micro-operation, with
/// integers; a line of at least three '-' ends a transaction, one of at least three '=' a session. Everything committed. Transactions
/// are given the order of the text, which across sessions means nothing: no level that speaks of real time can be judged of it.
/// </summary>
public sealed class PlainTransactions
{
    private readonly List<Operation> _transactions = [];
    private readonly List<Value> _steps = [];
    private int _session;
    private int _line;
    private int _firstLine;

    private PlainTransactions()
    {
    }

    /// <param name="operations">One <c>txn</c> for each transaction, of one process for each session.</param>
    /// <param name="fault">What is no such line; null on success.</param>
    public static bool TryRead(string text, out IReadOnlyList<Operation> operations, out HistoryFault? fault)
    {
        var reader = new PlainTransactions();
        operations = reader._transactions;
        fault = null;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            reader._line++;
            if (!reader.TryAdd(line.Trim()))
            {
                fault = new HistoryFault(reader._line, $"'{line}' is neither 'w key value' nor 'r key value'");
                return false;
            }
        }

        reader.EndTransaction();
        return true;
    }

    private bool TryAdd(ReadOnlySpan<char> line)
    {
        if (line.StartsWith("---", StringComparison.Ordinal))
        {
            EndTransaction();
            return true;
        }

        if (line.StartsWith("===", StringComparison.Ordinal))
        {
            EndTransaction();
            _session++;
            return true;
        }

        return line.IsEmpty || TryAddStep(line.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private bool TryAddStep(string[] words)
    {
        if (words.Length != 3 || words[0] is not ("r" or "w")
            || !long.TryParse(words[1], CultureInfo.InvariantCulture, out long key)
            || !long.TryParse(words[2], CultureInfo.InvariantCulture, out long value))
        {
            return false;
        }

        _firstLine = _steps.Count == 0 ? _line : _firstLine;
        _steps.Add(Value.List(Value.Of(words[0]), Value.Of(key), Value.Of(value)));
        return true;
    }

    private void EndTransaction()
    {
        if (_steps.Count == 0)
        {
            return;
        }

        int number = _transactions.Count;
        Value steps = Value.List(_steps.ToArray());
        _transactions.Add(new Operation(
            number,
            new ProcessId(_session),
            "txn",
            Value.Nil,
            steps,
            steps,
            OperationOutcome.Ok,
            new EventPosition(2 * number),
            new EventPosition((2 * number) + 1),
            new EventIndex(number),
            CompletionIndex: null,
            _firstLine,
            _firstLine));
        _steps.Clear();
    }
}
