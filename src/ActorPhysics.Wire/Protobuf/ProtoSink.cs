using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace ActorPhysics.Wire.Protobuf;

/// <summary>
/// Where a message's fields go: into bytes, or into a count of bytes. An encoder is written once against this interface and run twice,
/// first to learn the length that precedes a nested message, then to write it; the two can therefore never disagree. As in proto3, a
/// scalar or bytes field that has its default value is omitted.
/// </summary>
public interface IProtoSink
{
    /// <summary>A varint field, omitted when zero.</summary>
    void UInt64(int field, ulong value);

    /// <summary>A varint field inside a repeated or optional field: written even when zero.</summary>
    void PresentUInt64(int field, ulong value);

    /// <summary>An eight-byte little-endian field, omitted when zero.</summary>
    void Fixed64(int field, ulong value);

    /// <summary>A bytes field, omitted when empty.</summary>
    void Bytes(int field, ReadOnlySpan<byte> value);

    /// <summary>A bytes field inside a repeated or optional field, or an encoded message: written even when empty.</summary>
    void PresentBytes(int field, ReadOnlySpan<byte> value);

    /// <summary>A UTF-8 string field, omitted when empty.</summary>
    void String(int field, string value);

    /// <summary>A nested message, written even when it is empty.</summary>
    void Message<TEncoder, TMessage>(int field, in TMessage message)
        where TEncoder : IProtoEncoder<TMessage>
        where TMessage : allows ref struct;
}

/// <summary>How a <typeparamref name="TMessage"/> becomes fields.</summary>
public interface IProtoEncoder<TMessage>
    where TMessage : allows ref struct
{
    static abstract void Encode<TSink>(ref TSink sink, in TMessage message)
        where TSink : struct, IProtoSink, allows ref struct;
}

/// <summary>Counts the bytes that an encoder would write.</summary>
public struct ProtoCounter : IProtoSink
{
    /// <summary>The bytes counted so far.</summary>
    public int Bytes { get; private set; }

    public void UInt64(int field, ulong value)
    {
        if (value != 0)
        {
            PresentUInt64(field, value);
        }
    }

    public void PresentUInt64(int field, ulong value) => Bytes += ProtoSize.Tag(field) + ProtoSize.Varint(value);

    public void Fixed64(int field, ulong value) => Bytes += value == 0 ? 0 : ProtoSize.Tag(field) + sizeof(ulong);

    void IProtoSink.Bytes(int field, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            PresentBytes(field, value);
        }
    }

    public void PresentBytes(int field, ReadOnlySpan<byte> value) => Bytes += ProtoSize.Delimited(field, value.Length);

    public void String(int field, string value)
    {
        if (value.Length > 0)
        {
            Bytes += ProtoSize.Delimited(field, Encoding.UTF8.GetByteCount(value));
        }
    }

    public void Message<TEncoder, TMessage>(int field, in TMessage message)
        where TEncoder : IProtoEncoder<TMessage>
        where TMessage : allows ref struct =>
        Bytes += ProtoSize.Delimited(field, ProtoSize.Of<TEncoder, TMessage>(message));
}

/// <summary>Writes fields into a span that is known to be long enough: the counter said so.</summary>
public ref struct ProtoWriter(Span<byte> destination) : IProtoSink
{
    private const int TagTypeBits = 3;

    private readonly Span<byte> _destination = destination;

    /// <summary>How many bytes were written.</summary>
    public int Position { get; private set; }

    public void UInt64(int field, ulong value)
    {
        if (value != 0)
        {
            PresentUInt64(field, value);
        }
    }

    public void PresentUInt64(int field, ulong value)
    {
        Tag(field, WireType.Varint);
        Varint(value);
    }

    public void Fixed64(int field, ulong value)
    {
        if (value != 0)
        {
            Tag(field, WireType.Fixed64);
            BinaryPrimitives.WriteUInt64LittleEndian(_destination[Position..], value);
            Position += sizeof(ulong);
        }
    }

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            PresentBytes(field, value);
        }
    }

    public void PresentBytes(int field, ReadOnlySpan<byte> value)
    {
        Delimiter(field, value.Length);
        value.CopyTo(_destination[Position..]);
        Position += value.Length;
    }

    public void String(int field, string value)
    {
        if (value.Length > 0)
        {
            Delimiter(field, Encoding.UTF8.GetByteCount(value));
            Position += Encoding.UTF8.GetBytes(value, _destination[Position..]);
        }
    }

    public void Message<TEncoder, TMessage>(int field, in TMessage message)
        where TEncoder : IProtoEncoder<TMessage>
        where TMessage : allows ref struct
    {
        Delimiter(field, ProtoSize.Of<TEncoder, TMessage>(message));
        TEncoder.Encode(ref this, message);
    }

    /// <summary>Announces a bytes field whose content is written behind this writer's part by other means.</summary>
    public void Delimiter(int field, int length)
    {
        Tag(field, WireType.LengthDelimited);
        Varint((uint)length);
    }

    private void Tag(int field, WireType type) => Varint(((uint)field << TagTypeBits) | (uint)type);

    private void Varint(ulong value)
    {
        int position = Position;
        while (value >= 0x80)
        {
            _destination[position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _destination[position++] = (byte)value;
        Position = position;
    }
}

/// <summary>Sizes of encoded fields, in bytes.</summary>
public static class ProtoSize
{
    public static int Tag(int field) => Varint((ulong)field << 3);

    public static int Varint(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) / 64;

    /// <summary>A bytes, string or message field whose content has <paramref name="length"/> bytes.</summary>
    public static int Delimited(int field, int length) => checked(Tag(field) + Varint((uint)length) + length);

    public static int Of<TEncoder, TMessage>(in TMessage message)
        where TEncoder : IProtoEncoder<TMessage>
        where TMessage : allows ref struct
    {
        var counter = default(ProtoCounter);
        TEncoder.Encode(ref counter, message);
        return counter.Bytes;
    }
}

/// <summary>Puts encoded messages into buffers.</summary>
public static class ProtoEncoding
{
    /// <summary>Appends a message.</summary>
    public static void Append<TEncoder, TMessage>(IBufferWriter<byte> output, in TMessage message)
        where TEncoder : IProtoEncoder<TMessage>
        where TMessage : allows ref struct
    {
        int bytes = ProtoSize.Of<TEncoder, TMessage>(message);
        var writer = new ProtoWriter(output.GetSpan(bytes));
        TEncoder.Encode(ref writer, message);
        output.Advance(bytes);
    }

    /// <summary>Appends a message as one field of an enclosing message, which is how a batch is written element by element.</summary>
    public static void AppendField<TEncoder, TMessage>(IBufferWriter<byte> output, int field, in TMessage message)
        where TEncoder : IProtoEncoder<TMessage>
        where TMessage : allows ref struct
    {
        int bytes = ProtoSize.Delimited(field, ProtoSize.Of<TEncoder, TMessage>(message));
        var writer = new ProtoWriter(output.GetSpan(bytes));
        writer.Message<TEncoder, TMessage>(field, message);
        output.Advance(bytes);
    }

    /// <summary>A message in an array of its own.</summary>
    public static byte[] ToArray<TEncoder, TMessage>(in TMessage message)
        where TEncoder : IProtoEncoder<TMessage>
        where TMessage : allows ref struct
    {
        byte[] bytes = new byte[ProtoSize.Of<TEncoder, TMessage>(message)];
        var writer = new ProtoWriter(bytes);
        TEncoder.Encode(ref writer, message);
        return bytes;
    }
}
