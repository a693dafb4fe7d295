using System.Text;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Journal;
using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>What a node knows of a replica beyond its settings.</summary>
internal enum HostingState : byte
{
    /// <summary>It lives here: it was ordered after the group was founded.</summary>
    Hosted = 1,

    /// <summary>It lived here and never will again; its data is kept.</summary>
    Retired = 2,

    /// <summary>As retired, and its data is gone.</summary>
    Discarded = 3,
}

/// <summary>One replica of the book.</summary>
/// <param name="Reason">Why it is retired; empty while it is hosted.</param>
internal readonly record struct HostingEntry(JournalStreamId Replica, HostingState State, string Reason);

/// <summary>
/// Which replicas live on this node beside those of the founding, and which never may again. Without it a restarted node would run the replicas of
/// its settings, former members included. Small, replaced as a whole, in two slots that both hold every version: whatever happens to one of them,
/// the other one has it.
/// </summary>
internal sealed class HostingBook
{
    private const string FileName = "hosting";
    private const byte Version = 1;
    private const int MostEntries = 1_000_000;

    private readonly IDisk _disk;
    private readonly string _folder;
    private readonly ulong _owner;

    // Never changed once it is published here.
    private volatile SortedDictionary<JournalStreamId, HostingEntry> _entries = [];

    private HostingBook(IDisk disk, string folder, ulong owner)
    {
        _disk = disk;
        _folder = folder;
        _owner = owner;
    }

    /// <summary>The entries, in the order of groups and replicas. From any thread.</summary>
    public IReadOnlyCollection<HostingEntry> Entries => _entries.Values;

    /// <summary>Those of one group. From any thread.</summary>
    public IEnumerable<HostingEntry> Of(GroupId group) => _entries.Values.Where(entry => entry.Replica.Group == group);

    /// <summary>From any thread.</summary>
    public HostingEntry? Find(JournalStreamId replica) => _entries.TryGetValue(replica, out HostingEntry entry) ? entry : null;

    /// <param name="disk">Where the folder is.</param>
    /// <param name="folder">The book's own folder.</param>
    /// <param name="owner">The cluster and node it belongs to, so that another's copy is not believed.</param>
    /// <exception cref="StorageException">There is a book, and it cannot be read.</exception>
    public static HostingBook Open(IDisk disk, string folder, ulong owner)
    {
        var book = new HostingBook(disk, folder, owner);
        TwoSlotFile.Contents found = TwoSlotFile.Read(disk, folder, FileName, owner);
        if (found.Newest is { } value)
        {
            book.Parse(value);
        }
        else if (TwoSlotFile.HasContent(disk, folder, FileName))
        {
            throw new StorageException(
                StorageFaultKind.Damaged,
                $"The list of replicas in '{folder}' is damaged: which of them are retired is not known. Restore the folder from a copy, or give the node up.");
        }

        return book;
    }

    /// <summary>Adds or replaces entries, durably: when it returns they are there after any crash. It blocks; from one thread at a time.</summary>
    /// <exception cref="StorageException">The disk refused; nothing was changed.</exception>
    public void Write(params IReadOnlyList<HostingEntry> changes)
    {
        var next = new SortedDictionary<JournalStreamId, HostingEntry>(_entries);
        foreach (HostingEntry change in changes)
        {
            next[change.Replica] = change;
        }

        Save(next.Values);
        _entries = next;
    }

    private void Save(IReadOnlyCollection<HostingEntry> entries)
    {
        byte[] value = Encode(entries);
        try
        {
            using TwoSlotFile file = TwoSlotFile.Open(_disk, _folder, FileName, _owner);
            file.Write(value);
            file.Write(value);
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            throw new StorageException(StorageFaultKind.Medium, $"The list of replicas in '{_folder}' cannot be written: {fault.Message}", fault);
        }
    }

    private static byte[] Encode(IReadOnlyCollection<HostingEntry> entries)
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8))
        {
            writer.Write(Version);
            writer.Write(entries.Count);
            foreach (HostingEntry entry in entries)
            {
                writer.Write(entry.Replica.Group.Value);
                writer.Write(entry.Replica.Replica.Value);
                writer.Write((byte)entry.State);
                writer.Write(entry.Reason);
            }
        }

        return bytes.ToArray();
    }

    // Its checksum was verified: what does not fit here was written by another version.
    private void Parse(byte[] value)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(value), Encoding.UTF8);
            byte version = reader.ReadByte();
            int count = reader.ReadInt32();
            if (version != Version || count is < 0 or > MostEntries)
            {
                throw UnknownFormat(null);
            }

            for (int i = 0; i < count; i++)
            {
                var replica = new JournalStreamId(new GroupId(reader.ReadUInt64()), new ReplicaId(reader.ReadUInt64()));
                var state = (HostingState)reader.ReadByte();
                if (!Enum.IsDefined(state))
                {
                    throw UnknownFormat(null);
                }

                _entries[replica] = new HostingEntry(replica, state, reader.ReadString());
            }
        }
        catch (Exception fault) when (fault is EndOfStreamException or FormatException or DecoderFallbackException)
        {
            throw UnknownFormat(fault);
        }
    }

    private StorageException UnknownFormat(Exception? fault) =>
        new(StorageFaultKind.UnknownFormat, $"The list of replicas in '{_folder}' was written by another version.", fault);
}
