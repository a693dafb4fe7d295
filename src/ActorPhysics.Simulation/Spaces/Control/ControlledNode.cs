using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.Randomness;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>A node that hosts what the config group orders: its book of replicas stays, and each process of it has a desk of its own.</summary>
internal sealed class ControlledNode(SpaceRun run, ControlPlan plan, int index, ClockPlan clock, SeededRandom random) : SimulatedNode(run, index, clock, random)
{
    private ProcessDesk? _desk;

    public SpaceRun Space => run;
    public ControlPlan Plan => plan;
    public HostingPages Book { get; } = new();
    public override IProcessDesk? Desk => _desk;

    /// <summary>The desk of the process that runs; null while none does.</summary>
    public ProcessDesk? Process => _desk;

    /// <summary>Another replica lives here from now on. The book says so already.</summary>
    public void Put(SimulatedGroup group, ReplicaId id)
    {
        Settle(group, id, begins: true);
    }

    /// <summary>A replica ends here. The book says so already, or will not be asked.</summary>
    public void Remove(SimulatedReplica replica) => Unsettle(replica);

    public override void LoopFault(object source, Exception fault) => run.Faulted(fault);

    protected override void ProcessBegins(IEventLoop loop)
    {
        Reconcile();
        _desk = new ProcessDesk(this, loop);
    }

    protected override void ProcessEnded() => _desk = null;

    /// <summary>A process that died may have noted more than it did.</summary>
    private void Reconcile()
    {
        foreach (SimulatedReplica replica in Replicas.ToArray())
        {
            GroupId group = replica.Group.Founding.Group;
            if (group != SpaceRun.ConfigGroup && Book.Of(group).Resident != replica.Subject.Id)
            {
                Unsettle(replica);
            }
        }

        foreach ((GroupId group, HostingPage page) in Book.All)
        {
            if (!page.Resident.IsNone && Find(group) is null)
            {
                Settle(run.GroupOf(page.Charter!), page.Resident, begins: false);
            }
        }
    }
}
