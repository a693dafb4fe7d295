using System.Buffers.Binary;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Hosting.Journal;

/// <summary>
/// The second place of guarded payloads: all streams that ever had a record, each with its latest guarded one. It is written after the
/// log was fsynced and before the append is acknowledged. So damage in the log does not make a replica forget its vote, and a log that
/// is behind the book has lost something, however clean it looks.
/// </summary>
internal sealed class PromiseBook : IDisposable
{
    private const string FileName = "promises";
    private const int EntryBytes = 29;

    private readonly TwoSlotFile _file;
    private byte[] _buffer = new byte[4096];

    private PromiseBook(TwoSlotFile file) => _file = file;

    /// <summary>The book as found.</summary>
    /// <param name="Entries">The entries of the newest slot that verifies; null when neither does.</param>
    /// <param name="IsSure">No later version of the book can have been acknowledged.</param>
    internal sealed record Contents(IReadOnlyDictionary<JournalStreamId, GuardedPayload>? Entries, bool IsSure);

    public static PromiseBook Open(IDisk disk, string folder, ulong journal) => new(TwoSlotFile.Open(disk, folder, FileName, journal));

    /// <summary>Whether a book was ever written here.</summary>
    public static bool Exists(IDisk disk, string folder) => TwoSlotFile.HasContent(disk, folder, FileName);

    public static Contents Read(IDisk disk, string folder, ulong journal)
    {
        TwoSlotFile.Contents found = TwoSlotFile.Read(disk, folder, FileName, journal);
        return found.Newest is { } value ? new Contents(Parse(value), found.IsSure) : new Contents(null, false);
    }

    /// <summary>Makes sure that these entries can be written without asking the disk for room.</summary>
    public void Reserve(IEnumerable<(JournalStreamId Stream, GuardedPayload Guarded)> entries)
    {
        long size = sizeof(int);
        foreach ((_, GuardedPayload guarded) in entries)
        {
            size += EntryBytes + (guarded.Payload?.Length ?? 0);
        }

        _file.Reserve(checked((int)size));
    }

    /// <summary>Replaces the book, durably.</summary>
    public void Write(IEnumerable<(JournalStreamId Stream, GuardedPayload Guarded)> entries)
    {
        int length = sizeof(int);
        int count = 0;
        foreach ((JournalStreamId stream, GuardedPayload guarded) in entries)
        {
            int payloadBytes = guarded.Payload?.Length ?? 0;
            if (_buffer.Length < length + EntryBytes + payloadBytes)
            {
                Array.Resize(ref _buffer, Math.Max(length + EntryBytes + payloadBytes, _buffer.Length * 2));
            }

            Span<byte> entry = _buffer.AsSpan(length);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, stream.Group.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], stream.Replica.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], guarded.Sequence.Value);
            entry[24] = guarded.IsDamaged ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteInt32LittleEndian(entry[25..], payloadBytes);
            guarded.Payload.CopyTo(entry[EntryBytes..]);
            length += EntryBytes + payloadBytes;
            count++;
        }

        BinaryPrimitives.WriteInt32LittleEndian(_buffer, count);
        _file.Write(_buffer.AsSpan(0, length));
    }

    public void Dispose() => _file.Dispose();

    private static Dictionary<JournalStreamId, GuardedPayload>? Parse(ReadOnlySpan<byte> value)
    {
        var entries = new Dictionary<JournalStreamId, GuardedPayload>();
        if (value.Length < sizeof(int))
        {
            return null;
        }

        int count = BinaryPrimitives.ReadInt32LittleEndian(value);
        value = value[sizeof(int)..];
        for (int i = 0; i < count; i++)
        {
            if (value.Length < EntryBytes)
            {
                return null;
            }

            uint payloadBytes = BinaryPrimitives.ReadUInt32LittleEndian(value[25..]);
            if (payloadBytes > value.Length - EntryBytes)
            {
                return null;
            }

            var stream = new JournalStreamId(
                new GroupId(BinaryPrimitives.ReadUInt64LittleEndian(value)),
                new ReplicaId(BinaryPrimitives.ReadUInt64LittleEndian(value[8..])));
            var sequence = new JournalSequence(BinaryPrimitives.ReadUInt64LittleEndian(value[16..]));
            byte[]? payload = sequence > JournalSequence.Zero ? value.Slice(EntryBytes, (int)payloadBytes).ToArray() : null;
            entries[stream] = new GuardedPayload(sequence, payload, value[24] != 0);
            value = value[(EntryBytes + (int)payloadBytes)..];
        }

        return entries;
    }
}
