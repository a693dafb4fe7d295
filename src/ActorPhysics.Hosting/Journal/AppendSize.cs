using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Hosting.Journal;

/// <summary>The size of an append, as <see cref="IJournal.MaxAppendBytes"/> counts it.</summary>
internal static class AppendSize
{
    private const int CountedBytesPerRecord = 64;

    /// <exception cref="ArgumentOutOfRangeException">The append is larger than the limit.</exception>
    public static void RequireWithin(int limitBytes, IReadOnlyList<JournalRecord> records)
    {
        long size = 0;
        for (int i = 0; i < records.Count; i++)
        {
            size += CountedBytesPerRecord + records[i].Payload.Length;
        }

        if (size > limitBytes)
        {
            throw new ArgumentOutOfRangeException(nameof(records), size, $"An append may hold {limitBytes} bytes, counting {CountedBytesPerRecord} per record.");
        }
    }
}
