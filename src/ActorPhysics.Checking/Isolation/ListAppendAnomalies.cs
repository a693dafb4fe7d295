namespace ActorPhysics.Checking.Isolation;

/// <summary>What is wrong with transactions over lists without any cycle of transactions (Kingsbury &amp; Alvaro, VLDB 2020, §4.3, §6).</summary>
internal sealed class ListAppendAnomalies
{
    private const int None = -1;

    private readonly TransactionHistory _history;
    private readonly VersionTree _versions;
    private readonly AnomalyList _anomalies;
    private readonly WriteFaults _faults;

    // Of each version an element of it that aborted, that nobody wrote, that it holds twice; None where it has none such.
    private readonly int[] _aborted;
    private readonly int[] _unwritten;
    private readonly int[] _duplicate;

    // Of each element the least depth at which anyone saw it.
    private readonly int[] _leastDepth;

    private ListAppendAnomalies(TransactionHistory history, AnomalyList anomalies)
    {
        _history = history;
        _versions = history.Versions;
        _anomalies = anomalies;
        _faults = new WriteFaults(history);
        _aborted = NewFlags();
        _unwritten = NewFlags();
        _duplicate = NewFlags();
        _leastDepth = new int[history.ElementCount];
        Array.Fill(_leastDepth, int.MaxValue);
        MarkVersions();
    }

    public static void Find(TransactionHistory history, ListTimelines timelines, AnomalyList anomalies)
    {
        var search = new ListAppendAnomalies(history, anomalies);
        var readers = new int[search._versions.Count];
        Array.Fill(readers, None);
        var state = new KeyStates<Expectation>(history.KeyCount);
        for (int transaction = 0; transaction < history.Count; transaction++)
        {
            if (history.Outcome(transaction) == TransactionOutcome.Committed)
            {
                search.Judge(transaction, state, readers);
            }
        }

        search.AddIncompatibleOrders(readers);
        search.AddDirtyUpdates(timelines);
        LostUpdates.Find(history, anomalies);
    }

    private void MarkVersions()
    {
        for (int version = 0; version < _versions.Count; version++)
        {
            int element = _versions.Element(version);
            if (element < 0)
            {
                continue;
            }

            int parent = _versions.Parent(version);
            _aborted[version] = WriteFaults.IsAborted(_history, element) ? element : _aborted[parent];
            _unwritten[version] = _history.Writer(element) == TransactionHistory.Nobody ? element : _unwritten[parent];
            bool again = _leastDepth[element] != int.MaxValue && Holds(parent, element);
            _duplicate[version] = again ? element : _duplicate[parent];
            _leastDepth[element] = Math.Min(_leastDepth[element], _versions.Depth(version));
        }
    }

    private void Judge(int transaction, KeyStates<Expectation> state, int[] readers)
    {
        state.Clear();
        foreach (MicroOperation operation in _history.Operations(transaction))
        {
            if (!operation.IsWrite && !operation.IsKnownRead)
            {
                continue;
            }

            Expectation? key = state.Find(operation.Key);
            if (key is null)
            {
                key = new Expectation();
                state.Add(operation.Key, key);
            }

            if (operation.IsWrite)
            {
                JudgeFuture(transaction, operation, key);
                key.Appended.Add(operation.Argument);
                continue;
            }

            readers[operation.Argument] = readers[operation.Argument] == None ? transaction : readers[operation.Argument];
            JudgeRead(transaction, operation);
            JudgeInside(transaction, operation, key);
            key.Read(operation.Argument);
        }
    }

    private void JudgeRead(int reader, MicroOperation read)
    {
        int version = read.Argument;
        if (_aborted[version] != None)
        {
            AddRead(AnomalyKind.AbortedRead, reader, read, _aborted[version], "which aborted");
        }

        if (_unwritten[version] != None)
        {
            AddRead(AnomalyKind.UnwrittenRead, reader, read, _unwritten[version], "");
        }

        if (_duplicate[version] != None)
        {
            AddRead(AnomalyKind.DuplicateElements, reader, read, _duplicate[version], "only once");
        }

        int last = _versions.Element(version);
        if (last >= 0 && _faults.Intermediate[last] && _history.Writer(last) != reader)
        {
            AddRead(AnomalyKind.IntermediateRead, reader, read, last, "which appended more to the key");
        }
    }

