using System.Globalization;

namespace ActorPhysics.Protocol.Fingerprints;

/// <summary>A 128-bit hash of everything that decides how a state behaves from here on. The same on every machine and in every process.</summary>
public readonly record struct Fingerprint(ulong High, ulong Low) : IComparable<Fingerprint>
{
    public int CompareTo(Fingerprint other)
    {
        int order = High.CompareTo(other.High);
        return order != 0 ? order : Low.CompareTo(other.Low);
    }

    public static bool operator <(Fingerprint a, Fingerprint b) => a.CompareTo(b) < 0;
    public static bool operator >(Fingerprint a, Fingerprint b) => a.CompareTo(b) > 0;
    public static bool operator <=(Fingerprint a, Fingerprint b) => a.CompareTo(b) <= 0;
    public static bool operator >=(Fingerprint a, Fingerprint b) => a.CompareTo(b) >= 0;
    public override string ToString() => High.ToString("x16", CultureInfo.InvariantCulture) + Low.ToString("x16", CultureInfo.InvariantCulture);
}
