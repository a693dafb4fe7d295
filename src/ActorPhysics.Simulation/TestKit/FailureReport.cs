using System.Globalization;
using System.Text;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Simulation.Shrinking;

namespace ActorPhysics.Simulation.TestKit;

/// <summary>Tells the author of a state machine what went wrong, in the order in which they want to know it.</summary>
internal static class FailureReport
{
    private const int MostEvidence = 5;
    private const int LastTraceLines = 25;

    private const string Contract =
        "Results and state may depend on the state, the context and the command alone: look for the clock, random numbers, new Guids, static fields, culture, and "
        + "the order of dictionaries and sets; and for state that Capture leaves out or Restore does not bring back.";

    public static string Write(string machine, ulong seed, Diagnosis diagnosis, IReadOnlyCollection<string> rules, ShrunkFailure? shrunk)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"State machine '{machine}' failed under seed {seed}.\n\n");
        text.Append("What was seen:\n");
        foreach (Evidence evidence in diagnosis.Evidence.Take(MostEvidence))
        {
            text.Append("  ").Append(evidence).Append('\n');
        }

        text.Append("\nWhat that means:\n  ").Append(Meaning(diagnosis, rules)).Append('\n');
        if (shrunk is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nThe smallest run found ({shrunk.Summary}):\n\n");
            Indent(text, shrunk.Scenario.ToText().Split('\n'));
            text.Append("\nThe end of its trace:\n\n");
            Indent(text, EndOfTrace(shrunk));
        }

        text.Append("\nTo replay it:\n");
        text.Append(CultureInfo.InvariantCulture, $"  set the environment variable {SeedChoice.OneVariable}={seed} and run this test again,\n");
        text.Append(CultureInfo.InvariantCulture, $"  or call Replay({seed}, Console.Out) in place of Run() to have the whole trace");
        text.Append(shrunk is null ? ".\n" : ",\n  or keep the scenario above in a file and hand its text to Play(…).\n");
        return text.ToString();
    }

    /// <summary>What a diagnosis usually comes from when the state machine is the new part.</summary>
    private static string Meaning(Diagnosis diagnosis, IReadOnlyCollection<string> rules) => diagnosis.Root switch
    {
        var root when rules.Contains(root.Invariant) =>
            "Commands applied one after the other, on one copy and without any fault, break the rule. The machine's own logic is wrong, or the rule is.",
        { Symptom: Symptom.StatesDiverged } => $"Replicas that applied the same commands differ. {Contract}",
        { Symptom: Symptom.InvariantThrown, Invariant: "StateMachineTotal" } =>
            "Apply threw, and the replica stopped. Whatever may go wrong in the application is a result, not an exception.",
        { Symptom: Symptom.InvariantThrown } =>
            "Something threw that nobody expected. If it came out of Capture, WriteTo or Restore, a replica could not have come back from its snapshot.",
        { Symptom: Symptom.LeftBehind or Symptom.StrandedBelowCliff or Symptom.ChangeUnfinished } =>
            "A replica does not come to the others' state. If Restore cannot take back what WriteTo wrote, a snapshot never takes the place of the log.",
        { Symptom: Symptom.WrongResult or Symptom.WrongRead, Invariant: InvariantNames.StateMachineSafety } =>
            $"A client was answered something else than the same commands give when they are applied one after the other. {Contract} Or the machine does not do what the specification says.",
        _ => $"{diagnosis.Class}: a rule of the protocol was broken, which no state machine should be able to do. Please report it with the scenario.",
    };

    private static IEnumerable<string> EndOfTrace(ShrunkFailure shrunk)
    {
        using var log = new StringWriter(CultureInfo.InvariantCulture);
        shrunk.WriteTrace(log);
        return log.ToString().Split('\n').TakeLast(LastTraceLines);
    }

    private static void Indent(StringBuilder text, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            text.Append(line.Length == 0 ? "" : "  ").Append(line.TrimEnd()).Append('\n');
        }
    }
}
