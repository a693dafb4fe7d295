using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Causal;

/// <summary>Why one writer of a key must come before another: the reader had the first before it and took the second's value.</summary>
internal readonly record struct CommitReason(int Key, int Earlier, int Reader, int Later);

/// <summary>
/// The commit orders that a level forces, by the axioms of Biswas &amp; Enea (OOPSLA 2019, fig. 2): where a transaction reads x from t1, and t2
/// that writes x too precedes it in the way that the level speaks of, t2 was committed before t1. A history is of the level exactly where
/// these, session order and reads have no cycle (§4 there). Only the last such t2 of each session is written down, as the
/// session orders the rest (AWDIT).
/// </summary>
internal sealed class CommitOrder
{
    private const int ReasonBytes = 16;

    private readonly SessionHistory _sessions;
    private readonly SearchMeter _meter;
    private readonly DependencyGraph.Builder _edges;

    private CommitOrder(SessionHistory sessions, SearchMeter meter)
    {
        _sessions = sessions;
        _meter = meter;
        _edges = new DependencyGraph.Builder(sessions.History.Count + 1, meter);
        AddHistory();
    }

    /// <summary>About what the reasons take.</summary>
    public long HeldBytes => (long)Reasons.Count * ReasonBytes;

    /// <summary>The reasons that edges of kind <see cref="Dependency.WriteWrite"/> have as labels.</summary>
    public List<CommitReason> Reasons { get; } = [];

    public static (DependencyGraph Graph, CommitOrder Order) Bare(SessionHistory sessions, SearchMeter meter)
    {
        var order = new CommitOrder(sessions, meter);
        return (order._edges.Build(), order);
    }

    public static (DependencyGraph Graph, CommitOrder Order) Of(SessionHistory sessions, CausalLevel level, Causality? causality, SearchMeter meter)
    {
        var order = new CommitOrder(sessions, meter);
        for (int reader = 0; reader < sessions.History.Count; reader++)
        {
            switch (level)
            {
                case CausalLevel.ReadCommitted:
                    order.AddReadCommitted(reader);
                    break;
                case CausalLevel.ReadAtomic:
                    order.AddReadAtomic(reader);
                    break;
                default:
                    order.AddCausal(reader, causality!);
                    break;
            }
        }

        return (order._edges.Build(), order);
    }

    private void AddHistory()
    {
        for (int transaction = 0; transaction < _sessions.History.Count; transaction++)
        {
            if (!_sessions.Counted[transaction])
            {
                continue;
            }

            _edges.Add(_sessions.Predecessor[transaction], transaction, Dependency.Process);
            foreach (ExternalRead read in _sessions.Reads(transaction))
            {
                _edges.Add(read.Writer, transaction, Dependency.WriteRead, read.Key);
            }
        }
    }

    /// <summary>t2 is one that the transaction read from before.</summary>
    private void AddReadCommitted(int reader)
    {
        var seen = new List<int>();
        foreach (ExternalRead read in _sessions.Reads(reader))
        {
            foreach (int earlier in seen)
            {
                AddIfWrites(earlier, read, reader);
            }

            if (!seen.Contains(read.Writer))
            {
                seen.Add(read.Writer);
            }
        }
    }

    /// <summary>t2 is one that the transaction read from, or one before it in its session.</summary>
    private void AddReadAtomic(int reader)
    {
        ReadOnlySpan<ExternalRead> reads = _sessions.Reads(reader);
        int[] seen = [.. reads.ToArray().Select(read => read.Writer).Distinct()];
        foreach (ExternalRead read in reads)
        {
            foreach (int earlier in seen)
            {
                AddIfWrites(earlier, read, reader);
            }

            int before = _sessions.Predecessor[reader];
            if (before != SessionHistory.Origin(_sessions.History))
            {
                int own = _sessions.LastWrite(_sessions.SessionOf[before], read.Key, _sessions.PlaceOf[before]);
                AddIfWrites(own, read, reader);
            }
        }
    }

    /// <summary>t2 is one that happened before the transaction.</summary>
    private void AddCausal(int reader, Causality causality)
    {
        foreach (ExternalRead read in _sessions.Reads(reader))
        {
            foreach (int session in _sessions.WritingSessions(read.Key))
            {
                int earlier = _sessions.LastWrite(session, read.Key, causality.Before(reader, session) - 1);
                if (earlier >= 0 && !causality.HappenedBefore(earlier, read.Writer))
                {
                    AddIfWrites(earlier, read, reader);
                }
            }
        }
    }

    private void AddIfWrites(int earlier, ExternalRead read, int reader)
    {
        _meter.Spend(0);
        bool other = earlier >= 0 && earlier != read.Writer && earlier != reader && earlier != SessionHistory.Origin(_sessions.History);
        if (other && _sessions.Writes(earlier, read.Key))
        {
            _meter.Spend(ReasonBytes);
            _edges.Add(earlier, read.Writer, Dependency.WriteWrite, Reasons.Count);
            Reasons.Add(new CommitReason(read.Key, earlier, reader, read.Writer));
        }
    }
}
