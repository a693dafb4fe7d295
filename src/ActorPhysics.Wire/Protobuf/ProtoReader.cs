using System.Buffers.Binary;

namespace ActorPhysics.Wire.Protobuf;

/// <summary>
/// Reads the Protocol Buffers wire format (protobuf.dev, "Encoding") from a span: no copy, no allocation, no exception. Fields are
/// visited with <see cref="Next"/>; for each the caller takes the value by its type, or skips it. Anything malformed, a value of another
/// wire type than asked for included, makes the reader <see cref="Failed"/> and ends the visit; values read after that are zero.
/// Groups are refused. Nested messages are visited by the caller's own code, so nesting is as deep as that code is.
/// </summary>
public ref struct ProtoReader(ReadOnlySpan<byte> bytes)
{
    private const int TagTypeBits = 3;
    private const int LongestVarintBytes = 10;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;
    private WireType _type;

    /// <summary>Whether the bytes turned out not to be a message. Look at it once <see cref="Next"/> has returned false.</summary>
    public bool Failed { get; private set; }

    /// <summary>Where in the bytes the next field or value starts.</summary>
    public readonly int Position => _position;

    /// <summary>Moves to the next field. After it exactly one value is taken, or <see cref="Skip"/> is called.</summary>
    /// <returns>False at the end of the bytes, or when they are malformed.</returns>
    public bool Next(out int field)
    {
        field = 0;
        if (_position >= _bytes.Length)
        {
            return false;
        }

        ulong tag = Varint();
        field = (int)(tag >> TagTypeBits);
        _type = (WireType)(tag & 7);
        if (tag > uint.MaxValue || field <= 0)
        {
            Fail();
        }

        return !Failed;
    }

    public ulong UInt64() => Expect(WireType.Varint) ? Varint() : 0;

    /// <summary>A 32-bit value; a wider one makes the reader fail, where other readers would silently cut it.</summary>
    public uint UInt32()
    {
        ulong value = UInt64();
        if (value > uint.MaxValue)
        {
            Fail();
            return 0;
        }

        return (uint)value;
    }

    /// <summary>A count, size or duration that is used as an <see cref="int"/>; one beyond it makes the reader fail.</summary>
    public int Int32()
    {
        ulong value = UInt64();
        if (value > int.MaxValue)
        {
            Fail();
            return 0;
        }

        return (int)value;
    }

    public bool Bool() => UInt64() != 0;

    public ulong Fixed64()
    {
        if (!Expect(WireType.Fixed64))
        {
            return 0;
        }

        if (_bytes.Length - _position < sizeof(ulong))
        {
            Fail();
            return 0;
        }

        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(_bytes[_position..]);
        _position += sizeof(ulong);
        return value;
    }

    /// <summary>A bytes, string or message field; the span lies in the bytes being read.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        if (!Expect(WireType.LengthDelimited))
        {
            return default;
        }

        ulong length = Varint();
        if (Failed || length > (ulong)(_bytes.Length - _position))
        {
            Fail();
            return default;
        }

        ReadOnlySpan<byte> value = _bytes.Slice(_position, (int)length);
        _position += (int)length;
        return value;
    }

    /// <summary>A reader of the nested message at this field; hand it to <see cref="Absorb"/> once it has been read.</summary>
    public ProtoReader Message() => new(Bytes());

    /// <summary>Makes this reader fail when the nested one has failed.</summary>
    public void Absorb(scoped in ProtoReader nested)
    {
        if (nested.Failed)
        {
            Fail();
        }
    }

    /// <summary>A string of at most <paramref name="maxBytes"/> bytes; a longer one, or one that is not UTF-8, makes the reader fail.</summary>
    public string String(int maxBytes)
    {
        ReadOnlySpan<byte> value = Bytes();
        if (value.Length > maxBytes || !System.Text.Unicode.Utf8.IsValid(value))
        {
            Fail();
            return string.Empty;
        }

        return System.Text.Encoding.UTF8.GetString(value);
    }

    /// <summary>Passes over a field that this version does not know.</summary>
    public void Skip()
    {
        switch (_type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                Fixed64();
                break;
            case WireType.LengthDelimited:
                Bytes();
                break;
            case WireType.Fixed32 when _bytes.Length - _position >= sizeof(uint):
                _position += sizeof(uint);
                break;
            default:
                Fail();
                break;
        }
    }

    /// <summary>Refuses the message for a reason that the wire format does not know, such as a value out of range.</summary>
    public void Fail()
    {
        Failed = true;
        _position = _bytes.Length;
    }

    private bool Expect(WireType type)
    {
        if (_type != type)
        {
            Fail();
        }

        return !Failed;
    }

    private ulong Varint()
    {
        ReadOnlySpan<byte> rest = _bytes[_position..];
        if (!rest.IsEmpty && rest[0] < 0x80)
        {
            _position++;
            return rest[0];
        }

        ulong value = 0;
        int longest = Math.Min(rest.Length, LongestVarintBytes);
        for (int i = 0; i < longest; i++)
        {
            byte next = rest[i];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                if (i == LongestVarintBytes - 1 && next > 1)
                {
                    break;
                }

                _position += i + 1;
                return value;
            }
        }

        Fail();
        return 0;
    }
}

/// <summary>How a field's value is laid out; the low three bits of its tag.</summary>
public enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    LengthDelimited = 2,
    Fixed32 = 5,
}
