using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Actors.StateMachines.BuiltIn;

/// <summary>
/// The built-in ordered key-value map: put, get, delete, compare-and-set, range; each key with the version of its last write. Captures
/// share the tree, so they cost nothing until keys change.
/// <para>A key that came from another group keeps the version that it had there: versions of one key rise within a group, not across groups.</para>
/// </summary>
internal sealed class KvMachine : IPartitionedStateMachine
{
    private CowTree<KvValue> _tree = new();

    public static StateMachineDefinition Definition { get; } = new("kv", 1, () => new KvMachine());

    public MachineOutcome Apply(in ApplyContext context, ReadOnlySpan<byte> command, IBufferWriter<byte> result)
    {
        if (!KvRequest.TryRead(command, out KvRequest request, out string? refusal))
        {
            return Refuse(refusal, result);
        }

        var version = new ValueVersion(context.Coordinate.Index, context.Ordinal);
        switch (request.Operation)
        {
            case KvOperation.Put:
                Put(request, version, result);
                break;
            case KvOperation.CompareAndSet:
                CompareAndSet(request, version, result);
                break;
            case KvOperation.Delete:
                bool deleted = _tree.Remove(request.Key);
                KvResults.Write(result, deleted ? KvOutcome.Deleted : KvOutcome.NotFound, default);
                break;
            default:
                Read(request, result);
                break;
        }

        return MachineOutcome.Done;
    }

    public MachineOutcome Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer)
    {
        if (!KvRequest.TryRead(query, out KvRequest request, out string? refusal))
        {
            return Refuse(refusal, answer);
        }

        if (!request.IsReadOnly)
        {
            return Refuse("A kv query is a get or a range.", answer);
        }

        Read(request, answer);
        return MachineOutcome.Done;
    }

    public IStateCapture Capture() => new KvCapture(_tree.Capture());

    public void Restore(Stream snapshot) => KvCapture.Read(snapshot, _tree);

    public bool TryGetKey(ReadOnlySpan<byte> command, out ReadOnlySpan<byte> key)
    {
        bool hasKey = KvRequest.TryRead(command, out KvRequest request, out _) && request.Operation != KvOperation.Range;
        key = hasKey ? request.Key : default;
        return hasKey;
    }

    public bool TryGetQueryKey(ReadOnlySpan<byte> query, out ReadOnlySpan<byte> key) => TryGetKey(query, out key);

    public IStateCapture Partition(KeyRange range, ShardingKind kind)
    {
        var part = new CowTree<KvValue>();
        if (range == KeyRange.All)
        {
            (part, _tree) = (_tree, part);
            return new KvCapture(part.Capture());
        }

        // An ordered range is one stretch of the tree; hashes lie anywhere.
        ReadOnlySpan<byte> start = kind == ShardingKind.Ordered && range.From is { } from ? from.Key.Bytes : default;
        CowTreeCursor<KvValue> cursor = _tree.Scan(start);
        while (cursor.MoveNext())
        {
            if (range.Contains(kind, cursor.Key))
            {
                part.Set(cursor.Key, cursor.Value);
            }
            else if (kind == ShardingKind.Ordered)
            {
                break;
            }
        }

        CowTreeCursor<KvValue> taken = part.Scan(default);
        while (taken.MoveNext())
        {
            _tree.Remove(taken.Key);
        }

        return new KvCapture(part.Capture());
    }

    public void Absorb(Stream part)
    {
        int before = _tree.Count;
        ulong added = KvCapture.Read(part, _tree);
        if ((ulong)before + added != (ulong)_tree.Count)
        {
            throw new InvalidDataException($"{(ulong)before + added - (ulong)_tree.Count} keys of the part are in the map already.");
        }
    }

    public SpaceKey? MiddleKey(KeyRange range)
    {
        int count = CountTo(range, int.MaxValue, out _);
        return count > 1 && CountTo(range, count / 2, out byte[]? key) > 0 && key is not null ? new SpaceKey([.. key]) : null;
    }

    /// <summary>Walks so many keys of an ordered range and yields the next one. Returns how many it met.</summary>
    private int CountTo(KeyRange range, int most, out byte[]? next)
    {
        next = null;
        int met = 0;
        CowTreeCursor<KvValue> cursor = _tree.Scan(range.From is { } from ? from.Key.Bytes : default);
        while (cursor.MoveNext() && range.Contains(ShardingKind.Ordered, cursor.Key))
        {
            if (met == most)
            {
                next = cursor.Key;
                break;
            }

            met++;
        }

        return met;
    }

    private void Put(in KvRequest request, ValueVersion version, IBufferWriter<byte> result)
    {
        if (request.IfAbsent && _tree.TryGet(request.Key, out KvValue present))
        {
            KvResults.Write(result, KvOutcome.AlreadyPresent, present.Version, present.Bytes);
            return;
        }

        _tree.Set(request.Key, new KvValue(request.Value.ToArray(), version));
        KvResults.Write(result, KvOutcome.Stored, version);
    }

    private void CompareAndSet(in KvRequest request, ValueVersion version, IBufferWriter<byte> result)
    {
        bool found = _tree.TryGet(request.Key, out KvValue present);
        bool matches = request.ExpectsValue ? found && request.Expected.SequenceEqual(present.Bytes) : !found;
        if (matches)
        {
            _tree.Set(request.Key, new KvValue(request.Value.ToArray(), version));
            KvResults.Write(result, KvOutcome.Stored, version);
        }
        else if (found)
        {
            KvResults.Write(result, KvOutcome.Mismatch, present.Version, present.Bytes);
        }
        else
        {
            KvResults.Write(result, KvOutcome.Mismatch, default);
        }
    }

    private void Read(in KvRequest request, IBufferWriter<byte> answer)
    {
        if (request.Operation == KvOperation.Range)
        {
            Range(request, answer);
        }
        else if (_tree.TryGet(request.Key, out KvValue found))
        {
            KvResults.Write(answer, KvOutcome.Found, found.Version, found.Bytes);
        }
        else
        {
            KvResults.Write(answer, KvOutcome.NotFound, default);
        }
    }

    private void Range(in KvRequest request, IBufferWriter<byte> answer)
    {
        KvResults.BeginRange(answer);
        ReadOnlySpan<byte> from = request.Key.SequenceCompareTo(request.Prefix) >= 0 ? request.Key : request.Prefix;
        uint limit = Math.Min(request.Limit == 0 ? KvLimits.DefaultRangeItems : request.Limit, KvLimits.MaxRangeItems);
        uint items = 0;
        int bytes = 0;
        bool more = false;
        CowTreeCursor<KvValue> cursor = _tree.Scan(from);
        while (cursor.MoveNext() && IsWithin(request, cursor.Key))
        {
            if (items == limit || bytes >= KvLimits.MaxRangeBytes)
            {
                more = true;
                break;
            }

            ref readonly KvValue value = ref cursor.Value;
            KvResults.WriteItem(answer, cursor.Key, value.Version, value.Bytes);
            items++;
            bytes += cursor.Key.Length + value.Bytes.Length;
        }

        KvResults.EndRange(answer, more);
    }

    /// <summary>Whether a key at or above the lower bound still belongs; once one does not, no later one does.</summary>
    private static bool IsWithin(in KvRequest request, ReadOnlySpan<byte> key) =>
        (request.To.IsEmpty || key.SequenceCompareTo(request.To) < 0) && key.StartsWith(request.Prefix);

    private static MachineOutcome Refuse(string refusal, IBufferWriter<byte> output)
    {
        output.Write(Encoding.UTF8.GetBytes(refusal));
        return MachineOutcome.Refused;
    }
}

