using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Hosting.Storage;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>How an order to host or to discard a replica, or to retire a group, ended.</summary>
/// <param name="Detail">One sentence for people; empty when it was done.</param>
internal readonly record struct HostingAnswer(ResponseOutcome Outcome, string Detail)
{
    public static HostingAnswer Done => new(ResponseOutcome.Ok, "");

    public static HostingAnswer Refused(string detail) => new(ResponseOutcome.BadRequest, detail);

    /// <summary>It may be done later, when the node's present replica of the group is gone.</summary>
    public static HostingAnswer Conflict(string detail) => new(ResponseOutcome.ConfigurationConflict, detail);
}

/// <summary>
/// Brings replicas to life: at start those of the settings' founding and those that were ordered since, later those that are ordered while the node
/// runs. One replica of a group at a time; which ones were here is written down before anything else, so that no former member ever runs again. Orders
/// come on the loop and are answered there; what blocks happens on the worker.
/// </summary>
internal sealed class ReplicaHosting
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);

    private readonly HostingParts _parts;
    private readonly SortedDictionary<GroupId, HostedGroup> _groups;
    private readonly GroupOrigins _origins;
    private readonly ReplicaStarter _starter;

    // Groups of which an order is under way; null where it is not one to host.
    private readonly SortedDictionary<GroupId, HostingJob?> _underWay = [];

    /// <param name="parts">What the replicas live on.</param>
    /// <param name="origins">The groups that may live here without a charter.</param>
    /// <param name="groups">The replicas that live here; changed on the loop only once that runs.</param>
    public ReplicaHosting(HostingParts parts, GroupOrigins origins, SortedDictionary<GroupId, HostedGroup> groups)
    {
        _parts = parts;
        _origins = origins;
        _groups = groups;
        _starter = new ReplicaStarter(parts);
    }

    /// <summary>Follows the replicas for the config group; null before the node is whole, and without a config group.</summary>
    public ControlDesk? Control { get; set; }

    private HostingBook Book => _parts.Storage.Hosting;

    private NodeId Self => _parts.Options.Node.Id;

    /// <summary>Recovers the replicas that live here. It blocks, and comes before the loop runs.</summary>
    /// <exception cref="NodeStartException">A group cannot be as it is configured.</exception>
    /// <exception cref="StorageException">The journal knows of replicas that the node's list lacks.</exception>
    public void RecoverAll()
    {
        RequireComplete();
        GroupOrigin[] groups = [.. _origins.All];
        long reportedAt = Stopwatch.GetTimestamp();
        for (int recovered = 0; recovered < groups.Length; recovered++)
        {
            ReplicaId replica = ResidentOf(groups[recovered]);
            if (!replica.IsNone)
            {
                _groups[groups[recovered].Id] = _starter.Settle(_starter.Recover(groups[recovered], replica), this);
            }

            if (Stopwatch.GetElapsedTime(reportedAt) >= ReportEvery)
            {
                reportedAt = Stopwatch.GetTimestamp();
                NodeLog.Recovering(_parts.Logger, _parts.Options.OwnNode.Name, recovered + 1, groups.Length);
            }
        }
    }

    /// <summary>Orders a replica of a group to live here from now on.</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="replica">The replica.</param>
    /// <param name="charter">What the group is, if the settings do not name it; null where the node was told before.</param>
    /// <param name="answer">Called once, on the loop.</param>
    public void Host(GroupId groupId, ReplicaId replica, GroupCharter? charter, Action<HostingAnswer> answer)
    {
        if (!TryFindOrigin(groupId, charter, out GroupOrigin? group, out HostingAnswer refusal))
        {
            answer(refusal);
            return;
        }

        _groups.TryGetValue(groupId, out HostedGroup? present);
        bool isBusy = _underWay.TryGetValue(groupId, out HostingJob? job);
        if (job?.Replica == replica)
        {
            job.Waiting.Add(answer);
        }
        else if (present is { RetiredBecause: null } && present.Actor.Replica == replica)
        {
            answer(HostingAnswer.Done);
        }
        else if ((isBusy ? Busy(groupId) : ObjectionTo(group, replica, present)) is { } objection)
        {
            answer(objection);
        }
        else
        {
            var begun = new HostingJob(this, group, replica, present, answer);
            _underWay.Add(groupId, begun);
            _parts.Worker.Start(begun, _parts.Loop);
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
            answer(Busy(group));
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

            var entry = new HostingEntry(stream, HostingState.Retired, present?.RetiredBecause ?? "it never became a member");
            BeginEnding(new EndingJob(_parts.Storage, group, [entry], end: null, answer));
        }
    }

    /// <summary>A group is over: its replica here ends, its data is deleted, and no replica of it ever lives here again.</summary>
    /// <param name="answer">Called once, on the loop.</param>
    public void Retire(GroupId groupId, GroupIncarnation incarnation, string reason, Action<HostingAnswer> answer)
    {
        GroupPage page = Book.Of(groupId);
        GroupIncarnation known = page.End?.Incarnation ?? page.Charter?.Incarnation ?? incarnation;
        if (groupId.CompareTo(GroupCharter.FirstMadeGroup) < 0)
        {
            answer(HostingAnswer.Refused($"{groupId} comes from the settings: it is over when they do not name it any more"));
        }
        else if (known != incarnation && page.Recovery?.Configuration.Incarnation != incarnation)
        {
            answer(HostingAnswer.Conflict($"the incarnation of {groupId} that was here is {known}, not {incarnation}"));
        }
        else if (_underWay.ContainsKey(groupId))
        {
            answer(Busy(groupId));
        }
        else if (page.End is not null && page.Entries.IsEmpty)
        {
            answer(HostingAnswer.Done);
        }
        else
        {
            if (_groups.Remove(groupId, out HostedGroup? present))
            {
                present.Actor.Stop();
                NodeLog.GroupEnded(_parts.Logger, present.Name, reason);
            }

            BeginEnding(new EndingJob(
                _parts.Storage,
                groupId,
                [.. page.Entries.Select(entry => entry.State == HostingState.Hosted ? entry with { State = HostingState.Retired, Reason = reason } : entry)],
                new GroupEnd(groupId, incarnation, reason),
                answer));
        }
    }

    /// <summary>The replica of a group that lives here; null when none does.</summary>
    public HostedGroup? Find(GroupId group) => _groups.GetValueOrDefault(group);

    /// <summary>Keeps other orders for a group away, until it is released; false when one is under way.</summary>
    public bool TryReserve(GroupId group) => _underWay.TryAdd(group, null);

    public void Release(GroupId group) => _underWay.Remove(group);

    /// <summary>Takes a replica off the list; what becomes of it is the caller's to say.</summary>
    public void Remove(HostedGroup group) => _groups.Remove(group.Id);

    /// <summary>Brings a replica to life that was written down before.</summary>
    public void Put(RecoveredReplicaHere replica)
    {
        HostedGroup hosted = _starter.Settle(replica, this);
        _groups[hosted.Id] = hosted;
        Control?.Settled(hosted);
        NodeLog.Hosted(_parts.Logger, hosted.Name, hosted.Actor.Replica.ToString());
        hosted.Actor.Start();
    }

    /// <summary>A replica takes no part any more. When that is because it was removed, no later process of this node may run it.</summary>
    public void OnRetired(HostedGroup group, string reason)
    {
        group.RetiredBecause = reason;
        GroupConfiguration configuration = group.Configuration;
        ReplicaId replica = group.Actor.Replica;

        // Whoever forgot what it promised says so again after every start, from its disk; an operator may still bring the right disk back.
        bool isRemoved = configuration.HasRemoved(replica) || (group.Actor.Status.Damage is null && !group.Origin.IsCrashStop);
        if (isRemoved)
        {
            var entry = new HostingEntry(new JournalStreamId(configuration.Group, replica), HostingState.Retired, reason);
            _parts.Worker.Start(new RetirementNote(Book, entry, _parts.Logger), _parts.Loop);
        }
    }

    /// <summary>The highest id of a replica that ever lived here; <see cref="ReplicaId.None"/> when none did.</summary>
    public static ReplicaId HighestHere(HostingBook book, GroupId group, HostedGroup? present)
    {
        ReplicaId highest = present?.Actor.Replica ?? ReplicaId.None;
        foreach (HostingEntry entry in book.Of(group).Entries)
        {
            highest = entry.Replica.Replica.CompareTo(highest) > 0 ? entry.Replica.Replica : highest;
        }

        return highest;
    }

    private static HostingAnswer Busy(GroupId group) => HostingAnswer.Conflict($"another order for {group} is under way");

    /// <summary>The replica that lives here: the last that was ordered, or that of the settings' founding, unless it is retired.</summary>
    private ReplicaId ResidentOf(GroupOrigin group)
    {
        if (Book.Of(group.Id).Resident is { } resident)
        {
            return resident.Replica.Replica;
        }

        // The founding replicas of a charter come by order, like all others; those of an incarnation that ended are over.
        ReplicaId founding = group is { Charter: null, Recovery: null } ? group.FounderOn(Self) : ReplicaId.None;
        return Book.Find(new JournalStreamId(group.Id, founding)) is null ? founding : ReplicaId.None;
    }

    private void RequireComplete()
    {
        foreach (JournalStreamId stream in _parts.Storage.Journal.Streams)
        {
            GroupPage page = Book.Of(stream.Group);
            bool isConfigured = _origins.IsConfigured(stream.Group);
            bool mustBeKnown = isConfigured || stream.Group.CompareTo(GroupCharter.FirstMadeGroup) >= 0;
            bool isFounder = isConfigured && stream.Replica == GroupPlan.ReplicaOn(Self);
            if (mustBeKnown && !isFounder && page.End is null && page.Find(stream.Replica) is null)
            {
                throw new StorageException(
                    StorageFaultKind.Missing, $"The journal holds {stream}, of which the node's list of replicas knows nothing: the list is older than the journal.");
            }
        }
    }

    private bool TryFindOrigin(
        GroupId groupId, GroupCharter? charter, [NotNullWhen(true)] out GroupOrigin? group, out HostingAnswer refusal)
    {
        refusal = default;
        if (Book.Of(groupId).End is { } end)
        {
            group = null;
            refusal = HostingAnswer.Refused($"{groupId} is over: {end.Reason}");
            return false;
        }

        if (!_origins.TryFind(groupId, out group) && charter?.Group == groupId)
        {
            group = _origins.Of(charter);
        }

        if (group is null)
        {
            refusal = charter is null
                ? new HostingAnswer(ResponseOutcome.NoSuchGroup, $"{groupId} is not in this node's configuration, and the order brings no charter")
                : HostingAnswer.Refused($"the charter is that of {charter.Group}, not of {groupId}");
            return false;
        }

        if (charter is not null && (group.Charter is not { } known || !CharterCodec.Encode(known).AsSpan().SequenceEqual(CharterCodec.Encode(charter))))
        {
            refusal = HostingAnswer.Conflict(group.Charter is null ? $"{groupId} comes from this node's settings" : $"{groupId} has another charter here: {group.Charter}");
            return false;
        }

        return true;
    }

    private HostingAnswer? ObjectionTo(GroupOrigin group, ReplicaId replica, HostedGroup? present)
    {
        try
        {
            GroupPlan.SettingsOf(_parts.Options, group, _parts.Machines, replica);
        }
        catch (NodeStartException misfit)
        {
            return HostingAnswer.Refused(misfit.Message);
        }

        bool isFounder = replica.CompareTo(group.Founding.HighestReplica) <= 0;
        if (isFounder && (group.Charter is null || group.FounderOn(Self) != replica))
        {
            return HostingAnswer.Refused(group.Charter is null
                ? $"ids up to {group.Founding.HighestReplica} belong to the founding replicas of {group.Id}"
                : $"the charter of {group.Id} places {(group.FounderOn(Self) is { IsNone: false } own ? own.ToString() : "none of its founding replicas")} on {Self}, not {replica}");
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
            ? HostingAnswer.Conflict($"{present.Actor.Replica} of {group.Id} lives on {Self} and is not retired; a node holds one replica of a group")
            : null;
    }

    private void BeginEnding(EndingJob job)
    {
        _underWay.Add(job.Group, null);
        job.Ended = () => _underWay.Remove(job.Group);
        _parts.Worker.Start(job, _parts.Loop);
    }

    /// <summary>Writes the order down, then recovers the replica; on the loop it takes the former one's place.</summary>
    private sealed class HostingJob(ReplicaHosting hosting, GroupOrigin group, ReplicaId replica, HostedGroup? former, Action<HostingAnswer> answer) : IBackgroundJob
    {
        private readonly string _formersEnd = former?.RetiredBecause ?? former?.StoppedBecause ?? "it never became a member";
        private RecoveredReplicaHere? _recovered;
        private Exception? _fault;

        public ReplicaId Replica { get; } = replica;
        public List<Action<HostingAnswer>> Waiting { get; } = [answer];

        public void Run()
        {
            // All at once: there is never a moment in which two of them would run after a restart, or none, or one of which nobody knows what it is.
            List<HostingItem> items = [new HostingEntry(new JournalStreamId(group.Id, Replica), HostingState.Hosted, "")];
            if (former is not null)
            {
                items.Insert(0, new HostingEntry(new JournalStreamId(group.Id, former.Actor.Replica), HostingState.Retired, _formersEnd));
            }

            if (group.Charter is { } charter && hosting.Book.Of(group.Id).Charter is null)
            {
                items.Insert(0, new CharterItem(charter));
            }

            hosting.Book.Write(items);
            _recovered = hosting._starter.Recover(group, Replica);
        }

        public void Failed(Exception fault) => _fault = fault;

        public void RunOnLoop()
        {
            hosting._underWay.Remove(group.Id);
            HostingAnswer outcome = new(ResponseOutcome.Unavailable, _fault?.Message ?? "the replica could not be recovered");
            if (_recovered is { } recovered)
            {
                former?.Actor.Stop();
                HostedGroup hosted = hosting._starter.Settle(recovered, hosting);
                hosting._groups[group.Id] = hosted;
                hosting.Control?.Settled(hosted);
                NodeLog.Hosted(hosting._parts.Logger, group.Name, Replica.ToString());
                hosted.Actor.Start();
                outcome = HostingAnswer.Done;
            }

            foreach (Action<HostingAnswer> waiting in Waiting)
            {
                waiting(outcome);
            }
        }
    }
}
