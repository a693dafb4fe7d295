using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Hosting.Snapshots;

/// <summary>Snapshots that end with the process, for the crash-stop model and for tests.</summary>
public sealed class MemorySnapshotStore : ISnapshotStore
{
    private readonly object _gate = new();
    private readonly Dictionary<SnapshotName, Stored> _complete = [];
    private readonly Dictionary<SnapshotName, MemoryWriter> _unfinished = [];

    private sealed record Stored(ReadOnlyMemory<byte> Header, byte[] Content, SnapshotChecksum Checksum);

    public ISnapshotWriter Create(SnapshotName name, ReadOnlyMemory<byte> header)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(header.Length, SnapshotFormat.MaxHeaderBytes, nameof(header));
        var writer = new MemoryWriter(this, name, header.ToArray());
        lock (_gate)
        {
            _unfinished[name] = writer;
        }

        return writer;
    }

    public ISnapshotWriter Resume(SnapshotName name, ReadOnlyMemory<byte> header)
    {
        lock (_gate)
        {
            if (_unfinished.TryGetValue(name, out MemoryWriter? writer) && writer.Header.AsSpan().SequenceEqual(header.Span))
            {
                return writer;
            }
        }

        return Create(name, header);
    }

    public SnapshotOpening Open(SnapshotName name)
    {
        lock (_gate)
        {
            return _complete.TryGetValue(name, out Stored? stored)
                ? new SnapshotOpening(new MemoryReader(name, stored), [])
                : new SnapshotOpening(null, [new SnapshotNotice(name, "There is no such snapshot.")]);
        }
    }

    public SnapshotOpening OpenNewest(GroupId group, ReplicaId replica) =>
        List(group, replica) is [SnapshotName newest, ..] ? Open(newest) : new SnapshotOpening(null, []);

    public IReadOnlyList<SnapshotName> List(GroupId group, ReplicaId replica)
    {
        lock (_gate)
        {
            return NewestFirst(_complete.Keys, group, replica);
        }
    }

    public IReadOnlyList<SnapshotName> ListUnfinished(GroupId group, ReplicaId replica)
    {
        lock (_gate)
        {
            return NewestFirst(_unfinished.Keys, group, replica);
        }
    }

    public void Delete(SnapshotName name)
    {
        lock (_gate)
        {
            _complete.Remove(name);
            _unfinished.Remove(name);
        }
    }

    public IReadOnlyList<SnapshotName> KeepNewest(GroupId group, ReplicaId replica, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        IReadOnlyList<SnapshotName> complete = List(group, replica);
        SnapshotName[] overtaken = [.. complete.Skip(count)];
        SnapshotName[] unfinished =
            [.. ListUnfinished(group, replica).Where(name => complete is [SnapshotName newest, ..] && SnapshotOrder.Compare(name, newest) < 0)];
        lock (_gate)
        {
            foreach (SnapshotName name in overtaken)
            {
                _complete.Remove(name);
            }

            foreach (SnapshotName name in unfinished)
            {
                _unfinished.Remove(name);
            }
        }

        return [.. overtaken.Union(unfinished)];
    }

    private static SnapshotName[] NewestFirst(IEnumerable<SnapshotName> names, GroupId group, ReplicaId replica)
    {
        SnapshotName[] found = [.. names.Where(name => name.Group == group && name.Replica == replica)];
        Array.Sort(found, (a, b) => SnapshotOrder.Compare(b, a));
        return found;
    }

    private sealed class MemoryWriter(MemorySnapshotStore store, SnapshotName name, byte[] header) : ISnapshotWriter
    {
        private readonly MemoryStream _content = new();
        private bool _isComplete;

        public byte[] Header { get; } = header;
        public SnapshotName Name { get; } = name;
        public long LengthBytes => _content.Length;

        public void Write(ReadOnlySpan<byte> content)
        {
            ObjectDisposedException.ThrowIf(_isComplete, this);
            _content.Write(content);
        }

        public void Flush()
        {
            // What is in memory is as durable as it will ever be.
            ObjectDisposedException.ThrowIf(_isComplete, this);
        }

        public SnapshotChecksum Complete()
        {
            ObjectDisposedException.ThrowIf(_isComplete, this);
            byte[] content = _content.ToArray();
            using var hash = new SnapshotHash(Header);
            hash.Append(content);
            Span<byte> sha256 = stackalloc byte[SnapshotChecksum.SizeBytes];
            hash.WriteCurrent(sha256);
            SnapshotChecksum checksum = SnapshotHash.ToChecksum(sha256);
            lock (store._gate)
            {
                store._complete[Name] = new Stored(Header, content, checksum);
                store._unfinished.Remove(Name);
            }

            _isComplete = true;
            return checksum;
        }

        public void Dispose()
        {
            // An unfinished snapshot waits to be resumed.
        }
    }

    private sealed class MemoryReader(SnapshotName name, Stored stored) : ISnapshotReader
    {
        public SnapshotName Name { get; } = name;
        public ReadOnlyMemory<byte> Header => stored.Header;
        public long LengthBytes => stored.Content.Length;
        public SnapshotChecksum Checksum => stored.Checksum;

        public int Read(long offsetBytes, Span<byte> destination)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
            int count = (int)Math.Clamp(stored.Content.Length - offsetBytes, 0, destination.Length);
            if (count > 0)
            {
                stored.Content.AsSpan((int)offsetBytes, count).CopyTo(destination);
            }

            return count;
        }

        public void Dispose()
        {
            // The content belongs to the store.
        }
    }
}
