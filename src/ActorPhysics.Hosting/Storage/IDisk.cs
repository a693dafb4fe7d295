namespace ActorPhysics.Hosting.Storage;

/// <summary>How a file is opened.</summary>
internal enum DiskAccess
{
    /// <summary>The file exists and is only read.</summary>
    Read,

    /// <summary>The file exists and is read and written.</summary>
    ReadWrite,

    /// <summary>The file is created, or emptied, and written.</summary>
    Create,
}

/// <summary>
/// The few things that the journal and the snapshot store ask of a file system, so that a test can put a faulty one below them.
/// What the medium refuses is an <see cref="IOException"/>; <see cref="DiskErrors.IsFull"/> tells whether it was for lack of room.
/// </summary>
internal interface IDisk
{
    IDiskFile Open(string path, DiskAccess access);
    bool Exists(string path);
    void CreateFolder(string path);

    /// <summary>The names (not paths) of the files in a folder, in ordinal order.</summary>
    IReadOnlyList<string> List(string folder);

    /// <summary>Renames a file, replacing what has the new name. Durable only after <see cref="SyncFolder"/>.</summary>
    void Rename(string path, string newPath);

    /// <summary>Deletes a file; it may be absent. Durable only after <see cref="SyncFolder"/>.</summary>
    void Delete(string path);

    /// <summary>Makes the names in a folder durable: creations, renames and deletions so far.</summary>
    void SyncFolder(string folder);

    /// <summary>
    /// Takes an exclusive lock that ends with the returned object or with the process, whichever comes first.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageFaultKind.InUse"/>: someone holds it.</exception>
    IDisposable Lock(string path);

    /// <summary>How much could still be written below this folder.</summary>
    long AvailableBytes(string folder);
}

/// <summary>An open file.</summary>
internal interface IDiskFile : IDisposable
{
    long LengthBytes { get; }

    /// <summary>Reads until <paramref name="destination"/> is full or the file ends; returns the number of bytes read.</summary>
    int Read(Span<byte> destination, long offsetBytes);

    /// <summary>Writes all of <paramref name="source"/>; when it throws, any part may have been written.</summary>
    void Write(ReadOnlySpan<byte> source, long offsetBytes);

    /// <summary>Cuts or extends the file; what is added reads as zeros.</summary>
    void SetLength(long lengthBytes);

    /// <summary>
    /// Returns when everything written so far is on the medium. When it throws, nobody knows what is, and calling it again would
    /// prove nothing: the kernel may have dropped the pages.
    /// </summary>
    void Sync();
}
