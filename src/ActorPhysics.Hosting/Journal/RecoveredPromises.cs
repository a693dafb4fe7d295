using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Hosting.Journal;

/// <summary>Compares what the log says with the book of promises.</summary>
internal static class RecoveredPromises
{
    /// <summary>
    /// Decides what the latest guarded payload of each stream is, and finds losses that left no trace in the log. A sound log is right
    /// by itself; where it lost something, the book is asked; and where no one can know, that is said.
    /// </summary>
    public static void Reconcile(RecoveredHistory history, PromiseBook.Contents book)
    {
        IReadOnlyDictionary<JournalStreamId, GuardedPayload> entries = book.Entries ?? new Dictionary<JournalStreamId, GuardedPayload>();
        foreach ((JournalStreamId id, GuardedPayload promised) in entries)
        {
            // The book is written after the log was fsynced. A log that ends before what the book holds has lost its end since.
            RecoveredStream stream = history.StreamOf(id);
            bool isUnknown = stream.Last == JournalSequence.Zero;
            if (!stream.IsLost && (isUnknown || promised.Sequence > stream.Last))
            {
                stream.Lose(stream.Last.Next, $"The second copy of the promises knows more than the log: {history.DescribeDamage()}");
            }
        }

        foreach (RecoveredStream stream in history.Streams.Values)
        {
            if (stream.IsLost)
            {
                stream.Guarded = ResolveLost(stream, book, entries);
            }
        }
    }

    private static GuardedPayload ResolveLost(
        RecoveredStream stream, PromiseBook.Contents book, IReadOnlyDictionary<JournalStreamId, GuardedPayload> entries)
    {
        if (!book.IsSure || stream.Guarded.IsDamaged)
        {
            return GuardedPayload.Damaged;
        }

        GuardedPayload promised = entries.GetValueOrDefault(stream.Id);
        if (promised.IsDamaged)
        {
            return GuardedPayload.Damaged;
        }

        // The lost sequences will be given out again: the payload counts as appended before them.
        return promised with { Sequence = JournalSequence.Min(promised.Sequence, stream.Last) };
    }
}
