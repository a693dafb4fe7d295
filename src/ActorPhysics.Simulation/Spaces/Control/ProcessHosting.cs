using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.Storage;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>
/// Carries out orders about replicas by the rules of the shipped node: one replica of a group at a time, ids never twice, everything in the book before it is
/// said or acted on. Writing takes as long as the disk does, and a crash may come between any two steps.
/// </summary>
internal sealed class ProcessHosting(ControlledNode node, IEventLoop loop)
{
    // Groups of which an order is under way, and who waits for it; null where it is not one to host.
    private readonly SortedDictionary<GroupId, HostJob?> _underWay = [];

    public void Host(GroupId group, ReplicaId replica, GroupCharter? charter, Action<ResponseOutcome, string> answer)
    {
        HostingPage page = node.Book.Of(group);
        SimulatedReplica? present = node.Find(group);
        if (_underWay.TryGetValue(group, out HostJob? job) && job?.Replica == replica)
        {
            job.Waiting.Add(answer);
        }
        else if (Objection(group, replica, page.Charter, charter, page, present) is (var outcome, { } why))
        {
            answer(outcome, why);
        }
        else if (present is { Actor.Role: not LineRole.Retired } && present.Subject.Id == replica)
        {
            answer(ResponseOutcome.Ok, "");
        }
        else
        {
            var begun = new HostJob(this, page.Charter ?? charter!, replica, answer);
            _underWay.Add(group, begun);
            node.Start(begun, loop);
        }
    }

    public void Retire(GroupId group, GroupIncarnation incarnation, Action<ResponseOutcome, string> answer)
    {
        HostingPage page = node.Book.Of(group);
        GroupIncarnation known = page.End ?? page.Charter?.Incarnation ?? incarnation;
        if (group.CompareTo(GroupCharter.FirstMadeGroup) < 0)
        {
            answer(ResponseOutcome.BadRequest, $"{group} comes from the settings");
        }
        else if (known != incarnation)
        {
            answer(ResponseOutcome.ConfigurationConflict, $"the incarnation of {group} that was here is {known}, not {incarnation}");
        }
        else if (_underWay.ContainsKey(group))
        {
            answer(ResponseOutcome.ConfigurationConflict, $"another order for {group} is under way");
        }
        else if (page.End is not null)
        {
            answer(ResponseOutcome.Ok, "");
        }
        else
        {
            // What it kept is there until the book says that the group is over.
            node.Find(group)?.Actor?.Stop();
            _underWay.Add(group, null);
            node.Start(new RetireJob(this, group, incarnation, answer), loop);
        }
    }

    /// <summary>Whether a replica is one of those that live here, which retired ones do not.</summary>
    public static bool Lives(SimulatedReplica replica) => replica.Actor is { Role: not LineRole.Retired };

    /// <summary>A replica takes no part any more: no later process may run it.</summary>
    public void Retired(SimulatedReplica replica) => node.Start(new RetirementNote(node, replica), loop);

    private (ResponseOutcome Outcome, string? Why) Objection(
        GroupId group, ReplicaId replica, GroupCharter? known, GroupCharter? charter, HostingPage page, SimulatedReplica? present)
    {
        if (page.End is not null)
        {
            return (ResponseOutcome.BadRequest, $"{group} is over");
        }

        if (group.CompareTo(GroupCharter.FirstMadeGroup) < 0 || (known ?? charter) is not { } origin || origin.Group != group)
        {
            return (ResponseOutcome.BadRequest, $"the order brings no charter of {group}");
        }

        if (known is not null && charter is not null && !CharterCodec.Encode(known).AsSpan().SequenceEqual(CharterCodec.Encode(charter)))
        {
            return (ResponseOutcome.ConfigurationConflict, $"{group} has another charter here");
        }

        if (present is { Actor.Role: not LineRole.Retired } && present.Subject.Id == replica)
        {
            return default;
        }

        if (_underWay.ContainsKey(group))
        {
            return (ResponseOutcome.ConfigurationConflict, $"another order for {group} is under way");
        }

        bool isFounder = replica.CompareTo(origin.Founding.HighestReplica) <= 0;
        if (isFounder && origin.Founding.Members.FirstOrDefault(member => member.Node == node.Node).Replica != replica)
        {
            return (ResponseOutcome.BadRequest, $"the charter of {group} does not place {replica} on {node.Node}");
        }

        return replica.CompareTo(page.Highest) <= 0 && page.Resident != replica ? (ResponseOutcome.BadRequest, $"{page.Highest} of {group} was here before")
            : present is { Actor: { } actor } && present.Subject.Id == replica ? (ResponseOutcome.BadRequest, $"{actor.Replica} is retired")
            : present is not null && !MayBeReplaced(present) ? (ResponseOutcome.ConfigurationConflict, $"{present.Subject.Id} of {group} lives on {node.Node}")
            : default;
    }

