using System.Globalization;
using System.Numerics;

namespace ActorPhysics.Simulation.World;

/// <summary>
/// Folds everything that happened in a run into 64 bits: the same plan and the same code give the same hash on every machine, so that a
/// difference shows hidden nondeterminism.
/// </summary>
internal struct TraceHash
{
    private ulong _state;

    public readonly ulong Value => _state;

    public void Add(ulong value)
    {
        ulong mixed = (_state ^ value) * 0x9E37_79B9_7F4A_7C15;
        _state = BitOperations.RotateLeft(mixed, 29) + (mixed >> 32);
    }

    public void Add(long value) => Add((ulong)value);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            Add(value);
        }

        Add((ulong)bytes.Length);
    }

    public override readonly string ToString() => _state.ToString("x16", CultureInfo.InvariantCulture);
}
