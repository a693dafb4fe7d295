using System.Security.Cryptography;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Simulation.Randomness;

namespace ActorPhysics.Simulation.Storage;

/// <summary>The storage of a simulated node failed.</summary>
public sealed class SimulatedStorageException(string message) : IOException(message);

/// <summary>The state snapshots on a simulated disk. They become visible and durable in one step, as a rename does it.</summary>
internal sealed class SimulatedSnapshots : ISnapshotStore
{
    private readonly SortedDictionary<LogIndex, Stored> _complete = [];
    private readonly SortedDictionary<LogIndex, Writer> _unfinished = [];

    /// <summary>Every write fails: there is no room, say.</summary>
    public bool FailsWrites { get; set; }

    /// <summary>The index of the newest complete snapshot, sound or not.</summary>
    public LogIndex Newest => _complete.Count == 0 ? LogIndex.Zero : _complete.Keys.Last();

    /// <summary>The index of the newest snapshot that can be opened.</summary>
    public LogIndex NewestSound { get; private set; }

    /// <summary>Whether one of them cannot.</summary>
    public bool HasDamage => _complete.Values.Any(stored => !stored.IsSound);

    public IEnumerable<LogIndex> Sound => _complete.Where(pair => pair.Value.IsSound).Select(pair => pair.Key);

    public ISnapshotWriter Create(SnapshotName name, ReadOnlyMemory<byte> header)
    {
        var writer = new Writer(this, name, header.ToArray());
        _unfinished[name.Position.Index] = writer;
        return writer;
    }

    public ISnapshotWriter Resume(SnapshotName name, ReadOnlyMemory<byte> header) =>
        _unfinished.TryGetValue(name.Position.Index, out Writer? writer) && writer.Name == name && writer.Header.AsSpan().SequenceEqual(header.Span)
            ? writer
            : Create(name, header);

    public SnapshotOpening Open(SnapshotName name)
    {
        if (!_complete.TryGetValue(name.Position.Index, out Stored? stored) || stored.Name != name)
        {
            return new SnapshotOpening(null, [new SnapshotNotice(name, "there is no such snapshot")]);
        }

        return stored.IsSound ? new SnapshotOpening(new Reader(stored), []) : new SnapshotOpening(null, [new SnapshotNotice(name, "its checksum fails")]);
    }

    public SnapshotOpening OpenNewest(GroupId group, ReplicaId replica)
    {
        var notices = new List<SnapshotNotice>();
        foreach (SnapshotName name in List(group, replica))
        {
            SnapshotOpening opening = Open(name);
            notices.AddRange(opening.Notices);
            if (opening.Reader is not null)
            {
                return new SnapshotOpening(opening.Reader, notices);
            }
        }

        return new SnapshotOpening(null, notices);
    }

    public IReadOnlyList<SnapshotName> List(GroupId group, ReplicaId replica) => [.. _complete.Values.Reverse().Select(stored => stored.Name)];

    public IReadOnlyList<SnapshotName> ListUnfinished(GroupId group, ReplicaId replica) => [.. _unfinished.Values.Reverse().Select(writer => writer.Name)];

    public void Delete(SnapshotName name)
    {
        _complete.Remove(name.Position.Index);
        _unfinished.Remove(name.Position.Index);
        FindNewestSound();
    }

    public IReadOnlyList<SnapshotName> KeepNewest(GroupId group, ReplicaId replica, int count)
    {
        List<LogIndex> kept = [.. Sound.Reverse().Take(count)];
        if (kept.Count == 0)
        {
            return [];
        }

        var deleted = new List<SnapshotName>();
        foreach (Stored stored in _complete.Values.Where(stored => stored.Name.Position.Index < kept[^1]).ToList())
        {
            deleted.Add(stored.Name);
            _complete.Remove(stored.Name.Position.Index);
        }

        foreach (Writer writer in _unfinished.Values.Where(writer => writer.Name.Position.Index < kept[0]).ToList())
        {
            deleted.Add(writer.Name);
            _unfinished.Remove(writer.Name.Position.Index);
        }

        return deleted;
    }

    /// <summary>What was being written may be there to be resumed, or not.</summary>
    public void Crash(SeededRandom random)
    {
        if (random.OneIn(2))
        {
            _unfinished.Clear();
        }
    }

    /// <summary>A bit of the newest snapshot flips. False when there is none.</summary>
    public bool DamageNewest()
    {
        if (_complete.Count == 0)
        {
            return false;
        }

        _complete[Newest] = _complete[Newest] with { IsSound = false };
        FindNewestSound();
        return true;
    }

    private void FindNewestSound() => NewestSound = Sound.LastOrDefault();

    private sealed record Stored(SnapshotName Name, byte[] Header, byte[] Content, SnapshotChecksum Checksum, bool IsSound);

    private sealed class Writer(SimulatedSnapshots store, SnapshotName name, byte[] header) : ISnapshotWriter
    {
        private readonly MemoryStream _content = new();

        public byte[] Header => header;
        public SnapshotName Name => name;
        public long LengthBytes => _content.Length;

        public void Write(ReadOnlySpan<byte> content)
        {
            store.RequireRoom();
            _content.Write(content);
        }

        public void Flush() => store.RequireRoom();

        public SnapshotChecksum Complete()
        {
            store.RequireRoom();
            byte[] content = _content.ToArray();
            byte[] hash = SHA256.HashData([.. header, .. content]);
            SnapshotChecksum.TryRead(hash, out SnapshotChecksum checksum);
            store._complete[name.Position.Index] = new Stored(name, header, content, checksum, IsSound: true);
            store._unfinished.Remove(name.Position.Index);
            store.FindNewestSound();
            return checksum;
        }

        public void Dispose()
        {
            // An unfinished snapshot waits to be resumed.
        }
    }

    private void RequireRoom()
    {
        if (FailsWrites)
        {
            throw new SimulatedStorageException("no room on the simulated disk");
        }
    }

    private sealed class Reader(Stored stored) : ISnapshotReader
    {
        public SnapshotName Name => stored.Name;
        public ReadOnlyMemory<byte> Header => stored.Header;
        public long LengthBytes => stored.Content.Length;
        public SnapshotChecksum Checksum => stored.Checksum;

        public int Read(long offsetBytes, Span<byte> destination)
        {
            int count = (int)Math.Clamp(stored.Content.Length - offsetBytes, 0, destination.Length);
            stored.Content.AsSpan((int)Math.Min(offsetBytes, stored.Content.Length), count).CopyTo(destination);
            return count;
        }

        public void Dispose()
        {
            // The content belongs to the disk.
        }
    }
}
