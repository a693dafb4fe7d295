using System.Collections.Immutable;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Storage;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// Which replicas live on this node beside those of its settings' founding, what their groups are, and which may never live here again. Without it a
/// restarted node would run the replicas of its settings, former members included, and nothing else. A log in two copies: a change costs what it says,
/// and whatever happens to one of the files, the other one has it.
/// </summary>
internal sealed class HostingBook : IDisposable
{
    private const string FileName = "hosting";
    private const long SmallBytes = 256 * 1024;

    private readonly TwoCopyLog _log;
    private readonly string _folder;

    // Never changed once it is published here.
    private volatile ImmutableSortedDictionary<GroupId, GroupPage> _pages = ImmutableSortedDictionary<GroupId, GroupPage>.Empty;
    private volatile ImmutableSortedDictionary<NodeId, ClusterNodeStatus> _nodes = ImmutableSortedDictionary<NodeId, ClusterNodeStatus>.Empty;
    private long _livingBytes;

    private HostingBook(TwoCopyLog log, string folder) => (_log, _folder) = (log, folder);

    /// <summary>Every group that the book says anything of. From any thread.</summary>
    public ImmutableSortedDictionary<GroupId, GroupPage> Pages => _pages;

    /// <summary>The nodes of which the config group told. From any thread.</summary>
    public ImmutableSortedDictionary<NodeId, ClusterNodeStatus> Nodes => _nodes;

    /// <summary>The replicas, in the order of groups and ids. From any thread.</summary>
    public IEnumerable<HostingEntry> Entries => _pages.Values.SelectMany(page => page.Entries);

    /// <param name="disk">Where the folder is.</param>
    /// <param name="folder">The book's own folder.</param>
    /// <param name="owner">The cluster and node it belongs to, so that another's copy is not believed.</param>
    /// <exception cref="StorageException">There is a book, and it cannot be read.</exception>
    public static HostingBook Open(IDisk disk, string folder, ulong owner)
    {
        List<byte[]> records = [];
        var book = new HostingBook(TwoCopyLog.Open(disk, folder, FileName, owner, records, out bool isDamaged), folder);
        if (isDamaged)
        {
            throw new StorageException(
                StorageFaultKind.Damaged,
                $"The list of replicas in '{folder}' is damaged: which of them are retired is not known. Restore the folder from a copy, or give the node up.");
        }

        var draft = new Draft(book);
        foreach (byte[] record in records)
        {
            if (!HostingItemCodec.TryDecode(record, out ImmutableArray<HostingItem> items))
            {
                // Its checksum was verified.
                throw new StorageException(StorageFaultKind.UnknownFormat, $"The list of replicas in '{folder}' was written by another version.");
            }

            draft.Add(items);
        }

        draft.Publish();
        return book;
    }

    /// <summary>Reads the book of a stopped node, whoever it belongs to, without changing it.</summary>
    /// <exception cref="StorageException">It cannot be read.</exception>
    public static HostingBook Inspect(IDisk disk, string folder) => Open(disk, folder, TwoCopyLog.OwnerOf(disk, folder, FileName));

    /// <summary>All that is known of a group. From any thread.</summary>
    public GroupPage Of(GroupId group) => _pages.GetValueOrDefault(group, GroupPage.Empty);

    /// <summary>From any thread.</summary>
    public HostingEntry? Find(JournalStreamId replica) => Of(replica.Group).Find(replica.Replica);

    /// <summary>
    /// Adds or replaces what is said, all of it or nothing, durably: when it returns it is there after any crash. It blocks; from one thread at a time.
    /// </summary>
    /// <exception cref="StorageException">The disk refused. The book is as it was; after a crash before the next write it may have the change all the same.</exception>
    public void Write(params IReadOnlyList<HostingItem> changes)
    {
        var draft = new Draft(this);
        draft.Add(changes);
        try
        {
            if (_log.NeedsRewrite || _log.LengthBytes > SmallBytes + (2 * _livingBytes))
            {
                _log.Rewrite([.. draft.Records()]);
            }
            else
            {
                _log.Append(HostingItemCodec.Encode(changes));
            }
        }
        catch (Exception fault) when (DiskErrors.IsEnvironmental(fault))
        {
            throw new StorageException(StorageFaultKind.Medium, $"The list of replicas in '{_folder}' cannot be written: {fault.Message}", fault);
        }

        draft.Publish();
    }

    public void Dispose() => _log.Dispose();

    /// <summary>The book as it will be.</summary>
    private sealed class Draft(HostingBook book)
    {
        private readonly ImmutableSortedDictionary<GroupId, GroupPage>.Builder _pages = book._pages.ToBuilder();
        private readonly ImmutableSortedDictionary<NodeId, ClusterNodeStatus>.Builder _nodes = book._nodes.ToBuilder();
        private long _livingBytes = book._livingBytes;

        public void Add(IReadOnlyList<HostingItem> items)
        {
            foreach (HostingItem item in items)
            {
                switch (item)
                {
                    case HostingEntry entry:
                        Add(entry.Replica.Group, entry);
                        break;
                    case CharterItem charter:
                        Add(charter.Charter.Group, charter);
                        break;
                    case RecoveryItem recovery:
                        Add(recovery.Recovery.Group, recovery);
                        break;
                    case GroupEnd end:
                        Add(end.Group, end);
                        break;
                    case NodeItem node:
                        _nodes[node.Node.Node] = node.Node;
                        break;
                    default:
                        throw new ArgumentException($"no page for {item.GetType().Name}", nameof(items));
                }
            }
        }

        public IEnumerable<byte[]> Records()
        {
            if (_nodes.Count > 0)
            {
                yield return HostingItemCodec.Encode([.. _nodes.Values.Select(node => new NodeItem(node))]);
            }

            foreach (GroupPage page in _pages.Values)
            {
                yield return HostingItemCodec.Encode([.. page.Items()]);
            }
        }

        public void Publish()
        {
            book._pages = _pages.ToImmutable();
            book._nodes = _nodes.ToImmutable();
            book._livingBytes = _livingBytes;
        }

        private void Add(GroupId group, HostingItem item)
        {
            GroupPage before = _pages.GetValueOrDefault(group, GroupPage.Empty)!;
            GroupPage after = before.With(item);
            _livingBytes += HostingItemCodec.SizeOf(after) - HostingItemCodec.SizeOf(before);
            _pages[group] = after;
        }
    }
}
