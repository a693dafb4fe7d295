namespace ActorPhysics.Simulation.Network;

/// <summary>How every link behaves unless a fault says otherwise.</summary>
/// <param name="Latency">At least, one way.</param>
/// <param name="Jitter">On top, exponentially distributed around this.</param>
/// <param name="DropsPerMillion">Messages lost.</param>
/// <param name="DuplicatesPerMillion">Messages that arrive twice.</param>
/// <param name="Reorders">A message may overtake another on the same link.</param>
/// <param name="Encodes">Messages cross as bytes, through the shipped codec, and not as objects: slower, and as real.</param>
public sealed record NetworkWeather(TimeSpan Latency, TimeSpan Jitter, int DropsPerMillion, int DuplicatesPerMillion, bool Reorders, bool Encodes);
