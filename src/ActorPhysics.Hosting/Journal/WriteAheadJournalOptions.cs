namespace ActorPhysics.Hosting.Journal;

/// <summary>Settings of a <see cref="WriteAheadJournal"/>; the defaults suit a node with a disk of its own.</summary>
public sealed record WriteAheadJournalOptions
{
    /// <summary>The smallest segment, in bytes.</summary>
    public const int MinSegmentBytes = 16 * PageFormat.SizeBytes;

    /// <summary>The size of one segment file, in bytes; rounded down to whole pages of 4 KiB. From 64 KiB to 1 GiB.</summary>
    public int SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// The size of the reserve, in bytes. While the disk is full its room is handed out, so that snapshots and with them trims can go
    /// on; new appends are accepted again when it could be filled up. 0 for none.
    /// </summary>
    public long ReserveBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The largest append, in bytes; never more than half a segment.</summary>
    public int MaxAppendBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>How much is written and fsynced at once, in bytes, before the next batch begins.</summary>
    public int MaxBatchBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How often the log thread looks for work before it goes to sleep: waking a thread costs more than an fsync can save.</summary>
    public int SpinIterations { get; init; } = 50;

    /// <summary>
    /// When no more than this part of the oldest segment, or of all of them, is alive, what is alive in the oldest is written again at
    /// the end, so that an idle stream does not hold the whole log. From 0 to 0.75.
    /// </summary>
    public double CompactBelowLiveFraction { get; init; } = 0.5;

    /// <summary>How often a full disk is looked at again.</summary>
    public TimeSpan DiskFullRetry { get; init; } = TimeSpan.FromSeconds(1);

    internal uint SegmentPages => (uint)(SegmentBytes / PageFormat.SizeBytes);

    internal int EffectiveMaxAppendBytes => Math.Min(MaxAppendBytes, (int)(SegmentPages / 2 * PageFormat.ContentBytes));

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(SegmentBytes, MinSegmentBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SegmentBytes, 1024 * 1024 * 1024);
        ArgumentOutOfRangeException.ThrowIfNegative(ReserveBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAppendBytes, PageFormat.SizeBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBatchBytes, PageFormat.SizeBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(SpinIterations);
        ArgumentOutOfRangeException.ThrowIfNegative(CompactBelowLiveFraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CompactBelowLiveFraction, 0.75);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(DiskFullRetry, TimeSpan.Zero);
    }
}
