namespace ActorPhysics.Hosting.Storage;

/// <summary>What is wrong with stored data or with the place where it is stored.</summary>
public enum StorageFaultKind
{
    /// <summary>The medium refused an operation.</summary>
    Medium,

    /// <summary>The medium has no room.</summary>
    Full,

    /// <summary>Another live process, or another journal of this one, uses the folder.</summary>
    InUse,

    /// <summary>The folder belongs to another node or cluster.</summary>
    Foreign,

    /// <summary>A file that must be there is not.</summary>
    Missing,

    /// <summary>A file was written by a later version, or by something else.</summary>
    UnknownFormat,

    /// <summary>Stored data does not agree with its checksum.</summary>
    Damaged,

    /// <summary>The journal is poisoned and must be opened again.</summary>
    Poisoned,
}

/// <summary>A fault of the environment met by the journal, the snapshot store or the data folder, in one sentence for the operator.</summary>
public sealed class StorageException(StorageFaultKind kind, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public StorageFaultKind Kind { get; } = kind;
}
