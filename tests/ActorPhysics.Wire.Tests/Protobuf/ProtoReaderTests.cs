using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Tests.Protobuf;

public class ProtoReaderTests
{
    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    [InlineData(127UL)]
    [InlineData(128UL)]
    [InlineData(16383UL)]
    [InlineData(16384UL)]
    [InlineData(uint.MaxValue)]
    [InlineData(1UL << 62)]
    [InlineData(ulong.MaxValue)]
    public void Varints_of_every_length_survive_and_are_counted_right(ulong value)
    {
        byte[] bytes = new byte[16];
        var writer = new ProtoWriter(bytes);
        writer.PresentUInt64(5, value);
        var counter = default(ProtoCounter);
        counter.PresentUInt64(5, value);
        Assert.Equal(counter.Bytes, writer.Position);

        var reader = new ProtoReader(bytes.AsSpan(0, writer.Position));
        Assert.True(reader.Next(out int field));
        Assert.Equal(5, field);
        Assert.Equal(value, reader.UInt64());
        Assert.False(reader.Next(out _));
        Assert.False(reader.Failed);
    }

    [Fact]
    public void Varint_of_more_than_64_bits_is_refused()
    {
        Assert.True(Fails([0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02], (ref ProtoReader r) => _ = r.UInt64()));
        Assert.True(Fails([0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], (ref ProtoReader r) => _ = r.UInt64()));
        Assert.False(Fails([0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], (ref ProtoReader r) => _ = r.UInt64()));
    }

    [Fact]
    public void Values_beyond_their_type_are_refused_not_cut()
    {
        Assert.True(Fails([0x08, 0x80, 0x80, 0x80, 0x80, 0x10], (ref ProtoReader r) => _ = r.UInt32()));
        Assert.True(Fails([0x08, 0x80, 0x80, 0x80, 0x80, 0x08], (ref ProtoReader r) => _ = r.Int32()));
    }

    [Fact]
    [Trait("Pitfall", "31")]
    public void Length_beyond_the_bytes_is_refused()
    {
        Assert.True(Fails([0x0A, 0x02, 0x00], (ref ProtoReader r) => _ = r.Bytes()));
        Assert.True(Fails([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], (ref ProtoReader r) => _ = r.Bytes()));
        Assert.False(Fails([0x0A, 0x02, 0x00, 0x00], (ref ProtoReader r) => _ = r.Bytes()));
    }

    [Fact]
    public void Truncated_values_field_zero_groups_and_wrong_types_are_refused()
    {
        Assert.True(Fails([0x08], (ref ProtoReader r) => _ = r.UInt64()));
        Assert.True(Fails([0x09, 1, 2, 3], (ref ProtoReader r) => _ = r.Fixed64()));
        Assert.True(Fails([0x00, 0x01], (ref ProtoReader r) => _ = r.UInt64()));
        Assert.True(Fails([0x0B, 0x0C], (ref ProtoReader r) => r.Skip()));
        Assert.True(Fails([0x08, 0x01], (ref ProtoReader r) => _ = r.Bytes()));
        Assert.True(Fails([0x0A, 0x02, 0xC3, 0x28], (ref ProtoReader r) => _ = r.String(10)));
        Assert.True(Fails([0x0A, 0x02, 0x41, 0x41], (ref ProtoReader r) => _ = r.String(1)));
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public void Unknown_fields_of_every_type_are_passed_over()
    {
        byte[] bytes = [0x50, 0x96, 0x01, 0x51, 1, 2, 3, 4, 5, 6, 7, 8, 0x52, 0x01, 0xFF, 0x55, 1, 2, 3, 4, 0x08, 0x2A];
        var reader = new ProtoReader(bytes);
        ulong seen = 0;
        while (reader.Next(out int field))
        {
            if (field == 1)
            {
                seen = reader.UInt64();
            }
            else
            {
                reader.Skip();
            }
        }

        Assert.False(reader.Failed);
        Assert.Equal(42UL, seen);
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        var random = new Random(3);
        for (int round = 0; round < 50_000; round++)
        {
            byte[] bytes = new byte[random.Next(30)];
            random.NextBytes(bytes);
            var reader = new ProtoReader(bytes);
            while (reader.Next(out int field))
            {
                switch (field % 5)
                {
                    case 0: reader.UInt64(); break;
                    case 1: reader.Bytes(); break;
                    case 2: reader.Fixed64(); break;
                    case 3: reader.String(8); break;
                    default: reader.Skip(); break;
                }
            }

            Assert.Equal(bytes.Length, reader.Position);
        }
    }

    private delegate void Take(ref ProtoReader reader);

    private static bool Fails(byte[] bytes, Take take)
    {
        var reader = new ProtoReader(bytes);
        while (reader.Next(out _))
        {
            take(ref reader);
        }

        return reader.Failed;
    }
}
