using System.Collections.Immutable;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>Makes a running stepper of a recovered journal; tests make broken ones.</summary>
internal delegate ISteppedReplica StepperFactory(ReplicaId id, LineOptions options, RecoveredReplica recovered);

/// <summary>The actions of one replica, as pure functions of its image. How time is abstracted is told in docs/design/exploration.md.</summary>
internal sealed class ReplicaSteps
{
    /// <summary>
    /// Clocks move by this or not at all. It is the election timeout, whose bounds lie so close that no draw between them is left to chance, and
    /// the microsecond to which clocks round: after it a leader has waited out even the longer of the two.
    /// </summary>
    public static readonly TimeSpan ClockUnit = ElectionTimeout + TimeSpan.FromMicroseconds(1);

    private static TimeSpan ElectionTimeout => TimeSpan.FromMilliseconds(300);

    // All commands say the same: an entry is told from others by its position, and no position is given to two while ElectionSafety holds.
    private static readonly ReadOnlyMemory<byte> Command = new byte[] { 1 };

    private readonly ExplorationScope _scope;
    private readonly StepperFactory _factory;
    private readonly LineOptions _options;
    private readonly MembershipTarget _target;

    public ReplicaSteps(ExplorationScope scope, StepperFactory? factory = null)
    {
        _scope = scope;
        _factory = factory ?? (static (id, options, recovered) => new ShippedReplica(new LineReplica(id, options, recovered, randomSeed: 1)));
        _options = new LineOptions
        {
            ElectionTimeoutMinimum = ElectionTimeout,
            ElectionTimeoutMaximum = ElectionTimeout + TimeSpan.FromTicks(1),
            LeaseReads = false,
            MaximumBatchEntries = scope.BatchEntries,
        };
        ImmutableArray<ReplicaId> voters = [.. Enumerable.Range(1, scope.Replicas).Select(id => new ReplicaId((ulong)id))];
        Configuration = GroupConfiguration.Create(
            new GroupId(1),
            new GroupIncarnation(1),
            ConfigEpoch.Founding,
            [.. voters.Select(id => new Member(id, new NodeId(id.Value), MemberRole.Voter))],
            QuorumSystem.Majority(voters.AsSpan()),
            Core.FailureModels.CrashRecovery.Instance);
        Replicas = [.. Enumerable.Range(1, scope.Places).Select(id => new ReplicaId((ulong)id))];
        ImmutableArray<ReplicaId> after = [.. voters.Take(scope.Replicas - scope.Replaced), .. Replicas.Skip(scope.Replicas)];
        _target = new MembershipTarget([.. after.Select(id => new Member(id, new NodeId(id.Value), MemberRole.Voter))], new MajorityRule(after));
        Electors = scope.Replaced == 0 ? [Configuration.Quorums] : [Configuration.Quorums, QuorumSystem.Create(_target.Quorums)];
    }

    /// <summary>The configuration that the group is founded with.</summary>
    public GroupConfiguration Configuration { get; }

    /// <summary>All replicas, those included that are no members yet.</summary>
    public ImmutableArray<ReplicaId> Replicas { get; }

    /// <summary>The quorums before the change and after it.</summary>
    public ImmutableArray<QuorumSystem> Electors { get; }

    public ReplicaImage Start(ReplicaId id) => Start(id, ReplicaJournal.Empty, default).Image;

