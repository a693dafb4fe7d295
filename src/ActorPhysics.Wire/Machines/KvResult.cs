using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Machines;

/// <summary>How the <c>kv</c> machine answered; the numbers are those of machines.proto.</summary>
public enum KvOutcome
{
    None = 0,
    Stored = 1,
    Deleted = 2,
    Found = 3,
    NotFound = 4,

    /// <summary>An if-absent put found a value, which comes with the result.</summary>
    AlreadyPresent = 5,

    /// <summary>A compare-and-set found another value, which comes with the result, or none.</summary>
    Mismatch = 6,
    Range = 7,
}

/// <summary>A key with its value.</summary>
/// <param name="Key">Text, as UTF-8 on the wire.</param>
/// <param name="Value">The value's bytes.</param>
/// <param name="Version">Its last write.</param>
public sealed record KvItem(string Key, ReadOnlyMemory<byte> Value, ValueVersion Version);

/// <summary>What the <c>kv</c> machine answered, as its client reads it.</summary>
public sealed class KvResult
{
    public KvOutcome Outcome { get; private init; }

    /// <summary>The last write of the key: this command itself after <see cref="KvOutcome.Stored"/>; <c>default</c> where there is no value.</summary>
    public ValueVersion Version { get; private init; }

    /// <summary>The value that was found; null where there is none, and after a write that took effect.</summary>
    public ReadOnlyMemory<byte>? Value { get; private init; }

    /// <summary>A range's items, in order.</summary>
    public ImmutableArray<KvItem> Items { get; private init; } = [];

    /// <summary>A range has more; it goes on with the first key after the last item's: <c>items[^1].Key + "\0"</c> as its lower bound.</summary>
    public bool More { get; private init; }

    /// <summary>Reads a result; the bytes are copied. Null when they are none.</summary>
    public static KvResult? Read(ReadOnlySpan<byte> encoded)
    {
        var reader = new ProtoReader(encoded);
        uint outcome = 0, ordinal = 0;
        ulong index = 0;
        byte[]? value = null;
        bool more = false, sound = true;
        ImmutableArray<KvItem>.Builder items = ImmutableArray.CreateBuilder<KvItem>();
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: outcome = reader.UInt32(); break;
                case 2: index = reader.UInt64(); break;
                case 3: ordinal = reader.UInt32(); break;
                case 4: value = reader.Bytes().ToArray(); break;
                case 5: sound &= TryReadItem(reader.Bytes(), items); break;
                case 6: more = reader.Bool(); break;
                default: reader.Skip(); break;
            }
        }

        if (reader.Failed || !sound || outcome is < (uint)KvOutcome.Stored or > (uint)KvOutcome.Range)
        {
            return null;
        }

        return new KvResult
        {
            Outcome = (KvOutcome)outcome,
            Version = new ValueVersion(new LogIndex(index), new EntryOrdinal(ordinal)),
            Value = value is null ? default(ReadOnlyMemory<byte>?) : value,
            Items = items.DrainToImmutable(),
            More = more,
        };
    }

    private static bool TryReadItem(ReadOnlySpan<byte> encoded, ImmutableArray<KvItem>.Builder items)
    {
        var reader = new ProtoReader(encoded);
        ReadOnlySpan<byte> key = default, value = default;
        ulong index = 0;
        uint ordinal = 0;
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: key = reader.Bytes(); break;
                case 2: index = reader.UInt64(); break;
                case 3: ordinal = reader.UInt32(); break;
                case 4: value = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        items.Add(new KvItem(Encoding.UTF8.GetString(key), value.ToArray(), new ValueVersion(new LogIndex(index), new EntryOrdinal(ordinal))));
        return !reader.Failed;
    }
}

/// <summary>Encodes the <c>kv</c> machine's results; used by the machine itself.</summary>
public static class KvResults
{
    private const int ItemField = 5;

    /// <summary>A result without a value.</summary>
    public static void Write(IBufferWriter<byte> output, KvOutcome outcome, ValueVersion version) =>
        ProtoEncoding.Append<ValueEncoder, ValueResult>(output, new ValueResult((uint)outcome, version, false, default));

    /// <summary>A result with the value that was found.</summary>
    public static void Write(IBufferWriter<byte> output, KvOutcome outcome, ValueVersion version, ReadOnlySpan<byte> value) =>
        ProtoEncoding.Append<ValueEncoder, ValueResult>(output, new ValueResult((uint)outcome, version, true, value));

    /// <summary>A range is written as it is walked: first this, then its items, then <see cref="EndRange"/>.</summary>
    public static void BeginRange(IBufferWriter<byte> output) => Write(output, KvOutcome.Range, default);

    public static void WriteItem(IBufferWriter<byte> output, ReadOnlySpan<byte> key, ValueVersion version, ReadOnlySpan<byte> value) =>
        ProtoEncoding.AppendField<ItemEncoder, Item>(output, ItemField, new Item(key, version, value));

    public static void EndRange(IBufferWriter<byte> output, bool more) => ProtoEncoding.Append<MoreEncoder, bool>(output, more);

    /// <summary>The fields that a kv result and a register result share, number for number.</summary>
    internal readonly ref struct ValueResult(uint outcome, ValueVersion version, bool hasValue, ReadOnlySpan<byte> value)
    {
        public readonly uint Outcome = outcome;
        public readonly ValueVersion Version = version;
        public readonly bool HasValue = hasValue;
        public readonly ReadOnlySpan<byte> Value = value;
    }

    internal sealed class ValueEncoder : IProtoEncoder<ValueResult>
    {
        public static void Encode<TSink>(ref TSink sink, in ValueResult message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.UInt64(1, message.Outcome);
            sink.UInt64(2, message.Version.Index.Value);
            sink.UInt64(3, message.Version.Ordinal.Value);
            if (message.HasValue)
            {
                sink.PresentBytes(4, message.Value);
            }
        }
    }

    private readonly ref struct Item(ReadOnlySpan<byte> key, ValueVersion version, ReadOnlySpan<byte> value)
    {
        public readonly ReadOnlySpan<byte> Key = key;
        public readonly ValueVersion Version = version;
        public readonly ReadOnlySpan<byte> Value = value;
    }

    private sealed class ItemEncoder : IProtoEncoder<Item>
    {
        public static void Encode<TSink>(ref TSink sink, in Item message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.Bytes(1, message.Key);
            sink.UInt64(2, message.Version.Index.Value);
            sink.UInt64(3, message.Version.Ordinal.Value);
            sink.Bytes(4, message.Value);
        }
    }

    private sealed class MoreEncoder : IProtoEncoder<bool>
    {
        public static void Encode<TSink>(ref TSink sink, in bool message)
            where TSink : struct, IProtoSink, allows ref struct =>
            sink.UInt64(6, message ? 1UL : 0UL);
    }
}
