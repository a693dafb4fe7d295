using System.Runtime.InteropServices;
using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Hosting.Loops;

/// <summary>Random bits of a generator that the operating system seeded: no two nodes draw the same time-outs. One per loop.</summary>
public sealed class SystemRandomSource : IRandomSource
{
    private readonly Random _random = new();

    public ulong NextBits()
    {
        ulong bits = 0;
        _random.NextBytes(MemoryMarshal.AsBytes(new Span<ulong>(ref bits)));
        return bits;
    }
}
