using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Actors.Ports;

/// <summary>
/// Materialized log prefixes of a node's replicas. Calls block: they belong on a background worker, never on an event loop. A
/// snapshot exists for readers only when it is complete and durable. Implementations throw their host's storage exception when the
/// medium fails; a damaged snapshot is a notice, not an exception.
/// </summary>
public interface ISnapshotStore
{
    /// <summary>Starts a snapshot aside; an unfinished one of the same name is thrown away.</summary>
    /// <param name="name">Its name; a complete snapshot of that name is replaced when the new one is complete.</param>
    /// <param name="header">Bytes of the caller's, kept with the content and covered by the checksum; at most 1 MiB.</param>
    ISnapshotWriter Create(SnapshotName name, ReadOnlyMemory<byte> header);

    /// <summary>
    /// Continues an unfinished snapshot of this name and header, at <see cref="ISnapshotWriter.LengthBytes"/>: everything before was
    /// verified. Starts at 0 when there is none, or when its header differs.
    /// </summary>
    ISnapshotWriter Resume(SnapshotName name, ReadOnlyMemory<byte> header);

    /// <summary>Opens a complete snapshot after verifying all of it.</summary>
    SnapshotOpening Open(SnapshotName name);

    /// <summary>Opens the newest snapshot that verifies; newer ones that do not are named in the notices.</summary>
    SnapshotOpening OpenNewest(GroupId group, ReplicaId replica);

    /// <summary>The complete snapshots of a replica, newest first, without verifying them.</summary>
    IReadOnlyList<SnapshotName> List(GroupId group, ReplicaId replica);

    /// <summary>The unfinished snapshots of a replica, newest first.</summary>
    IReadOnlyList<SnapshotName> ListUnfinished(GroupId group, ReplicaId replica);

    /// <summary>Deletes a snapshot, complete or not; it may be absent.</summary>
    void Delete(SnapshotName name);

    /// <summary>
    /// Deletes the snapshots older than the newest <paramref name="count"/> that verify, and the unfinished ones older than the newest
    /// of these. Damaged ones do not count, and those among the ones that are kept stay for diagnosis.
    /// </summary>
    /// <param name="count">At least 1.</param>
    /// <returns>What was deleted.</returns>
    IReadOnlyList<SnapshotName> KeepNewest(GroupId group, ReplicaId replica, int count);
}

/// <summary>Writes one snapshot. Disposing it before <see cref="Complete"/> leaves it unfinished, to be resumed or thrown away.</summary>
public interface ISnapshotWriter : IDisposable
{
    SnapshotName Name { get; }

    /// <summary>How many content bytes have been taken so far: the offset at which the next write goes on.</summary>
    long LengthBytes { get; }

    void Write(ReadOnlySpan<byte> content);

    /// <summary>Makes what was written so far, in whole chunks, survive a crash, so that a transfer resumes there.</summary>
    void Flush();

    /// <summary>Makes the snapshot durable and visible under its name. Returns the checksum over header and content.</summary>
    SnapshotChecksum Complete();
}

/// <summary>A verified snapshot. It stays readable while it is open, even when it is deleted meanwhile (where the system allows that).</summary>
public interface ISnapshotReader : IDisposable
{
    SnapshotName Name { get; }
    ReadOnlyMemory<byte> Header { get; }
    long LengthBytes { get; }
    SnapshotChecksum Checksum { get; }

    /// <summary>Reads content from an offset; returns the number of bytes read, 0 at the end. Safe to call from several threads.</summary>
    int Read(long offsetBytes, Span<byte> destination);
}

/// <summary>A snapshot that was found damaged, and how.</summary>
public sealed record SnapshotNotice(SnapshotName Name, string Detail);

/// <summary>The outcome of opening a snapshot: a reader, or none, and the damage met on the way.</summary>
public sealed record SnapshotOpening(ISnapshotReader? Reader, IReadOnlyList<SnapshotNotice> Notices);