    /// <summary>Takes an action on a fork.</summary>
    /// <param name="message">What arrives; null for other actions.</param>
    /// <returns>The image after it and the messages that left; null when the action is not open to the replica.</returns>
    /// <exception cref="InvariantViolationException">The action breaks an invariant.</exception>
    public (ReplicaImage Image, IReadOnlyList<LineMessage> Sent)? Take(ReplicaImage image, LocalAction action, LineMessage? message)
    {
        var run = new ReplicaRunner(this, image);
        switch (action.Kind)
        {
            case LocalActionKind.Deliver:
                run.Give(new MessageArrived(image.NextInput, message!));
                break;
            case LocalActionKind.Sync when action.Surviving == LocalAction.Lives && image.Journal.Pending.Length >= action.Argument:
                run.Sync(action.Argument);
                break;
            case LocalActionKind.Campaign when image.Replica.RoleKind is LineRole.Follower or LineRole.Candidate && image.Replica.Epoch.Value < (ulong)_scope.Epochs:
                Campaign(run);
                break;
            case LocalActionKind.Heartbeat when image.Replica.RoleKind == LineRole.Leader:
                run.Give(new TimerFired(image.Now + (ClockUnit * action.Argument), LineTimer.Heartbeat));
                break;
            case LocalActionKind.Write when image.Replica.RoleKind == LineRole.Leader:
                run.Give(new WriteRequested(image.Now, default, Command, []));
                break;
            case LocalActionKind.Change when image.Replica.RoleKind == LineRole.Leader:
                run.Give(new MembershipRequested(image.Now, default, Configuration.Epoch, _target));
                break;
            case LocalActionKind.Restart when action.Argument <= image.Journal.PendingRecords:
                return Start(image.Id, image.Journal.Crash(action.Argument), image.Now + ClockUnit);
            default:
                return null;
        }

        if (action.Surviving != LocalAction.Lives)
        {
            // With nothing to lose it is a plain restart.
            return action.Surviving < run.PendingRecords
                ? (Start(image.Id, run.Crash(action.Surviving), run.NextInput).Image, run.Sent)
                : null;
        }

        while (!_scope.DiskLag && run.PendingWrites > 0)
        {
            run.Sync(run.PendingWrites);
        }

        ReplicaImage next = run.Finish();
        Invariant.Require(next.Replica.Boundaries.Committed >= image.Replica.Boundaries.Committed, InvariantNames.TrunkMonotonicity,
            $"{image.Id} takes C back from {image.Replica.Boundaries.Committed} to {next.Replica.Boundaries.Committed}");
        return next.Replica.Epoch.Value <= (ulong)_scope.Epochs ? (next, run.Sent) : null;
    }

    /// <summary>Whether the network of this scope loses every such message; see the design page for why that is sound.</summary>
    public bool IsUnheard(LineMessage message) => message switch
    {
        PreVoteRequest or PreVoteAnswer or MembershipInquiry or MembershipEnded => true,
        Heartbeat => _scope.Heartbeats == 0,
        VoteAnswer { Granted: false } or EpochFenced => !_scope.Refusals,
        _ => false,
    };

    /// <summary>
    /// A process comes up: its run is durable, and it has heard everybody once, before anything else happens. A replica that was never heard
    /// of and one that was heard in its first run are treated alike ever after.
    /// </summary>
    private (ReplicaImage Image, IReadOnlyList<LineMessage> Sent) Start(ReplicaId id, ReplicaJournal journal, Core.Time.MonotonicTime now)
    {
        RecoveredReplica recovered = journal.Recover(Configuration);
        ImmutableArray<Protocol.Line.Log.LogEntry> log = [];
        for (LogIndex index = new(1); index <= recovered.Log.End; index = index.Next)
        {
            log = log.Add(recovered.Log[index]);
        }

        var image = new ReplicaImage(id, _factory(id, _options, recovered), journal, now, log);
        var run = new ReplicaRunner(this, image);
        run.Give(new Started(now));
        run.Sync(run.PendingWrites);
        foreach (ReplicaId peer in Replicas.Where(peer => peer != id))
        {
            // The only question that is heard whoever asks it.
            run.Give(new MessageArrived(run.Now, new MembershipInquiry(EnvelopeOf(peer, id, new ReplicaRun(1)))));
        }

        return (run.Finish(), run.Sent);
    }

    /// <summary>The timer fires and the pre-vote is won, whoever granted it: nothing that must stay true rests on the pre-vote.</summary>
    private void Campaign(ReplicaRunner run)
    {
        run.Give(new TimerFired(run.NextInput, LineTimer.Election));
        foreach (ReplicaId from in run.Configuration.Quorums.Members)
        {
            bool heard = from == run.Id;
            for (ulong process = 1; !heard && run.Role == LineRole.PreCandidate && process <= (ulong)_scope.Crashes + 1; process++)
            {
                // Which process of the voter it heard last only the replica knows. It refuses older ones, and must not be told of a later one.
                MonotonicTime now = run.NextInput;
                Fingerprint before = run.PrintAsOf(now);
                run.Give(new MessageArrived(now, Grant(from, run.Id, run.Epoch.Next, process)));
                heard = run.PrintAsOf(now) != before;
            }
        }
    }

    private PreVoteAnswer Grant(ReplicaId from, ReplicaId to, LeaderEpoch prospective, ulong process) =>
        new(EnvelopeOf(from, to, new ReplicaRun(process)), prospective, granted: true);

    private Envelope EnvelopeOf(ReplicaId from, ReplicaId to, ReplicaRun process) => new(Configuration.Group, Configuration.Incarnation, from, process, to, default);
}
