using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Loops;
using ActorPhysics.Hosting.Storage;
using ActorPhysics.Wire.Requests;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>How an order to host or to discard a replica ended.</summary>
/// <param name="Detail">One sentence for people; empty when it was done.</param>
internal readonly record struct HostingAnswer(ResponseOutcome Outcome, string Detail)
{
    public static HostingAnswer Done => new(ResponseOutcome.Ok, "");

    public static HostingAnswer Refused(string detail) => new(ResponseOutcome.BadRequest, detail);

    /// <summary>It may be done later, when the node's present replica of the group is gone.</summary>
    public static HostingAnswer Conflict(string detail) => new(ResponseOutcome.ConfigurationConflict, detail);
}

/// <summary>What a node lends to its replicas.</summary>
internal sealed record HostingParts(
    NodeOptions Options,
    StateMachineRegistry Machines,
    NodeStorage Storage,
    BackgroundWorker Worker,
    EventLoop Loop,
    Supervisor Supervisor,
    ReplicaHost Host,
    NodeMetrics Metrics,
    IRandomSource Random,
    ILogger Logger);

/// <summary>
/// Brings replicas to life: at start those of the founding and those that were ordered since, later those that are ordered while the node runs. One
/// replica of a group at a time; which ones were here is written down before anything else, so that no former member ever runs again. Orders come
/// on the loop and are answered there; what blocks happens on the worker.
/// </summary>
internal sealed class ReplicaHosting
{
    private readonly HostingParts _parts;
    private readonly SortedDictionary<GroupId, HostedGroup> _groups;
    private readonly SortedDictionary<GroupId, HostingJob> _underWay = [];

    /// <param name="parts">What the replicas live on.</param>
    /// <param name="groups">The replicas that live here; changed on the loop only once that runs.</param>
    public ReplicaHosting(HostingParts parts, SortedDictionary<GroupId, HostedGroup> groups)
    {
        _parts = parts;
        _groups = groups;
    }

    private HostingBook Book => _parts.Storage.Hosting;

    /// <summary>Recovers the replicas that live here. It blocks, and comes before the loop runs.</summary>
    /// <exception cref="NodeStartException">A group cannot be as it is configured.</exception>
    /// <exception cref="StorageException">The journal knows of replicas that the node's list lacks.</exception>
    public void RecoverAll()
    {
        foreach (GroupSettings group in _parts.Options.Groups)
        {
            RequireComplete(group);
            ReplicaId replica = ResidentOf(group);
            if (!replica.IsNone)
            {
                Settle(group, Recover(group, replica));
            }
        }
    }

    /// <summary>Orders a replica of a group to live here from now on.</summary>
    /// <param name="answer">Called once, on the loop.</param>
    public void Host(GroupId groupId, ReplicaId replica, Action<HostingAnswer> answer)
    {
        if (_parts.Options.Groups.FirstOrDefault(candidate => candidate.Id == groupId) is not { } group)
        {
            answer(new HostingAnswer(ResponseOutcome.NoSuchGroup, $"{groupId} is not in this node's configuration"));
            return;
        }

        _groups.TryGetValue(groupId, out HostedGroup? present);
        if (_underWay.TryGetValue(groupId, out HostingJob? job) && job.Replica == replica)
        {
            job.Waiting.Add(answer);
        }
        else if (present is { RetiredBecause: null } && present.Actor.Replica == replica)
        {
            answer(HostingAnswer.Done);
        }
        else if ((job is null ? ObjectionTo(group, replica, present) : HostingAnswer.Conflict($"another order for {groupId} is under way")) is { } objection)
        {
            answer(objection);
        }
        else
        {
            Begin(new HostingJob(this, group, replica, present, answer));
        }
    }

    /// <summary>Deletes what the node keeps of a replica that is retired here.</summary>
    /// <param name="answer">Called once, on the loop.</param>
    public void Discard(GroupId group, ReplicaId replica, Action<HostingAnswer> answer)
    {
        var stream = new JournalStreamId(group, replica);
        HostedGroup? present = _groups.TryGetValue(group, out HostedGroup? hosted) && hosted.Actor.Replica == replica ? hosted : null;
        if (_underWay.ContainsKey(group))
        {
            answer(HostingAnswer.Conflict($"another order for {group} is under way"));
        }
        else if (present is { RetiredBecause: null, NeverBegan: false })
        {
            answer(HostingAnswer.Conflict($"{replica} is not retired: remove it from the group first"));
        }
        else if (present is null && Book.Find(stream) is not { State: not HostingState.Hosted })
        {
            answer(HostingAnswer.Refused($"no retired replica {replica} of {group} is kept here"));
        }
        else
        {
            if (present is not null)
            {
                present.Actor.Stop();
                _groups.Remove(group);
            }

            _parts.Worker.Start(new DiscardJob(_parts.Storage, stream, present?.RetiredBecause ?? "it never became a member", answer), _parts.Loop);
        }
    }

