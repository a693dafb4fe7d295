using System.Buffers.Binary;
using System.Numerics;

namespace ActorPhysics.Wire.Commands;

/// <summary>
/// Writes Protocol Buffers fields into a span that its user has sized with the static methods first, so that a message needs one request
/// for room. Like generated code it leaves out default values, except where a method says otherwise.
/// </summary>
internal ref struct FieldWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    public int Written { get; private set; }

    public static int VarintSize(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) >> 6;
    public static int VarintFieldSize(int field, ulong value) => value == 0 ? 0 : TagSize(field) + VarintSize(value);
    public static int Fixed64FieldSize(int field, ulong value) => value == 0 ? 0 : TagSize(field) + sizeof(ulong);
    public static int BytesFieldSize(int field, int length) => length == 0 ? 0 : PresentBytesFieldSize(field, length);
    public static int PresentBytesFieldSize(int field, int length) => TagSize(field) + VarintSize((uint)length) + length;

    public void VarintField(int field, ulong value)
    {
        if (value != 0)
        {
            Tag(field, FieldType.Varint);
            Varint(value);
        }
    }

    public void Fixed64Field(int field, ulong value)
    {
        if (value != 0)
        {
            Tag(field, FieldType.Fixed64);
            BinaryPrimitives.WriteUInt64LittleEndian(_room[Written..], value);
            Written += sizeof(ulong);
        }
    }

    public void BytesField(int field, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            PresentBytesField(field, value);
        }
    }

    /// <summary>Writes the field even when it is empty: for members whose presence means something.</summary>
    public void PresentBytesField(int field, ReadOnlySpan<byte> value)
    {
        MessageHeader(field, value.Length);
        value.CopyTo(_room[Written..]);
        Written += value.Length;
    }

    /// <summary>Begins a nested message of a known length; its fields follow.</summary>
    public void MessageHeader(int field, int length)
    {
        Tag(field, FieldType.Bytes);
        Varint((uint)length);
    }

    private static int TagSize(int field) => VarintSize((uint)field << 3);

    private void Tag(int field, FieldType type) => Varint(((uint)field << 3) | (uint)type);

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            _room[Written++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _room[Written++] = (byte)value;
    }
}
