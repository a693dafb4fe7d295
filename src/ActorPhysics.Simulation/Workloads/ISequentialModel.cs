using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Simulation.Clients;

namespace ActorPhysics.Simulation.Workloads;

/// <summary>A sequential object that is led along the trunk, and says at each place what a client should have been answered there.</summary>
internal interface ISequentialModel
{
    /// <summary>Lets the command take effect.</summary>
    /// <returns>What it is answered, comparable with <see cref="Answered"/>.</returns>
    object Apply(DrawnOperation command, in ApplyContext context);

    /// <summary>What the query would be answered now.</summary>
    object Ask(DrawnOperation query);

    /// <summary>What the client was answered in truth.</summary>
    object Answered(OperationRecord operation);

    /// <summary>A rule of the application that does not hold now, told once; null while all hold.</summary>
    BrokenRule? TakeBrokenRule() => null;
}

/// <summary>A rule that a user stated about the state, and how it is broken.</summary>
internal sealed record BrokenRule(string Name, string Detail);
