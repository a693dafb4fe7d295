using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Membership;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Journal;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// Groups that lost their quorum begin anew from a survivor, by an operator's word (docs/design/recovery.md). The survivor's node writes a new first
/// replica beside the old one, which it retires; every other node is told until it knows: what it has of the former incarnation retires, too. On the loop.
/// </summary>
internal sealed class GroupRecoveries(HostingParts parts, ReplicaHosting hosting, INodeRequests requests, NodeDirectory directory, Func<NodeId, bool> isConnected)
    : IPeerListener
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private HostingBook Book => parts.Storage.Hosting;

    /// <summary>Begins a group anew from its replica here, or says what that would mean.</summary>
    /// <param name="answer">Called once, on the loop; the plan is null unless the outcome is <see cref="ResponseOutcome.Ok"/>.</param>
    public void Recover(GroupId groupId, RecoverGroupOperation order, Action<HostingAnswer, RecoveryPlan?> answer)
    {
        HostedGroup? group = hosting.Find(groupId);
        if ((group is null ? new HostingAnswer(ResponseOutcome.NoSuchGroup, "no replica of that group lives here") : ObjectionTo(group, order)) is { } objection)
        {
            answer(objection, null);
        }
        else if (!hosting.TryReserve(groupId))
        {
            answer(HostingAnswer.Conflict($"another order for {groupId} is under way"), null);
        }
        else
        {
            if (!order.IsDryRun)
            {
                NodeLog.BegunAnew(parts.Logger, group!.Name, order.Replica.ToString(), order.Tail.ToString());
                hosting.Remove(group);
                group.Actor.Stop();
            }

            parts.Worker.Start(new RecoveryJob(this, group!, order, answer), parts.Loop);
        }
    }

    /// <summary>Takes the word that a group was recovered elsewhere: what is here of the former incarnation retires.</summary>
    /// <param name="answer">Called once, on the loop.</param>
    public void Learn(GroupRecovery recovery, Action<HostingAnswer> answer)
    {
        GroupPage page = Book.Of(recovery.Group);
        if (page.End is not null || page.Recovery?.Configuration.Incarnation == recovery.Configuration.Incarnation)
        {
            answer(HostingAnswer.Done);
        }
        else if (page.Recovery is { } known && known.Configuration.Epoch >= recovery.Configuration.Epoch)
        {
            answer(HostingAnswer.Conflict($"here {known}; two recoveries of one group exclude each other"));
        }
        else if (!hosting.TryReserve(recovery.Group))
        {
            answer(HostingAnswer.Conflict($"another order for {recovery.Group} is under way"));
        }
        else
        {
            List<HostingItem> items = [new RecoveryItem(recovery)];
            string reason = recovery.ToString();
            if (hosting.Find(recovery.Group) is { } present)
            {
                hosting.Remove(present);
                present.Actor.Stop();
                items.Add(new HostingEntry(new JournalStreamId(recovery.Group, present.Actor.Replica), HostingState.Retired, reason));
            }

            NodeLog.RecoveredElsewhere(parts.Logger, recovery.Group.ToString(), reason);
            parts.Worker.Start(new NoteJob(this, recovery.Group, items, answer), parts.Loop);
        }
    }

    public void PeerConnected(NodeId node, ProcessRun run)
    {
        foreach (GroupPage page in Book.Pages.Values)
        {
            if (page is { Recovery: { } recovery, Resident: not null })
            {
                Tell(node, recovery);
            }
        }
    }

    public void PeerDisconnected(NodeId node, string reason)
    {
        // It is told again when it comes back.
    }

    /// <summary>What a node is told once is written down there; that it knows already costs it nothing.</summary>
    private void Tell(NodeId node, GroupRecovery recovery)
    {
        byte[] operation = RecoveryCodec.Encode(recovery);
        requests.Ask(node, recovery.Group, RequestKind.GroupRecovered, operation, Patience, answer =>
        {
            if (!answer.IsDone)
            {
                NodeLog.RecoveryNotHeard(parts.Logger, node.ToString(), recovery.Group.ToString(), $"{answer.Outcome} {answer.Detail}");
            }
        });
    }

    private HostingAnswer? ObjectionTo(HostedGroup group, RecoverGroupOperation order)
    {
        if (group.Actor.IsStopped)
        {
            return HostingAnswer.Refused($"the replica is stopped: {group.StoppedBecause}");
        }

        LineStatus status = group.Actor.Status;
        string? refusal =
            !order.IsDryRun && !order.AcceptsLoss ? "the order does not say that the loss is accepted"
            : status.Role is LineRole.Leader ? "the group has a leader, and it is here: nothing is lost"
            : Hears(group, status) ? $"the group has a leader: {status.Leader} on {group.Actor.NodeOf(status.Leader)}"
            : status.Role is LineRole.Retired || group.RetiredBecause is not null ? "the replica is retired: it does not know what became of the group since"
            : status.Damage is not null ? $"the replica is damaged itself: {status.Damage}"
            : status.Configuration.Find(status.Replica) is not { Role: not MemberRole.Witness } ? "the replica is no member that has the group's state"
            : null;
        if (refusal is not null)
        {
            return HostingAnswer.Refused(refusal);
        }

        bool isAsSeen = status.Incarnation == order.Incarnation && status.Replica == order.Replica && status.Tail == order.Tail;
        return isAsSeen
            ? null
            : HostingAnswer.Conflict($"{status.Replica} of incarnation {status.Incarnation} ends at {status.Tail} now: look again");
    }

    // Whoever stands for election has lost its leader, and remembers who it was; a learner never stands.
    private bool Hears(HostedGroup group, LineStatus status) =>
        status.Role is LineRole.Follower && !status.Leader.IsNone && isConnected(group.Actor.NodeOf(status.Leader));

    /// <summary>Reads the survivor back from its disk, and begins anew from there.</summary>
    private sealed class RecoveryJob(
        GroupRecoveries owner, HostedGroup survivor, RecoverGroupOperation order, Action<HostingAnswer, RecoveryPlan?> answer) : IBackgroundJob
    {
        private readonly ReplicaId _former = survivor.Actor.Replica;
        private readonly ReplicaId _newcomer = Next(survivor, owner.Book);
        private RecoveryPlan? _plan;
        private RecoveredReplicaHere? _recovered;
        private HostingAnswer _outcome = HostingAnswer.Done;

        public void Run()
        {
            HostingParts parts = owner.Parts;
            RecoveredReplicaHere former = owner.Starter.Recover(survivor.Origin, _former);
            RecoveredReplica replica = former.State.Replica;
            _plan = new RecoveryPlan(replica.Log.Tail, replica.CommittedThrough, ReplicaRebirth.EntriesAtRisk(replica), Done: null);
            if (order.IsDryRun)
            {
                return;
            }

            if (replica.Damage is { } damage || replica.Log.Tail != order.Tail)
            {
                _outcome = HostingAnswer.Conflict($"on its disk the replica ends at {replica.Log.Tail}{(replica.Damage is null ? "" : $", and it is damaged: {replica.Damage.Reason}")}");
                return;
            }

            GroupRecovery recovery = RecoveryOf(replica);
            string reason = recovery.ToString();
            var newcomer = new JournalStreamId(survivor.Id, _newcomer);

            // First, so that what a crash leaves of it never runs, and its id is not taken twice.
            owner.Book.Write(new HostingEntry(newcomer, HostingState.Retired, "a recovery of the group was not finished"));
            ReplicaRebirth.Write(former.State, recovery, parts.Host.Journal, parts.Host.Snapshots);
            owner.Book.Write(
                new RecoveryItem(recovery),
                new HostingEntry(new JournalStreamId(survivor.Id, _former), HostingState.Retired, reason),
                new HostingEntry(newcomer, HostingState.Hosted, ""));
            _plan = _plan with { Done = recovery };
            _recovered = owner.Starter.Recover(GroupOrigin.Of(survivor.Origin, recovery), _newcomer);
        }

        public void Failed(Exception fault) => _outcome = order.IsDryRun
            ? new HostingAnswer(ResponseOutcome.Unavailable, fault.Message)
            : new HostingAnswer(ResponseOutcome.Unknown, $"{fault.Message} The group is out of service here until the node is started again; see then how far it came.");

        public void RunOnLoop()
        {
            owner.Hosting.Release(survivor.Id);
            if (_recovered is { } recovered)
            {
                owner.Hosting.Put(recovered);
                foreach (ClusterNodeStatus node in owner.Directory.Nodes)
                {
                    if (node.Node != owner.Parts.Options.Node.Id)
                    {
                        owner.Tell(node.Node, _plan!.Done!);
                    }
                }
            }

            answer(_outcome, _outcome.Outcome == ResponseOutcome.Ok ? _plan : null);
        }

        private static ReplicaId Next(HostedGroup group, HostingBook book)
        {
            ReplicaId here = ReplicaHosting.HighestHere(book, group.Id, group);
            ReplicaId known = group.Configuration.HighestReplica;
            return new ReplicaId(checked((here.CompareTo(known) > 0 ? here : known).Value + 1));
        }

        private GroupRecovery RecoveryOf(RecoveredReplica replica)
        {
            GroupConfiguration last = replica.Configuration;
            ConfigEpoch highest = last.Epoch > order.HighestConfigEpoch ? last.Epoch : order.HighestConfigEpoch;
            QuorumSystem alone = QuorumSystem.TryCreate(new MajorityRule([_newcomer]), last.FailureModel, out QuorumRefusal? refusal)
                ?? throw new InvalidOperationException(refusal!.Explanation);
            GroupConfiguration configuration = GroupConfiguration.Create(
                last.Group,
                new GroupIncarnation(owner.Parts.Random.NextBits() | 1),
                highest.Next,
                [new Member(_newcomer, owner.Parts.Options.Node.Id, MemberRole.Voter)],
                alone,
                last.FailureModel);
            return new GroupRecovery(last.Incarnation, _former, replica.Log.Tail, replica.CommittedThrough, configuration, owner.Parts.Host.Clock.WallTime);
        }
    }

    private HostingParts Parts => parts;
    private ReplicaStarter Starter { get; } = new(parts);
    private ReplicaHosting Hosting => hosting;
    private NodeDirectory Directory => directory;

    private sealed class NoteJob(GroupRecoveries owner, GroupId group, List<HostingItem> items, Action<HostingAnswer> answer) : IBackgroundJob
    {
        private HostingAnswer _outcome = HostingAnswer.Done;

        public void Run() => owner.Book.Write(items);

        public void Failed(Exception fault) => _outcome = new HostingAnswer(ResponseOutcome.Unavailable, fault.Message);

        public void RunOnLoop()
        {
            owner.Hosting.Release(group);
            answer(_outcome);
        }
    }
}
