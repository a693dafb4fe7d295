using System.Globalization;

namespace ActorPhysics.Checking.Isolation;

/// <summary>
/// Stands for a written value or a key inside one <see cref="TransactionHistory"/>: an integer stands for itself, anything else for its
/// place in a table of names. So that values compare as integers and take eight bytes. <c>default</c> is the integer 0.
/// </summary>
public readonly record struct ValueToken
{
    private readonly long _bits;

    private ValueToken(long bits) => _bits = bits;

    internal bool IsNamed => (_bits & 1) != 0;

    internal int Name => (int)(_bits >> 1);

    /// <summary>Whether an integer can stand for itself.</summary>
    internal static bool Fits(long value) => value is >= long.MinValue / 2 and <= long.MaxValue / 2;

    internal static ValueToken OfInteger(long value) => new(value << 1);

    internal static ValueToken OfName(int name) => new(((long)name << 1) | 1);

    internal string Render(IReadOnlyList<string> names) =>
        IsNamed ? names[Name] : (_bits >> 1).ToString(CultureInfo.InvariantCulture);
}
