using ActorPhysics.Checking.Causal;
using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Tests.Causal;

/// <summary>
/// The axioms of Biswas &amp; Enea read literally: a history is of a level if some total order of its transactions contains sessions and reads and
/// satisfies the level's axiom. Tries every order.
/// </summary>
internal sealed class CommitOrders
{
    private readonly List<(int Reader, int Place, int Key, int Writer)> _reads = [];
    private readonly bool[,] _follows;
    private readonly bool[,] _happened;
    private readonly HashSet<(int Transaction, int Key)> _writes = [];
    private readonly CausalLevel _level;
    private readonly int _count;

    /// <param name="history">All committed; transaction n after them wrote every initial value.</param>
    public CommitOrders(TransactionHistory history, CausalLevel level)
    {
        _level = level;
        _count = history.Count + 1;
        _follows = new bool[_count, _count];
        for (int reader = 0; reader < history.Count; reader++)
        {
            _follows[history.Count, reader] = true;
            for (int other = 0; other < reader; other++)
            {
                _follows[other, reader] = history.Process(other) == history.Process(reader);
            }

            AddAccesses(history, reader);
        }

        for (int key = 0; key < history.KeyCount; key++)
        {
            _writes.Add((history.Count, key));
        }

        _happened = Closure();
    }

    public bool Exists() => Extend([]);

    private void AddAccesses(TransactionHistory history, int reader)
    {
        int place = 0;
        foreach (MicroOperation operation in history.Operations(reader))
        {
            place++;
            if (operation.IsWrite)
            {
                _writes.Add((reader, operation.Key));
            }
            else if (!_writes.Contains((reader, operation.Key)))
            {
                _reads.Add((reader, place, operation.Key, operation.Argument < 0 ? history.Count : history.Writer(operation.Argument)));
            }
        }
    }

    private bool[,] Closure()
    {
        var closure = (bool[,])_follows.Clone();
        _reads.ForEach(read => closure[read.Writer, read.Reader] = true);
        for (int via = 0; via < _count; via++)
        {
            for (int a = 0; a < _count; a++)
            {
                for (int b = 0; b < _count; b++)
                {
                    closure[a, b] |= closure[a, via] && closure[via, b];
                }
            }
        }

        return closure;
    }

    private bool Extend(List<int> order)
    {
        if (order.Count == _count)
        {
            return Satisfies(order);
        }

        for (int next = 0; next < _count; next++)
        {
            if (order.Contains(next) || Enumerable.Range(0, _count).Any(before => _happened[before, next] && !order.Contains(before)))
            {
                continue;
            }

            order.Add(next);
            if (Extend(order))
            {
                return true;
            }

            order.RemoveAt(order.Count - 1);
        }

        return false;
    }

    private bool Satisfies(List<int> order) => _reads.TrueForAll(read =>
        Enumerable.Range(0, _count).All(other =>
            other == read.Writer
            || !_writes.Contains((other, read.Key))
            || !Precedes(other, read.Reader, read.Place)
            || order.IndexOf(other) < order.IndexOf(read.Writer)));

    private bool Precedes(int other, int reader, int place) => other != reader && _level switch
    {
        CausalLevel.ReadCommitted => _reads.Exists(read => read.Reader == reader && read.Writer == other && read.Place < place),
        CausalLevel.ReadAtomic => _follows[other, reader] || _reads.Exists(read => read.Reader == reader && read.Writer == other),
        _ => _happened[other, reader],
    };
}

/// <summary>At most five transactions in at most three sessions on two registers, which read any value written anywhere.</summary>
internal static class TinySessions
{
    public static TransactionHistory Of(Random random)
    {
        var builder = new TransactionHistoryBuilder();
        int count = 3 + random.Next(3);
        var steps = new List<(int Transaction, int Key, int? Written)>();
        for (int transaction = 0; transaction < count; transaction++)
        {
            for (int step = 1 + random.Next(3); step > 0; step--)
            {
                int key = random.Next(2);
                bool again = steps.Exists(other => other.Transaction == transaction && other.Key == key && other.Written is not null);
                steps.Add((transaction, key, !again && random.Next(2) == 0 ? (10 * transaction) + step : null));
            }
        }

        ValueToken[] keys = [builder.Token("x"), builder.Token("y")];
        int[] processes = [.. Enumerable.Range(0, count).Select(_ => random.Next(3))];
        for (int transaction = 0; transaction < count; transaction++)
        {
            builder.Begin(processes[transaction], 2 * transaction, transaction);
            var own = new Dictionary<int, int>();
            foreach ((_, int key, int? written) in steps.Where(step => step.Transaction == transaction))
            {
                if (written is { } value)
                {
                    builder.Write(keys[key], builder.Token(value));
                    own[key] = value;
                    continue;
                }

                int?[] choices = [null, .. steps.Where(step => step.Key == key && step.Written is not null && step.Transaction < transaction + random.Next(2) && step.Transaction != transaction).Select(step => step.Written)];
                int? read = own.TryGetValue(key, out int mine) ? mine : choices[random.Next(choices.Length)];
                builder.ReadValue(keys[key], read is { } number ? builder.Token(number) : null);
            }

            builder.End(TransactionOutcome.Committed, (2 * transaction) + 1);
        }

        return builder.Build();
    }
}
