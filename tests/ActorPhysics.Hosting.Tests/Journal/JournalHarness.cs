using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Tests.Journal;

/// <summary>What the conformance suite asks of a journal under test beside the journal itself.</summary>
public abstract class JournalHarness : IDisposable
{
    /// <summary>Opens the journal; the caller closes what was opened before.</summary>
    public abstract IJournal Open();

    public static void Close(IJournal journal) => (journal as IDisposable)?.Dispose();

    public virtual void Dispose()
    {
    }
}

/// <summary>A journal that is kept in files.</summary>
public abstract class DurableJournalHarness : JournalHarness
{
    /// <summary>How much of the places to damage is left out: opening may be slow.</summary>
    public virtual int Stride => 1;

    /// <summary>The files of the closed journal, by name.</summary>
    public abstract Dictionary<string, byte[]> ReadFiles();

    /// <summary>Replaces all files of the closed journal.</summary>
    public abstract void WriteFiles(IReadOnlyDictionary<string, byte[]> files);

    /// <summary>The files that one append writes, in the order in which it makes them durable.</summary>
    public abstract IReadOnlyList<string> WriteOrder(IEnumerable<string> names);

    /// <summary>Makes the fsyncs of the open journal fail until told otherwise.</summary>
    public abstract void LetSyncFail(bool fails);

    /// <summary>Takes all room, or gives plenty of it back.</summary>
    public abstract void FillDisk(bool isFull);

    /// <summary>The journal, or the storage exception that opening it threw.</summary>
    public IJournal? TryOpen()
    {
        try
        {
            return Open();
        }
        catch (StorageException)
        {
            return null;
        }
    }
}
