namespace ActorPhysics.Simulation.Plans;

/// <summary>What a later version of the program adds to what it writes: a field that the present one does not know and must pass over.</summary>
internal static class LaterVersion
{
    /// <summary>Field 2000 with the number 1, in the encoding of Protocol Buffers; it may follow any message.</summary>
    public static ReadOnlySpan<byte> Field => [0x80, 0x7D, 0x01];
}
