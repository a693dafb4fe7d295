using System.Globalization;

namespace ActorPhysics.Checking.Diagnosis;

/// <summary>One observation.</summary>
/// <param name="Symptom">What was seen.</param>
/// <param name="Invariant">The named rule that it breaks, as in the glossary.</param>
/// <param name="Detail">Who, where, and what instead.</param>
/// <param name="After">When, since the history began.</param>
public sealed record Evidence(Symptom Symptom, string Invariant, string Detail, TimeSpan After)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{After.TotalSeconds:0.000000} s: {Invariant}: {Symptom}: {Detail}");
}
