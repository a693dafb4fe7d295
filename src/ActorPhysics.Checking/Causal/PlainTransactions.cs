using System.Globalization;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Causal;

/// <summary>
/// Reads the plain notation for sessions of transactions: a line <c>w key value</c> or <c>r key value</c> for each micro-operation, with
/// integers; a line of at least three '-' ends a transaction, one of at least three '=' a session. Everything committed.
/// </summary>
public static class PlainTransactions
{
    /// <param name="fault">What is no such line; null on success.</param>
    public static TransactionHistory? Parse(string text, out HistoryFault? fault)
    {
        var builder = new TransactionHistoryBuilder();
        int session = 0;
        int transactions = 0;
        bool open = false;
        int number = 0;
        fault = null;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            ReadOnlySpan<char> words = line.Trim();
            bool endsSession = words.StartsWith("===", StringComparison.Ordinal);
            if (words.IsEmpty)
            {
                continue;
            }

            if (endsSession || words.StartsWith("---", StringComparison.Ordinal))
            {
                open = End(builder, open, transactions);
                session += endsSession ? 1 : 0;
                continue;
            }

            if (!open)
            {
                open = true;
                transactions++;
                builder.Begin(session, 2 * transactions, transactions - 1);
            }

            if (!TryAdd(builder, words.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            {
                fault = new HistoryFault(number, $"'{words}' is neither 'w key value' nor 'r key value'");
                return null;
            }
        }

        End(builder, open, transactions);
        return builder.Build();
    }

    private static bool End(TransactionHistoryBuilder builder, bool open, int transactions)
    {
        if (open)
        {
            builder.End(TransactionOutcome.Committed, (2 * transactions) + 1);
        }

        return false;
    }

    private static bool TryAdd(TransactionHistoryBuilder builder, string[] words)
    {
        if (words.Length != 3 || !long.TryParse(words[1], CultureInfo.InvariantCulture, out long key) || !long.TryParse(words[2], CultureInfo.InvariantCulture, out long value))
        {
            return false;
        }

        switch (words[0])
        {
            case "w":
                builder.Write(builder.Token(key), builder.Token(value));
                return true;
            case "r":
                builder.ReadValue(builder.Token(key), builder.Token(value));
                return true;
            default:
                return false;
        }
    }
}
