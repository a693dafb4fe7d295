namespace ActorPhysics.Simulation.Scenarios;

/// <summary>A scenario's text makes no sense. The message begins with the line.</summary>
/// <param name="line">From 1; 0 when it is the scenario as a whole.</param>
public sealed class ScenarioFormatException(int line, string complaint) : FormatException(line == 0 ? complaint : $"line {line}: {complaint}")
{
    /// <summary>From 1; 0 when it is the scenario as a whole.</summary>
    public int Line { get; } = line;
}