    /// <summary>A replica takes no part any more. When that is because it was removed, no later process of this node may run it.</summary>
    public void OnRetired(HostedGroup group, string reason)
    {
        group.RetiredBecause = reason;
        GroupConfiguration configuration = group.Configuration;
        ReplicaId replica = group.Actor.Replica;

        // Whoever forgot what it promised says so again after every start, from its disk; an operator may still bring the right disk back.
        bool isRemoved = configuration.HasRemoved(replica)
            || (group.Actor.Status.Damage is null && group.Settings.FailureModel == GroupFailureModel.CrashRecovery);
        if (isRemoved)
        {
            var entry = new HostingEntry(new JournalStreamId(configuration.Group, replica), HostingState.Retired, reason);
            _parts.Worker.Start(new NoteJob(Book, entry, _parts.Logger), _parts.Loop);
        }
    }

    /// <summary>The replica that lives here: the last that was ordered, or that of the founding, unless it is retired.</summary>
    private ReplicaId ResidentOf(GroupSettings group)
    {
        foreach (HostingEntry entry in Book.Of(group.Id))
        {
            if (entry.State == HostingState.Hosted)
            {
                return entry.Replica.Replica;
            }
        }

        ReplicaId founding = GroupPlan.ReplicaOn(_parts.Options.Node.Id);
        bool isFounder = _parts.Options.MembersOf(group).Contains(_parts.Options.Node.Id);
        return isFounder && Book.Find(new JournalStreamId(group.Id, founding)) is null ? founding : ReplicaId.None;
    }

    private void RequireComplete(GroupSettings group)
    {
        ReplicaId founding = GroupPlan.ReplicaOn(_parts.Options.Node.Id);
        foreach (JournalStreamId stream in _parts.Storage.Journal.Streams)
        {
            if (stream.Group == group.Id && stream.Replica != founding && Book.Find(stream) is null)
            {
                throw new StorageException(
                    StorageFaultKind.Missing, $"The journal holds {stream}, of which the node's list of replicas knows nothing: the list is older than the journal.");
            }
        }
    }

    private HostingAnswer? ObjectionTo(GroupSettings group, ReplicaId replica, HostedGroup? present)
    {
        try
        {
            GroupConfiguration founding = GroupPlan.FoundingOf(_parts.Options, group);
            GroupPlan.SettingsOf(_parts.Options, group, _parts.Machines, replica);
            if (replica.CompareTo(founding.HighestReplica) <= 0)
            {
                return HostingAnswer.Refused($"ids up to {founding.HighestReplica} belong to the founding replicas of {group.Id}");
            }
        }
        catch (NodeStartException misfit)
        {
            return HostingAnswer.Refused(misfit.Message);
        }

        if (present?.Actor.Replica == replica)
        {
            return HostingAnswer.Refused($"{replica} of {group.Id} is retired: {present.RetiredBecause}");
        }

        ReplicaId highest = HighestHere(Book, group.Id, present);
        bool isOrdered = Book.Find(new JournalStreamId(group.Id, replica)) is { State: HostingState.Hosted };
        if (replica.CompareTo(highest) <= 0 && !isOrdered)
        {
            return HostingAnswer.Refused($"{highest} of {group.Id} was here before; replica ids are never used again");
        }

        return present is { MayBeReplaced: false }
            ? HostingAnswer.Conflict($"{present.Actor.Replica} of {group.Id} lives on {_parts.Options.Node.Id} and is not retired; a node holds one replica of a group")
            : null;
    }

    /// <summary>The highest id of a replica that ever lived here; <see cref="ReplicaId.None"/> when none did.</summary>
    public static ReplicaId HighestHere(HostingBook book, GroupId group, HostedGroup? present)
    {
        ReplicaId highest = present?.Actor.Replica ?? ReplicaId.None;
        foreach (HostingEntry entry in book.Of(group))
        {
            highest = entry.Replica.Replica.CompareTo(highest) > 0 ? entry.Replica.Replica : highest;
        }

        return highest;
    }

    private void Begin(HostingJob job)
    {
        _underWay.Add(job.Group.Id, job);
        _parts.Worker.Start(job, _parts.Loop);
    }

    private void End(HostingJob job, HostingAnswer answer)
    {
        _underWay.Remove(job.Group.Id);
        foreach (Action<HostingAnswer> waiting in job.Waiting)
        {
            waiting(answer);
        }
    }

