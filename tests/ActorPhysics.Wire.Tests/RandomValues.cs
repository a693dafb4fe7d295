using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Wire.Tests;

/// <summary>Seeded values that favour the edges of their types: zero, one, the lengths at which varints grow, the maximum.</summary>
internal sealed class RandomValues(ulong seed)
{
    private readonly Random _random = new((int)seed);

    public ulong Number() => _random.Next(4) switch
    {
        0 => 0,
        1 => (ulong)_random.Next(300),
        2 => ulong.MaxValue >> _random.Next(64),
        _ => (ulong)_random.NextInt64(),
    };

    public uint Number32() => (uint)Number();

    public ulong Below(ulong bound) => (ulong)_random.NextInt64((long)bound);

    public bool Coin() => _random.Next(2) == 0;

    public byte[] Bytes(int maxLength)
    {
        byte[] bytes = new byte[_random.Next(maxLength + 1)];
        _random.NextBytes(bytes);
        return bytes;
    }

    public byte[] BytesOf(int length)
    {
        byte[] bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    public Coordinate Coordinate() =>
        new(new GroupId(Number()), new ConfigEpoch(Number()), new LeaderEpoch(Number()), new LogIndex(Number() | 1));
}