/// <summary>A value with its last write. Invariant: the bytes never change, because captures share them.</summary>
internal readonly record struct KvValue(byte[] Bytes, ValueVersion Version);

/// <summary>
/// The map's part of a snapshot, little-endian: u64 count, then per key in ascending order u32 key length, u32 value length, u64 version
/// index, u32 version ordinal, key, value.
/// </summary>
internal sealed class KvCapture(CowTreeCapture<KvValue> tree) : IStateCapture
{
    private const int HeadBytes = (3 * sizeof(uint)) + sizeof(ulong);

    public void WriteTo(Stream output)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)tree.Count);
        output.Write(head[..sizeof(ulong)]);
        CowTreeCursor<KvValue> cursor = tree.Scan(default);
        while (cursor.MoveNext())
        {
            ref readonly KvValue value = ref cursor.Value;
            BinaryPrimitives.WriteUInt32LittleEndian(head, (uint)cursor.Key.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)value.Bytes.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(head[8..], value.Version.Index.Value);
            BinaryPrimitives.WriteUInt32LittleEndian(head[16..], value.Version.Ordinal.Value);
            output.Write(head);
            output.Write(cursor.Key);
            output.Write(value.Bytes);
        }
    }

    /// <summary>Adds the captured keys to a tree and returns how many they are.</summary>
    /// <exception cref="InvalidDataException">The bytes are no captured map.</exception>
    public static ulong Read(Stream input, CowTree<KvValue> tree)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        Fill(input, head[..sizeof(ulong)]);
        ulong count = BinaryPrimitives.ReadUInt64LittleEndian(head);
        byte[] key = new byte[KvLimits.MaxKeyBytes];
        int previousLength = 0;
        byte[] previous = new byte[KvLimits.MaxKeyBytes];
        for (ulong i = 0; i < count; i++)
        {
            Fill(input, head);
            uint keyLength = BinaryPrimitives.ReadUInt32LittleEndian(head);
            uint valueLength = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (keyLength is < 1 or > KvLimits.MaxKeyBytes || valueLength > KvLimits.MaxValueBytes)
            {
                throw new InvalidDataException($"Key {i} of the kv snapshot or its value has an impossible length.");
            }

            Span<byte> current = key.AsSpan(0, (int)keyLength);
            Fill(input, current);
            if (current.SequenceCompareTo(previous.AsSpan(0, previousLength)) <= 0)
            {
                throw new InvalidDataException($"Key {i} of the kv snapshot is out of order.");
            }

            byte[] value = new byte[valueLength];
            Fill(input, value);
            var version = new ValueVersion(
                new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(head[8..])), new EntryOrdinal(BinaryPrimitives.ReadUInt32LittleEndian(head[16..])));
            tree.Set(current, new KvValue(value, version));
            (key, previous, previousLength) = (previous, key, (int)keyLength);
        }

        return count;
    }

    public void Dispose()
    {
    }

    private static void Fill(Stream input, Span<byte> room)
    {
        if (input.ReadAtLeast(room, room.Length, throwOnEndOfStream: false) < room.Length)
        {
            throw new InvalidDataException("The kv snapshot ends too early.");
        }
    }
}
