using System.Runtime.InteropServices;

namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// Dependencies between transactions that append to lists and read them whole: every read shows the order of the appends before it, so the
/// version order of all that was read is known, and with it every dependency (Kingsbury &amp; Alvaro, "Elle", VLDB 2020, §4.2–4.3).
/// </summary>
internal sealed class ListAppendDependencies
{
    private readonly TransactionHistory _history;
    private readonly ListTimelines _timelines;
    private readonly DependencyGraph.Builder _edges;
    private readonly Grouping _readers;
    private readonly Grouping _unread;
    private readonly List<int> _pending = [];

    private ListAppendDependencies(TransactionHistory history, ListTimelines timelines, DependencyGraph.Builder edges)
    {
        _history = history;
        _timelines = timelines;
        _edges = edges;
        _readers = Grouping.Of(history.ElementCount + history.KeyCount, Readers());
        _unread = Grouping.Of(history.KeyCount, Unread());
    }

    public static void Add(TransactionHistory history, ListTimelines timelines, DependencyGraph.Builder edges)
    {
        var dependencies = new ListAppendDependencies(history, timelines, edges);
        for (int key = 0; key < history.KeyCount; key++)
        {
            dependencies.AddKey(key);
        }
    }

    /// <summary>Walks a key's timeline with the writer of the last element and the readers who have not met a later writer yet.</summary>
    private void AddKey(int key)
    {
        int writer = TransactionHistory.Nobody;
        _pending.Clear();
        _pending.AddRange(_readers[_history.ElementCount + key]);
        foreach (int element in _timelines[key])
        {
            int next = _history.LivingWriter(element);
            if (next >= 0)
            {
                if (writer >= 0)
                {
                    _edges.Add(writer, next, Dependency.WriteWrite, element);
                }

                foreach (int reader in _pending)
                {
                    _edges.Add(reader, next, Dependency.ReadWrite, element);
                }

                _pending.Clear();
                writer = next;
            }

            _pending.AddRange(_readers[element]);
        }

        AddUnread(key, writer);
    }

    /// <summary>What was appended and never read came after all that was read: every list that was read is a prefix of the final one.</summary>
    private void AddUnread(int key, int writer)
    {
        ReadOnlySpan<int> unread = _unread[key];
        if (writer >= 0)
        {
            foreach (int element in unread)
            {
                _edges.Add(writer, _history.Writer(element), Dependency.WriteWrite, element);
            }
        }

        AntiDependencies.Add(_history, _edges, CollectionsMarshal.AsSpan(_pending), unread);
    }

    /// <summary>Readers by the last element of what they read, or by key where that was empty. Adds the wr edges on the way.</summary>
    private List<(int Version, int Transaction)> Readers()
    {
        var readers = new List<(int Version, int Transaction)>();
        VersionTree versions = _history.Versions;
        for (int transaction = 0; transaction < _history.Count; transaction++)
        {
            foreach (MicroOperation read in _history.Operations(transaction))
            {
                if (read.Kind != MicroOperationKind.ReadList)
                {
                    continue;
                }

                int element = versions.Element(read.Argument);
                readers.Add((element >= 0 ? element : _history.ElementCount + read.Key, transaction));
                if (element >= 0 && _history.LivingWriter(element) is var writer and >= 0)
                {
                    _edges.Add(writer, transaction, Dependency.WriteRead, element);
                }
            }
        }

        return readers;
    }

    /// <summary>Elements outside the timelines whose writers count as committed.</summary>
    private List<(int Key, int Element)> Unread()
    {
        bool[] counted = ObservedTransactions.Of(_history);
        var unread = new List<(int Key, int Element)>();
        for (int transaction = 0; transaction < _history.Count; transaction++)
        {
            foreach (MicroOperation append in _history.Operations(transaction))
            {
                if (append.IsWrite && counted[transaction] && !_timelines.IsIn[append.Argument] && _history.Writer(append.Argument) == transaction)
                {
                    unread.Add((append.Key, append.Argument));
                }
            }
        }

        return unread;
    }
}
