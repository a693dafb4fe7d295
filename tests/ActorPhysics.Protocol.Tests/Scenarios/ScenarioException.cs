namespace ActorPhysics.Protocol.Tests.Scenarios;

/// <summary>A scenario is badly written, or did not go as it says.</summary>
internal sealed class ScenarioException(string message) : Exception(message);
