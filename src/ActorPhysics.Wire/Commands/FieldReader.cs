namespace ActorPhysics.Wire.Commands;

/// <summary>The wire types of Protocol Buffers that are in use; groups (3 and 4) are not, and count as malformed.</summary>
internal enum FieldType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

/// <summary>
/// Reads Protocol Buffers fields from a span without a copy or an allocation. Nothing throws: the first malformed byte ends reading and
/// is remembered in <see cref="Failed"/>. There is no recursion, so nesting costs no stack.
/// </summary>
internal ref struct FieldReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>How far it has read, in bytes.</summary>
    public int Offset { get; private set; }
    public bool Failed { get; private set; }
    public int Field { get; private set; }
    public FieldType Type { get; private set; }

    /// <summary>Moves to the next field; false at the end and on malformed input.</summary>
    public bool Next()
    {
        if (Failed || Offset == _bytes.Length)
        {
            return false;
        }

        ulong tag = Varint();
        Field = (int)(tag >> 3);
        Type = (FieldType)(tag & 7);
        if (tag > uint.MaxValue || Field == 0)
        {
            Failed = true;
        }

        return !Failed;
    }

    /// <summary>Passes over the value of a field that this build does not know.</summary>
    public void Skip()
    {
        switch (Type)
        {
            case FieldType.Varint:
                Varint();
                break;
            case FieldType.Fixed64:
                Take(sizeof(ulong));
                break;
            case FieldType.Bytes:
                Bytes();
                break;
            case FieldType.Fixed32:
                Take(sizeof(uint));
                break;
            default:
                Failed = true;
                break;
        }
    }

    /// <summary>The current field's value, which must be a varint.</summary>
    public ulong VarintValue() => Expect(FieldType.Varint) ? Varint() : 0;

    /// <summary>The current field's value, which must be a varint below 2^32.</summary>
    public uint UInt32Value()
    {
        ulong value = VarintValue();
        Failed |= value > uint.MaxValue;
        return (uint)value;
    }

    /// <summary>The current field's value, which must be fixed64.</summary>
    public ulong Fixed64Value() =>
        Expect(FieldType.Fixed64) && Take(sizeof(ulong)) is { IsEmpty: false } taken ? System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(taken) : 0;

    /// <summary>The current field's value, which must be length-delimited.</summary>
    public ReadOnlySpan<byte> BytesValue() => Expect(FieldType.Bytes) ? Bytes() : default;

    private bool Expect(FieldType type)
    {
        Failed |= Type != type;
        return !Failed;
    }

    private ReadOnlySpan<byte> Bytes()
    {
        ulong length = Varint();
        if (length > int.MaxValue)
        {
            Failed = true;
        }

        return Take((int)Math.Min(length, int.MaxValue));
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70 && Offset < _bytes.Length; shift += 7)
        {
            byte next = _bytes[Offset++];
            if (shift == 63 && next > 1)
            {
                break;
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        Failed = true;
        return 0;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (Failed || count > _bytes.Length - Offset)
        {
            Failed = true;
            return default;
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(Offset, count);
        Offset += count;
        return taken;
    }
}
