using ActorPhysics.Checking.Isolation;

namespace ActorPhysics.Checking.Causal;

/// <summary>
/// Finds which of the session guarantees of Terry et al. ("Session Guarantees for Weakly Consistent Replicated Data", PDIS 1994) a stale
/// read breaks: one that takes x from t1 although t2, which wrote x after t1 (that is, t1 happened before t2), had to be visible. Each
/// guarantee is a reason why it had to be.
/// </summary>
internal sealed class SessionGuarantees
{
    /// <summary>Stale reads that are looked at, of which there can be as many as reads.</summary>
    private const int MostStaleReads = 2000;

    private readonly SessionHistory _sessions;
    private readonly Causality _causality;
    private readonly SearchMeter _meter;
    private readonly Dictionary<CausalLevel, CausalAnomaly> _broken = [];

    private SessionGuarantees(SessionHistory sessions, Causality causality, SearchMeter meter)
    {
        _meter = meter;
        _sessions = sessions;
        _causality = causality;
    }

    /// <summary>For each broken guarantee the first pair that shows it.</summary>
    /// <returns>Whether all stale reads were looked at.</returns>
    public static bool Find(SessionHistory sessions, Causality causality, SearchMeter meter, out IReadOnlyDictionary<CausalLevel, CausalAnomaly> broken)
    {
        var search = new SessionGuarantees(sessions, causality, meter);
        broken = search._broken;
        int stale = 0;
        for (int reader = 0; reader < sessions.History.Count; reader++)
        {
            foreach (ExternalRead read in sessions.Reads(reader))
            {
                if (!search.IsStale(reader, read))
                {
                    continue;
                }

                if (++stale > MostStaleReads)
                {
                    return false;
                }

                search.Explain(reader, read);
            }
        }

        return true;
    }

    private bool IsStale(int reader, ExternalRead read)
    {
        foreach (int session in _sessions.WritingSessions(read.Key))
        {
            _meter.Spend(0);
            int last = _sessions.LastWrite(session, read.Key, _causality.Before(reader, session) - 1);
            if (last >= 0 && _causality.HappenedBefore(read.Writer, last))
            {
                return true;
            }
        }

        return false;
    }

    private void Explain(int reader, ExternalRead read)
    {
        var seen = new Dictionary<int, (int Writer, int Reader)>();
        foreach (int earlier in Upto(reader))
        {
            if (earlier != reader && _sessions.Writes(earlier, read.Key))
            {
                Report(CausalLevel.ReadYourWrites, reader, read, earlier, [], "its own session wrote");
            }

            foreach (ExternalRead before in _sessions.Reads(earlier))
            {
                if (earlier != reader && before.Key == read.Key)
                {
                    Report(CausalLevel.MonotonicReads, reader, read, before.Writer, [earlier], $"{Name(earlier)} of its session had read");
                }

                int origin = SessionHistory.Origin(_sessions.History);
                int session = before.Writer == origin ? -1 : _sessions.SessionOf[before.Writer];
                if (session >= 0 && (!seen.TryGetValue(session, out (int Writer, int Reader) known) || _sessions.PlaceOf[known.Writer] < _sessions.PlaceOf[before.Writer]))
                {
                    seen[session] = (before.Writer, earlier);
                }
            }
        }

        foreach ((int session, (int writer, int witness)) in seen.OrderBy(pair => pair.Key))
        {
            ExplainThrough(reader, read, session, writer, witness);
        }
    }

    /// <summary>What the author of a write that the reader's session has seen had written and read before it.</summary>
    private void ExplainThrough(int reader, ExternalRead read, int session, int writer, int witness)
    {
        string reason = $"{Name(witness)} of its session had read from {Name(writer)}, before which";
        ExplainBefore(reader, read, session, _sessions.PlaceOf[writer], isOwn: true, [writer, witness], reason);

        // A write of unknown outcome stands in a session of its own; what its process had done before is in another.
        int before = _sessions.Predecessor[writer];
        if (before != SessionHistory.Origin(_sessions.History) && _sessions.SessionOf[before] != session)
        {
            ExplainBefore(reader, read, _sessions.SessionOf[before], _sessions.PlaceOf[before], isOwn: false, [writer, witness], reason);
        }
    }

    /// <param name="last">The last place of the session that is looked at.</param>
    /// <param name="isOwn">Whether that is the seen write itself, which does not come before itself.</param>
    private void ExplainBefore(int reader, ExternalRead read, int session, int last, bool isOwn, int[] seen, string reason)
    {
        int own = _sessions.LastWrite(session, read.Key, isOwn ? last - 1 : last);
        if (own >= 0)
        {
            Report(CausalLevel.MonotonicWrites, reader, read, own, seen, $"{reason} the same session wrote");
        }

        for (int place = last; place >= 0 && !_broken.ContainsKey(CausalLevel.WritesFollowReads); place--)
        {
            _meter.Spend(0);
            int author = _sessions.Session(session)[place];
            foreach (ExternalRead before in _sessions.Reads(author))
            {
                if (before.Key == read.Key && before.Writer != reader)
                {
                    Report(CausalLevel.WritesFollowReads, reader, read, before.Writer, [author, .. seen], $"{reason} {Name(author)} had read");
                }
            }
        }
    }

    private void Report(CausalLevel guarantee, int reader, ExternalRead read, int newer, int[] through, string reason)
    {
        if (newer == SessionHistory.Origin(_sessions.History) || !_causality.HappenedBefore(read.Writer, newer) || _broken.ContainsKey(guarantee))
        {
            return;
        }

        TransactionHistory history = _sessions.History;
        string key = history.KeyName(read.Key);
        string stale = _sessions.WrittenValue(read.Writer, read.Key);
        string fresh = _sessions.WrittenValue(newer, read.Key);
        string older = read.Writer == SessionHistory.Origin(history) ? "the initial value" : Name(read.Writer);
        int[] actors = [read.Writer, newer, .. through, reader];
        _broken[guarantee] = new CausalAnomaly(
            guarantee,
            CausalLevels.Name(guarantee),
            [.. actors.Where(transaction => transaction < history.Count).Distinct()],
            [
                $"{Name(reader)} read {key} = {stale} from {older}",
                $"although {reason} {key} = {fresh} of {Name(newer)}",
                $"and {older} came before {Name(newer)}",
            ]);
    }

    /// <summary>The transactions of the reader's session up to itself.</summary>
    private IEnumerable<int> Upto(int reader)
    {
        int before = _sessions.Predecessor[reader];
        if (before != SessionHistory.Origin(_sessions.History))
        {
            IReadOnlyList<int> session = _sessions.Session(_sessions.SessionOf[before]);
            for (int place = 0; place <= _sessions.PlaceOf[before]; place++)
            {
                yield return session[place];
            }
        }

        yield return reader;
    }

    private string Name(int transaction) => _sessions.History.Name(transaction);
}