    private void AddRead(AnomalyKind kind, int reader, MicroOperation read, int element, string reason)
    {
        int writer = _history.Writer(element);
        _anomalies.Add(new AnomalyType(kind), writer >= 0 && writer != reader ? [writer, reader] : [reader], () =>
        {
            string by = writer >= 0 ? $"was appended by {_history.Name(writer)}, {reason}" : "was appended by nobody";
            return [$"{_history.Name(reader)} did {_history.Describe(read)}, where {_history.ElementName(element)} {by}"];
        });
    }

    /// <summary>A read must end in the transaction's own appends, and before them show what it read last.</summary>
    private void JudgeInside(int transaction, MicroOperation read, Expectation key)
    {
        int version = read.Argument;
        for (int i = key.Appended.Count - 1; i >= 0 && version != None; i--)
        {
            version = _versions.Element(version) == key.Appended[i] ? _versions.Parent(version) : None;
        }

        if (version != None && (key.Version == None || key.Version == version))
        {
            return;
        }

        _anomalies.Add(new AnomalyType(AnomalyKind.InternalInconsistency), [transaction], () =>
        {
            string before = key.Version == None ? "a list" : _history.DescribeVersion(key.Version);
            string own = string.Join(' ', key.Appended.Select(_history.ElementName));
            return [$"{_history.Name(transaction)} did {_history.Describe(read)} where its own operations before imply {before}, then [{own}]"];
        });
    }

    private void JudgeFuture(int transaction, MicroOperation append, Expectation key)
    {
        int version = key.Version;
        if (version == None || _leastDepth[append.Argument] > _versions.Depth(version) || !Holds(version, append.Argument))
        {
            return;
        }

        _anomalies.Add(new AnomalyType(AnomalyKind.FutureRead), [transaction], () =>
            [$"{_history.Name(transaction)} read {_history.KeyName(append.Key)} as {_history.DescribeVersion(version)} before its own {_history.Describe(append)}"]);
    }

    private void AddIncompatibleOrders(int[] readers)
    {
        for (int version = _versions.Count - 1; version >= 0; version--)
        {
            int parent = _versions.Parent(version);
            if (parent != None && readers[version] != None)
            {
                readers[parent] = readers[parent] == None ? readers[version] : readers[parent];
            }
        }

        for (int version = 0; version < _versions.Count; version++)
        {
            if (!_versions.Branches(version))
            {
                continue;
            }

            int one = _versions.FirstChild(version);
            int other = _versions.NextSibling(one);
            int[] witnesses = [.. new[] { readers[other], readers[one] }.Where(reader => reader != None).Distinct()];
            _anomalies.Add(new AnomalyType(AnomalyKind.IncompatibleOrder), witnesses, () =>
            {
                string key = _history.KeyName(_history.KeyOf(_versions.Element(one)));
                return [$"{key} was read as {_history.DescribeVersion(other)}… and as {_history.DescribeVersion(one)}…"];
            });
        }
    }

    private void AddDirtyUpdates(ListTimelines timelines)
    {
        for (int key = 0; key < _history.KeyCount; key++)
        {
            int aborted = None;
            foreach (int element in timelines[key])
            {
                int writer = _history.Writer(element);
                if (WriteFaults.IsAborted(_history, element))
                {
                    aborted = aborted == None ? element : aborted;
                }
                else if (writer >= 0 && _history.Outcome(writer) == TransactionOutcome.Committed && aborted != None)
                {
                    AddDirtyUpdate(key, aborted, element);
                    aborted = None;
                }
            }
        }
    }

    private void AddDirtyUpdate(int key, int aborted, int committed)
    {
        (int first, int second) = (_history.Writer(aborted), _history.Writer(committed));
        _anomalies.Add(new AnomalyType(AnomalyKind.DirtyUpdate), [first, second], () =>
            [$"{_history.Name(second)} appended {_history.ElementName(committed)} to {_history.KeyName(key)} on top of {_history.ElementName(aborted)}, which {_history.Name(first)} appended, and aborted"]);
    }

    private bool Holds(int version, int element)
    {
        while (version != None && _versions.Element(version) != element)
        {
            version = _versions.Parent(version);
        }

        return version != None;
    }

    private int[] NewFlags()
    {
        var flags = new int[_versions.Count];
        Array.Fill(flags, None);
        return flags;
    }

    /// <summary>What a transaction knows of a key's list: the version that it read last, and what it appended since.</summary>
    private sealed class Expectation
    {
        public int Version { get; private set; } = None;

        public List<int> Appended { get; } = [];

        public void Read(int version)
        {
            Version = version;
            Appended.Clear();
        }
    }
}