    private (ReplicaSettings Settings, RecoveredState State) Recover(GroupSettings group, ReplicaId replica)
    {
        GroupConfiguration founding = GroupPlan.FoundingOf(_parts.Options, group);
        ReplicaSettings settings = GroupPlan.SettingsOf(_parts.Options, group, _parts.Machines, replica);
        var stream = new JournalStreamId(group.Id, replica);
        bool ranBefore = _parts.Storage.HasRun(stream);
        if (group.FailureModel == GroupFailureModel.CrashStop)
        {
            // Its memory dies with the process, so the note must come before its first word.
            _parts.Storage.NoteRun(stream);
        }

        RecoveredState recovered = ReplicaRecovery.Recover(settings, founding, _parts.Host.Journal, _parts.Host.Snapshots, ranBefore);
        if (recovered.Replica.Damage is { } damage && _parts.Options.Cluster.Nodes.Length == 1)
        {
            // In a cluster of one node nobody can have joined the group: it would wait for ever.
            throw new UnrecoverableReplicaException(
                $"{stream}: {damage.Reason}; the group has no other voter from whom to repair it. Restore the data folder from a copy, or give the group up.");
        }

        return (settings, recovered);
    }

    private HostedGroup Settle(GroupSettings group, (ReplicaSettings Settings, RecoveredState State) recovered)
    {
        foreach (string notice in recovered.State.Notices)
        {
            NodeLog.Recovery(_parts.Logger, notice);
        }

        var name = new ActorName($"{_parts.Options.OwnNode.Name}/{group.Name}");
        ActorSettings actorSettings = ActorSettings.WithDefaults(name, _parts.Loop, _parts.Supervisor) with
        {
            Mailbox = new MailboxBounds(_parts.Options.Limits.MailboxCapacity, PeerReserve: 4096, SignalReserve: 1024),
        };
        var watch = new ReplicaWatch(this, new JournalStreamId(group.Id, recovered.Settings.Self), _parts);
        ReplicaHost own = _parts.Host with { Observer = watch };
        var actor = new ReplicaActor(actorSettings, recovered.Settings, recovered.State, own, _parts.Random.NextBits());
        var hosted = new HostedGroup(group, actor);
        watch.Watched = hosted;
        _groups[group.Id] = hosted;
        return hosted;
    }

    /// <summary>Writes the order down, then recovers the replica; on the loop it takes the former one's place.</summary>
    private sealed class HostingJob(ReplicaHosting hosting, GroupSettings group, ReplicaId replica, HostedGroup? former, Action<HostingAnswer> answer) : IBackgroundJob
    {
        private readonly string _formersEnd = former?.RetiredBecause ?? former?.StoppedBecause ?? "it never became a member";
        private (ReplicaSettings Settings, RecoveredState State)? _recovered;
        private Exception? _fault;

        public GroupSettings Group { get; } = group;
        public ReplicaId Replica { get; } = replica;
        public List<Action<HostingAnswer>> Waiting { get; } = [answer];

        public void Run()
        {
            var order = new HostingEntry(new JournalStreamId(Group.Id, Replica), HostingState.Hosted, "");
            if (former is null)
            {
                hosting.Book.Write(order);
            }
            else
            {
                // Both at once: there is never a moment in which two of them would run after a restart, or none.
                hosting.Book.Write(new HostingEntry(new JournalStreamId(Group.Id, former.Actor.Replica), HostingState.Retired, _formersEnd), order);
            }

            _recovered = hosting.Recover(Group, Replica);
        }

        public void Failed(Exception fault) => _fault = fault;

        public void RunOnLoop()
        {
            if (_recovered is not { } recovered)
            {
                hosting.End(this, new HostingAnswer(ResponseOutcome.Unavailable, _fault?.Message ?? "the replica could not be recovered"));
                return;
            }

            former?.Actor.Stop();
            HostedGroup hosted = hosting.Settle(Group, recovered);
            NodeLog.Hosted(hosting._parts.Logger, Group.Name, Replica.ToString());
            hosted.Actor.Start();
            hosting.End(this, HostingAnswer.Done);
        }
    }

    private sealed class DiscardJob(NodeStorage storage, JournalStreamId replica, string reason, Action<HostingAnswer> answer) : IBackgroundJob
    {
        private Exception? _fault;

        public void Run()
        {
            HostingEntry retired = storage.Hosting.Find(replica) is { State: not HostingState.Hosted } known
                ? known
                : new HostingEntry(replica, HostingState.Retired, reason);

            // Retired first and discarded last: after a crash in between it can be told to do it again, and does not run on what is left.
            storage.Hosting.Write(retired);
            storage.Discard(replica);
            storage.Hosting.Write(retired with { State = HostingState.Discarded });
        }

        public void Failed(Exception fault) => _fault = fault;

        public void RunOnLoop() => answer(_fault is null ? HostingAnswer.Done : new HostingAnswer(ResponseOutcome.Unavailable, _fault.Message));
    }

    private sealed class NoteJob(HostingBook book, HostingEntry entry, ILogger logger) : IBackgroundJob
    {
        public void Run()
        {
            // It may have been discarded meanwhile, which says more.
            if (book.Find(entry.Replica) is not { State: HostingState.Retired or HostingState.Discarded })
            {
                book.Write(entry);
            }
        }

        // The replica will be told again after the next start.
        public void Failed(Exception fault) => NodeLog.RetirementNotNoted(logger, entry.Replica.ToString(), fault.Message);

        public void RunOnLoop()
        {
            // Nobody waits for it.
        }
    }
}
