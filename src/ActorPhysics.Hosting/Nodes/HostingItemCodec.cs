using System.Collections.Immutable;
using System.Text;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Membership;
using ActorPhysics.Wire.Journal;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>What the book is told, as the records of its log. A record is one change: all of its items, or none.</summary>
internal static class HostingItemCodec
{
    private const byte Version = 2;
    private const int ReplicaBytes = 24;

    private enum Kind : byte
    {
        Replica = 1,
        Charter = 2,
        GroupEnd = 3,
        Node = 4,
        Recovery = 5,
    }

    public static byte[] Encode(IReadOnlyCollection<HostingItem> items)
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8))
        {
            writer.Write(Version);
            writer.Write(items.Count);
            foreach (HostingItem item in items)
            {
                Write(writer, item);
            }
        }

        return bytes.ToArray();
    }

    public static bool TryDecode(byte[] record, out ImmutableArray<HostingItem> items)
    {
        items = [];
        try
        {
            using var reader = new BinaryReader(new MemoryStream(record), Encoding.UTF8);
            if (reader.ReadByte() != Version)
            {
                return false;
            }

            int count = reader.ReadInt32();
            ImmutableArray<HostingItem>.Builder found = ImmutableArray.CreateBuilder<HostingItem>();
            for (int i = 0; i < count; i++)
            {
                if (Read(reader) is not { } item)
                {
                    return false;
                }

                found.Add(item);
            }

            items = found.ToImmutable();
            return true;
        }
        catch (Exception fault) when (fault is EndOfStreamException or FormatException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>About how long a page is when the log is rewritten.</summary>
    public static int SizeOf(GroupPage page) =>
        page.Entries.Sum(entry => ReplicaBytes + entry.Reason.Length)
        + (page.Charter is { } charter ? 64 + charter.Name.Length + charter.Machine.Length + (8 * charter.Founding.Members.Length) : 0)
        + (page.Recovery is null ? 0 : 96)
        + (page.End is { } end ? ReplicaBytes + end.Reason.Length : 0);

    private static void Write(BinaryWriter writer, HostingItem item)
    {
        switch (item)
        {
            case HostingEntry entry:
                writer.Write((byte)Kind.Replica);
                writer.Write(entry.Replica.Group.Value);
                writer.Write(entry.Replica.Replica.Value);
                writer.Write((byte)entry.State);
                writer.Write(entry.Reason);
                break;
            case CharterItem charter:
                byte[] encoded = CharterCodec.Encode(charter.Charter);
                writer.Write((byte)Kind.Charter);
                writer.Write(encoded.Length);
                writer.Write(encoded);
                break;
            case GroupEnd end:
                writer.Write((byte)Kind.GroupEnd);
                writer.Write(end.Group.Value);
                writer.Write(end.Incarnation.Value);
                writer.Write(end.Reason);
                break;
            case RecoveryItem recovery:
                byte[] told = RecoveryCodec.Encode(recovery.Recovery);
                writer.Write((byte)Kind.Recovery);
                writer.Write(told.Length);
                writer.Write(told);
                break;
            case NodeItem node:
                writer.Write((byte)Kind.Node);
                writer.Write(node.Node.Node.Value);
                writer.Write(node.Node.Name);
                writer.Write(node.Node.Address);
                break;
            default:
                throw new ArgumentException($"no encoding for {item.GetType().Name}", nameof(item));
        }
    }

    private static HostingItem? Read(BinaryReader reader)
    {
        switch ((Kind)reader.ReadByte())
        {
            case Kind.Replica:
                var replica = new JournalStreamId(new GroupId(reader.ReadUInt64()), new ReplicaId(reader.ReadUInt64()));
                var state = (HostingState)reader.ReadByte();
                string reason = reader.ReadString();
                return Enum.IsDefined(state) ? new HostingEntry(replica, state, reason) : null;
            case Kind.Charter:
                byte[] encoded = reader.ReadBytes(reader.ReadInt32());
                return CharterCodec.TryDecode(encoded, out GroupCharter? charter, out _) ? new CharterItem(charter) : null;
            case Kind.GroupEnd:
                return new GroupEnd(new GroupId(reader.ReadUInt64()), new GroupIncarnation(reader.ReadUInt64()), reader.ReadString());
            case Kind.Recovery:
                byte[] told = reader.ReadBytes(reader.ReadInt32());
                return RecoveryCodec.TryDecode(told, out GroupRecovery? recovery) ? new RecoveryItem(recovery) : null;
            case Kind.Node:
                return new NodeItem(new ClusterNodeStatus(new NodeId(reader.ReadUInt64()), reader.ReadString(), reader.ReadString()));
            default:
                return null;
        }
    }
}
