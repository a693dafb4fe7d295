using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Spaces;

/// <summary>After the healing every group has a leader, every change of the space comes to its end, every client is served, and all replicas catch up.</summary>
internal sealed class SpaceLife(SpaceRun run, IReadOnlyList<SpaceClient> clients, ISpaceDriver driver, WorldTime healedAt)
{
    /// <summary>Every client has had an answer to something that it asked for since.</summary>
    public bool IsServed
    {
        get
        {
            bool[] served = new bool[clients.Count];
            for (int at = run.History.Operations.Count - 1; at >= 0 && run.History.Operations[at].Invoked >= healedAt; at--)
            {
                OperationRecord operation = run.History.Operations[at];
                served[operation.Client] |= operation.Outcome == OperationOutcome.Ok;
            }

            return served.All(each => each);
        }
    }

    /// <summary>Nothing is under way any more, and every member of every group has applied the whole of its trunk.</summary>
    public bool IsSettled => clients.All(client => client.Current is null) && driver.IsIdle && Living.All(IsSettledIn);

    public void Accuse()
    {
        string waited = $"{(run.Events.Now - healedAt).TotalSeconds:0.0} s after the healing";
        if (Living.FirstOrDefault(group => run.LeaderOf(group.Founding.Group) is null) is { } headless)
        {
            Report(headless, Symptom.NoLeader, $"{waited} nobody leads {headless.Founding.Group}: {Describe(headless)}");
        }
        else if (!driver.IsIdle)
        {
            Report(run.Groups.First(), Symptom.ChangeUnfinished, $"{waited} there is still under way: {driver.Describe()}");
        }
        else if (Living.FirstOrDefault(group => !IsSettledIn(group)) is { } behind)
        {
            Report(behind, Symptom.LeftBehind, $"{waited} {behind.Founding.Group} is not settled; its trunk ends at {behind.Observatory.Trunk.End}: {Describe(behind)}");
        }
        else
        {
            Report(run.Groups.First(), Symptom.Unanswered, $"{waited} clients wait: {string.Join("; ", clients.Select(client => client.Current?.ToString()).OfType<string>())}");
        }
    }

    public void RequireEqualStates()
    {
        foreach (SimulatedGroup group in Living)
        {
            EqualStates.Require(group.Observatory, MembersOf(group).Select(replica => replica.Subject));
        }
    }

    private IEnumerable<SimulatedGroup> Living => run.Groups.Where(group => driver.IsLiving(group.Founding.Group));

    private bool IsSettledIn(SimulatedGroup group)
    {
        GroupConfiguration configuration = group.Observatory.Book.NewestOnTrunk.Configuration;
        return configuration.Stage == MembershipStage.Settled
            && run.LeaderOf(group.Founding.Group) is not null
            && MembersOf(group).Count() == configuration.Members.Length
            && MembersOf(group).All(replica => replica.Actor is { Role: not LineRole.Retired } actor && actor.Boundaries.Applied == group.Observatory.Trunk.End.Index);
    }

    private IEnumerable<SimulatedReplica> MembersOf(SimulatedGroup group) =>
        run.ReplicasOf(group.Founding.Group).Where(replica => group.Observatory.Book.NewestOnTrunk.Configuration.Find(replica.Subject.Id) is not null);

    private string Describe(SimulatedGroup group) => string.Join("; ", run.ReplicasOf(group.Founding.Group).Select(replica =>
        replica.Actor is { } actor ? $"{replica.Subject.Id} {actor.Role} {actor.Epoch} {actor.Boundaries}" : $"{replica.Subject.Id} down"));

    private static void Report(SimulatedGroup group, Symptom symptom, string detail) => group.Observatory.Report(symptom, InvariantNames.Liveness, detail);
}
