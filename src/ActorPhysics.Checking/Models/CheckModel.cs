using System.Collections.Immutable;
using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Models;

/// <summary>
/// A kind of history that can be checked by name: it knows what the functions and values of events mean, and which levels of isolation or
/// consistency such a history can be held against.
/// </summary>
public abstract class CheckModel
{
    /// <summary>As the command line names it.</summary>
    public abstract string Name { get; }

    /// <summary>The levels that the model knows, the strongest first.</summary>
    public abstract ImmutableArray<string> Levels { get; }

    /// <summary>
    /// Judges a history by <see cref="CheckOptions.Level"/>, which is one of <see cref="Levels"/>; without it, finds the strongest level that holds and every anomaly.
    /// </summary>
    public abstract CheckReport Check(IReadOnlyList<Operation> operations, CheckOptions options);
}
