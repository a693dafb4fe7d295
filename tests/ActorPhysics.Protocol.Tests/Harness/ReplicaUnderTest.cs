using System.Text;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness;

/// <summary>
/// One replica on the bench, number 1, whose peers are whatever the test makes up: for tables of "in this state, on this input, these effects".
/// Nothing completes by itself but what the test completes.
/// </summary>
internal sealed class ReplicaUnderTest
{
    private static readonly ReplicaId Self = new(1);
    private RecordNumber _written;
    private ulong _requests;

    public ReplicaUnderTest(RecoveredReplica recovered, LineOptions? options = null)
    {
        Configuration = recovered.Configuration;
        Options = options ?? new LineOptions();
        _written = recovered.LastRecord;
        Line = new LineReplica(Self, Options, recovered, randomSeed: 7);
        Step(new Started(Now));
    }

    public LineReplica Line { get; }
    public GroupConfiguration Configuration { get; }
    public LineOptions Options { get; }
    public MonotonicTime Now { get; private set; } = MonotonicTime.FromMilliseconds(10_000);

    /// <summary>What the last step asked for.</summary>
    public IReadOnlyList<LineEffect> Effects { get; private set; } = [];

    /// <summary>What left at once in the last step.</summary>
    public IReadOnlyList<LineMessage> Sent => [.. Effects.OfType<Send>().Select(send => send.Message)];

    /// <summary>What waits for the last step's records.</summary>
    public IReadOnlyList<LineMessage> Gated => [.. Effects.OfType<Persist>().SelectMany(persist => persist.ThenSend)];

    /// <summary>What the last step records.</summary>
    public IReadOnlyList<HistoryEvent> Recorded => [.. Effects.OfType<Persist>().SelectMany(persist => persist.Records)];

    /// <summary>A follower in <paramref name="epoch"/> that holds the positions, with its restart promise expired.</summary>
    public static ReplicaUnderTest Holding(
        ulong epoch, IReadOnlyList<LogPosition> log, GroupConfiguration? configuration = null, LineOptions? options = null, ReplicaId votedFor = default, params HistoryEvent[] more)
    {
        configuration ??= Groups.Majority(3);
        List<HistoryEvent> records = [new EpochPromised(new LeaderEpoch(epoch), votedFor, default(ReplicaRun).Next)];
        if (log.Count > 0)
        {
            records.Add(new EntriesAppended([.. log.Select(Entry)]));
        }

        records.AddRange(more);
        return Recovered(records, configuration, options);
    }

    public static ReplicaUnderTest Recovered(
        IReadOnlyList<HistoryEvent> records, GroupConfiguration configuration, LineOptions? options = null, JournalDamage? damage = null, EpochPromised? guarded = null)
    {
        var last = new RecordNumber((ulong)records.Count);
        RecoveredReplica recovered = records.Count == 0 && damage is null
            ? RecoveredReplica.Fresh(configuration)
            : RecoveredReplica.Fold(configuration, new RecordNumber(1), records, last, guarded, damage);
        if (recovered.Snapshot is { } snapshot)
        {
            Assert.True(recovered.RestoreFrom(SnapshotShelf.Verify(snapshot, new byte[8])!, snapshot));
        }

        var replica = new ReplicaUnderTest(recovered, options);
        replica.Persist();
        replica.Pass(replica.Options.LeaseDuration);
        return replica;
    }

    /// <summary>The leader of <paramref name="epoch"/>, elected by everybody, with its barrier durable and nothing acknowledged.</summary>
    public static ReplicaUnderTest Leading(ulong epoch, IReadOnlyList<LogPosition> log, GroupConfiguration? configuration = null, LineOptions? options = null)
    {
        ReplicaUnderTest replica = Holding(epoch - 1, log, configuration, options);
        replica.Campaign();
        foreach (Member voter in replica.Configuration.Members.Where(member => member.Votes && member.Replica != Self))
        {
            replica.Hear(new VoteAnswer(replica.From(voter.Replica.Value, epoch), granted: true));
        }

        replica.Persist();
        return replica;
    }

    public static LogEntry Entry(LogPosition position) => new CommandEntry(position, Encoding.UTF8.GetBytes($"{position.Epoch.Value}.{position.Index}"), 1, default);

    public static LogPosition At(ulong epoch, ulong index) => new(new LeaderEpoch(epoch), new LogIndex(index));

    public Envelope From(ulong peer, ulong epoch, ulong run = 1) =>
        new(Configuration.Group, Configuration.Incarnation, new ReplicaId(peer), new ReplicaRun(run), Self, new LeaderEpoch(epoch));

    public AppendEntries Append(ulong leader, ulong epoch, LogPosition previous, IReadOnlyList<LogPosition> entries, LogPosition? commit = null) =>
        new(From(leader, epoch), previous, [.. entries.Select(Entry)], commit is { } frontier ? Evidence(leader, frontier) : null);

    /// <summary>Evidence that everybody but this replica holds the frontier.</summary>
    public CommitEvidence Evidence(ulong leader, LogPosition frontier) => new(
        Configuration.Group, Configuration.Incarnation, Configuration.Epoch, frontier, new ReplicaId(leader), Configuration.FailureModel.Acknowledgement,
        [.. Configuration.Quorums.Members.Where(voter => voter != Self).Select(voter => new Acknowledgement(voter, frontier.Epoch, frontier.Index))]);

    public IReadOnlyList<LineEffect> Step(LineInput input)
    {
        var effects = new List<LineEffect>();
        Line.Step(input, effects);
        foreach (Persist persist in effects.OfType<Persist>())
        {
            _written = persist.Last;
        }

        Effects = effects;
        return effects;
    }

    public IReadOnlyList<LineEffect> Hear(LineMessage message) => Step(new MessageArrived(Now, message));

    public IReadOnlyList<LineEffect> Persist() => Step(new RecordsDurable(Now, _written));

    public IReadOnlyList<LineEffect> Fire(LineTimer timer) => Step(new TimerFired(Now, timer));

    public void Pass(TimeSpan time) => Now += time;

    /// <summary>Stands for election, wins every pre-vote, and has its own vote durable; vote requests are out.</summary>
    public void Campaign()
    {
        Pass(Options.ElectionTimeoutMaximum);
        Fire(LineTimer.Election);
        ulong epoch = Line.Epoch.Value;
        foreach (Member voter in Configuration.Members.Where(member => member.Votes && member.Replica != Self))
        {
            if (Line.RoleKind == LineRole.PreCandidate)
            {
                Hear(new PreVoteAnswer(From(voter.Replica.Value, epoch), new LeaderEpoch(epoch + 1), granted: true));
            }
        }

        Persist();
    }

    public IReadOnlyList<LineEffect> Write(string text) =>
        Step(new WriteRequested(Now, default, Encoding.UTF8.GetBytes(text), [new RequestToken(1, ++_requests)]));

    public T Single<T>()
        where T : LineEffect => Assert.Single(Effects.OfType<T>());
}
