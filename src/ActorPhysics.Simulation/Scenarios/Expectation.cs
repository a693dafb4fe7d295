using ActorPhysics.Checking.Diagnosis;

namespace ActorPhysics.Simulation.Scenarios;

/// <summary>What a scenario must come to: nothing wrong, or a failure of a class and, where that is said, of an invariant and a symptom.</summary>
public sealed record Expectation(FailureClass? Class, string? Invariant = null, Symptom? Symptom = null)
{
    /// <summary>Nothing goes wrong.</summary>
    public static Expectation Clean { get; } = new((FailureClass?)null);

    /// <summary>Exactly what was found.</summary>
    public static Expectation Of(Diagnosis? found) => found is null ? Clean : new Expectation(found.Class, found.Root.Invariant, found.Root.Symptom);

    /// <returns>What is otherwise; null when it is as expected.</returns>
    public string? Complaint(Diagnosis? found) => found switch
    {
        null when Class is null => null,
        null => $"expected {this}, and the run is clean",
        _ when Class is null => $"expected a clean run, and found {found}",
        _ when found.Class != Class || (Invariant ?? found.Root.Invariant) != found.Root.Invariant || (Symptom ?? found.Root.Symptom) != found.Root.Symptom =>
            $"expected {this}, and found {found}",
        _ => null,
    };

    /// <summary>As in a scenario: <c>clean</c>, or <c>split-brain ElectionSafety TwoLeadersInOneEpoch</c>.</summary>
    public override string ToString() => Class is not { } named
        ? "clean"
        : string.Join(' ', ((string?[])[TextForms.Hyphenated(named.ToString()), Invariant is { } rule ? TextForms.Name(rule) : null, Symptom?.ToString()]).Where(word => word is not null));

    internal static Expectation Read(Words words)
    {
        if (words.TryTake("clean"))
        {
            words.RequireEnd();
            return Clean;
        }

        FailureClass named = TextForms.Kind<FailureClass>().Read(words, "a failure class, or clean");
        string? invariant = words.AtEnd ? null : words.NextName("an invariant");
        Symptom? symptom = null;
        if (!words.AtEnd)
        {
            string word = words.Next("a symptom");
            symptom = Enum.TryParse(word, out Symptom parsed) && Enum.IsDefined(parsed) ? parsed : throw words.Complaint($"'{word}' is no symptom");
        }

        words.RequireEnd();
        return new Expectation(named, invariant, symptom);
    }
}
