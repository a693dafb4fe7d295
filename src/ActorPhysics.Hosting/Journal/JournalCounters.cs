namespace ActorPhysics.Hosting.Journal;

/// <summary>What a journal has done since it was opened.</summary>
/// <param name="Batches">Batches written, each with one fsync.</param>
/// <param name="Records">Records appended.</param>
/// <param name="WrittenBytes">Bytes written to segments.</param>
public readonly record struct JournalStatistics(long Batches, long Records, long WrittenBytes);

/// <summary>Counts on the log thread, read by any.</summary>
internal sealed class JournalCounters
{
    private long _batches;
    private long _records;
    private long _writtenBytes;

    public JournalStatistics Now => new(Volatile.Read(ref _batches), Volatile.Read(ref _records), Volatile.Read(ref _writtenBytes));

    public void CountBatch(int records, long writtenBytes)
    {
        Volatile.Write(ref _batches, _batches + 1);
        Volatile.Write(ref _records, _records + records);
        Volatile.Write(ref _writtenBytes, _writtenBytes + writtenBytes);
    }
}
