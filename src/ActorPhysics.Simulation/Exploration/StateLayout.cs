namespace ActorPhysics.Simulation.Exploration;

/// <summary>
/// How a state of the whole group is written down in words: the numbers of its replicas' states, of its ledger page and of its messages under
/// way, the budgets used, and where it was come from.
/// </summary>
internal sealed class StateLayout(ExplorationScope scope)
{
    /// <summary>Fills the places of messages that are not there.</summary>
    public const int NoMessage = -1;

    public int Replicas { get; } = scope.Places;

    public int Ledger { get; } = scope.Places;

    public int Budgets { get; } = scope.Places + 1;

    /// <summary>The first of the messages, in the order of their fingerprints.</summary>
    public int Messages { get; } = scope.Places + 2;

    public int InFlight { get; } = InFlightOf(scope);

    /// <summary>The number of the pool of messages, when the network is one that forgets nothing. It stands where else the messages stand.</summary>
    public int Pool => Messages;

    /// <summary>The index of the state that was expanded into this one.</summary>
    public int Parent { get; } = scope.Places + 2 + InFlightOf(scope);

    public int Words => Parent + 1;

    private static int InFlightOf(ExplorationScope scope) => scope.Network == NetworkModel.Unreliable ? 1 : scope.InFlight;
}
