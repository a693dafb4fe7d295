using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Journal;

/// <summary>One segment of the open log. Its fields belong to the log thread; the file may be read, and the pins changed, by others.</summary>
internal sealed class Segment(ulong number, string path, IDiskFile file, uint pageCount) : IDisposable
{
    private int _pins;

    public ulong Number { get; } = number;
    public string Path { get; } = path;
    public IDiskFile File { get; } = file;
    public uint PageCount { get; } = pageCount;

    /// <summary>The first page that was not written yet. Invariant: no page before it is ever written again in this run.</summary>
    public uint NextPage { get; set; }

    public uint RemainingPages => PageCount - NextPage;

    /// <summary>How many bytes of records are still needed. Zero, in the oldest segment, lets it be recycled.</summary>
    public long LiveBytes { get; set; }

    /// <summary>The streams that had records here; a superset of those that have.</summary>
    public HashSet<StreamLog> Streams { get; } = [];

    /// <summary>A record of it could not be read back when it was to be written again; it stays as it is for diagnosis.</summary>
    public bool IsUnreadable { get; set; }

    public bool IsPinned => Volatile.Read(ref _pins) > 0;

    /// <summary>Keeps the file from being recycled while it is read.</summary>
    public void Pin() => Interlocked.Increment(ref _pins);

    public void Unpin() => Interlocked.Decrement(ref _pins);

    public void Dispose() => File.Dispose();
}
