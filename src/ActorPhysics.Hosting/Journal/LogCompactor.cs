using ActorPhysics.Actors.Ports;
using ActorPhysics.Core;
using ActorPhysics.Hosting.Storage;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// Frees the oldest segment when little in it is alive: what is, is read beside the log thread and written again at the end, some at a
/// time. Each round moves at most half of what it frees, so it comes to an end.
/// </summary>
internal sealed class LogCompactor(LogState state, WriteAheadJournalOptions options, SegmentShelf shelf, CommandQueue<LogCommand> queue, ILogger logger)
{
    private const int ChunkBytes = 256 * 1024;
    private const int MinSegments = 3;

    private Segment? _victim;
    private long _liveBefore;
    private ulong _stalledAtBatch = ulong.MaxValue;

    private readonly record struct Candidate(StreamLog Stream, JournalSequence Sequence, RecordLocation Location);

    /// <summary>Begins a round when there is reason to.</summary>
    public void Consider()
    {
        if (_victim is not null || _stalledAtBatch == state.LastBatch || !IsWorthwhile())
        {
            return;
        }

        Segment victim = state.Segments[0];
        List<Candidate> candidates = Choose(victim);
        Invariant.Require(candidates.Count > 0, "JournalLiveBytes", victim.Number, number => $"segment {number} counts live bytes that no stream has");
        _victim = victim;
        _liveBefore = victim.LiveBytes;
        victim.Pin();
        shelf.RunAside(() => Read(victim, candidates));
    }

    /// <summary>The round's records were written, as far as there was room.</summary>
    public void Finish()
    {
        Segment victim = _victim!;
        _victim = null;
        victim.Unpin();
        _stalledAtBatch = victim.LiveBytes < _liveBefore ? ulong.MaxValue : state.LastBatch;
    }

    private bool IsWorthwhile()
    {
        Segment oldest = state.Segments[0];
        if (state.Segments.Count < MinSegments || oldest.IsUnreadable || oldest.LiveBytes == 0)
        {
            return false;
        }

        long live = 0;
        long capacity = 0;
        foreach (Segment segment in state.Segments)
        {
            live += segment.LiveBytes;
            capacity += CapacityOf(segment);
        }

        return oldest.LiveBytes <= options.CompactBelowLiveFraction * CapacityOf(oldest) || live <= options.CompactBelowLiveFraction * capacity;
    }

    private static long CapacityOf(Segment segment) => (long)segment.PageCount * PageFormat.ContentBytes;

    private List<Candidate> Choose(Segment victim)
    {
        var candidates = new List<Candidate>();
        long limit = Math.Min(ChunkBytes, CapacityOf(victim) / 8);
        long size = 0;
        foreach (StreamLog stream in victim.Streams)
        {
            for (int i = 0; i < stream.Index.Count && size < limit; i++)
            {
                RecordLocation location = stream.Index[i];
                if (location.Segment == victim.Number)
                {
                    candidates.Add(new Candidate(stream, stream.DeletedThrough.Plus((ulong)i).Next, location));
                    size += location.SizeBytes;
                }
            }
        }

        return candidates;
    }

    private void Read(Segment victim, List<Candidate> candidates)
    {
        var round = new Round(this, victim);
        var reader = new RecordReader(state.Journal);
        foreach (Candidate candidate in candidates)
        {
            string? damage;
            try
            {
                byte[]? record = reader.Read(victim, candidate.Location, out RecordHeader header, out damage);
                if (record is not null)
                {
                    round.Add(candidate, header.Guarded, record);
                    continue;
                }
            }
            catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
            {
                damage = fault.Message;
            }

            // The stream's owner hears of the loss at its next replay; what can still be read stays where it is.
            round.Damage = damage ?? "";
            logger.Unreadable(state.Folder, victim.Number, round.Damage);
            break;
        }

        if (!queue.TryAdd(LogCommand.Run(round)))
        {
            round.Abandon(WriteAheadJournal.ClosedFault);
        }
    }

    private sealed class Round(LogCompactor compactor, Segment victim) : ILogWork
    {
        private readonly List<(Candidate Candidate, bool Guarded, byte[] Record)> _records = [];

        public string? Damage { get; set; }

        public void Add(Candidate candidate, bool guarded, byte[] record) => _records.Add((candidate, guarded, record));

        public void RunOnLogThread(LogWriter writer)
        {
            foreach ((Candidate candidate, bool guarded, byte[] record) in _records)
            {
                writer.Relocate(
                    candidate.Stream, candidate.Sequence, candidate.Location, guarded, record.AsSpan(RecordFormat.HeaderBytes));
            }

            victim.IsUnreadable |= Damage is not null;
            writer.FinishRelocation();
        }

        public void Abandon(JournalFault fault) => compactor._victim?.Unpin();
    }
}