    private static bool MayBeReplaced(SimulatedReplica replica) => replica.Actor is not { } actor || actor.IsStopped || actor.Role == LineRole.Retired
        || (!actor.Configurations.Knows(actor.Replica) && actor.Epoch == LeaderEpoch.None && actor.Boundaries.Appended == LogIndex.Zero);

    private void RequireRoom()
    {
        if (node.Condition.IsFull)
        {
            throw new SimulatedStorageException("the simulated disk is full");
        }
    }

    private sealed class HostJob(ProcessHosting hosting, GroupCharter charter, ReplicaId replica, Action<ResponseOutcome, string> answer) : IBackgroundJob
    {
        private Exception? _fault;

        public ReplicaId Replica { get; } = replica;
        public List<Action<ResponseOutcome, string>> Waiting { get; } = [answer];

        public void Run()
        {
            hosting.RequireRoom();
            HostingPage page = Node.Book.Of(charter.Group);
            Node.Book.Write(charter.Group, page with
            {
                Charter = charter,
                Resident = Replica,
                Highest = Replica.CompareTo(page.Highest) > 0 ? Replica : page.Highest,
            });
        }

        public void Failed(Exception fault) => _fault = fault;

        public void RunOnLoop()
        {
            hosting._underWay.Remove(charter.Group);
            if (_fault is null)
            {
                if (Node.Find(charter.Group) is { } former)
                {
                    Node.Remove(former);
                }

                Node.Put(Node.Space.GroupOf(charter), Replica);
            }

            foreach (Action<ResponseOutcome, string> waiting in Waiting)
            {
                waiting(_fault is null ? ResponseOutcome.Ok : ResponseOutcome.Unavailable, _fault?.Message ?? "");
            }
        }

        private ControlledNode Node => hosting.Node;
    }

    private sealed class RetireJob(ProcessHosting hosting, GroupId group, GroupIncarnation incarnation, Action<ResponseOutcome, string> answer) : IBackgroundJob
    {
        private Exception? _fault;

        public void Run()
        {
            hosting.RequireRoom();
            hosting.Node.Book.Write(group, hosting.Node.Book.Of(group) with { Charter = null, Resident = ReplicaId.None, End = incarnation });
        }

        public void Failed(Exception fault) => _fault = fault;

        public void RunOnLoop()
        {
            hosting._underWay.Remove(group);
            if (_fault is null && hosting.Node.Find(group) is { } present)
            {
                hosting.Node.Remove(present);
            }

            answer(_fault is null ? ResponseOutcome.Ok : ResponseOutcome.Unavailable, _fault?.Message ?? "");
        }
    }

    private sealed class RetirementNote(ControlledNode node, SimulatedReplica replica) : IBackgroundJob
    {
        public void Run()
        {
            GroupId group = replica.Group.Founding.Group;
            HostingPage page = node.Book.Of(group);
            if (page.Resident == replica.Subject.Id && !node.Condition.IsFull)
            {
                node.Book.Write(group, page with { Resident = ReplicaId.None });
            }
        }

        public void Failed(Exception fault)
        {
            // The replica will be told again after the next start.
        }

        public void RunOnLoop()
        {
            // Nobody waits for it.
        }
    }

    private ControlledNode Node => node;
}
