using System.Numerics;
using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Simulation.Randomness;

/// <summary>
/// A small generator of our own, so that a seed means the same run on every machine and with every version of the platform: xoshiro256**
/// (Blackman and Vigna, 2021), its state filled by SplitMix64. Not for secrets.
/// </summary>
public sealed class SeededRandom : IRandomSource
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public SeededRandom(ulong seed)
    {
        _a = Mix(ref seed);
        _b = Mix(ref seed);
        _c = Mix(ref seed);
        _d = Mix(ref seed);
    }

    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>A generator whose draws are independent of this one's further draws.</summary>
    public SeededRandom Fork() => new(NextBits());

    /// <summary>A generator for one purpose of a run: adding draws for one purpose changes no other.</summary>
    public static SeededRandom For(ulong seed, ulong purpose) => new(seed ^ Mix(ref purpose));

    /// <summary>Uniform from 0 to below <paramref name="bound"/> (the bias of at most bound / 2^64 is of no consequence here).</summary>
    public int Below(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        return (int)Math.BigMul(NextBits(), (ulong)bound, out _);
    }

    /// <summary>Uniform, both ends included.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    public bool OneIn(int n) => Below(n) == 0;

    /// <summary>True with that many chances in a million.</summary>
    public bool Chance(int perMillion) => perMillion > 0 && Below(1_000_000) < perMillion;

    public T Pick<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    /// <summary>Uniform, both ends included.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) =>
        least + TimeSpan.FromMicroseconds((long)(Fraction() * ((most - least).TotalMicroseconds + 1)));

    /// <summary>Exponentially distributed around <paramref name="mean"/>, cut off at ten times that.</summary>
    public TimeSpan Exponential(TimeSpan mean) =>
        TimeSpan.FromMicroseconds((long)(Math.Min(10, NegativeLogarithm(1 - Fraction())) * mean.TotalMicroseconds));

    /// <summary>Uniform in [0, 1).</summary>
    public double Fraction() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>
    /// −ln x for 0 &lt; x ≤ 1, from IEEE additions, multiplications and divisions alone: the platform's logarithm may differ in the last bit from
    /// machine to machine, and a run must not.
    /// </summary>
    private static double NegativeLogarithm(double x)
    {
        const double LogarithmOf2 = 0.693147180559945309417232121458;
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)((bits >> 52) & 0x7FF) - 1022;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FE0_0000_0000_0000);
        // ln m = 2 artanh((m − 1) / (m + 1)); for m in [1/2, 1) twelve odd terms are more than enough.
        double t = (mantissa - 1) / (mantissa + 1);
        double square = t * t;
        double sum = 0;
        for (int power = 23; power >= 1; power -= 2)
        {
            sum = (sum * square) + (1.0 / power);
        }

        return -((2 * t * sum) + (exponent * LogarithmOf2));
    }

    private static ulong Mix(ref ulong state)
    {
        ulong z = state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
