using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Actors.Tests.Runtime;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Journal;
using ActorPhysics.Wire.Machines;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.Tests.Replicas;

/// <summary>One replica actor between ports that do only what the test says: nothing is durable, and no time passes, by itself.</summary>
internal sealed class ReplicaWorld : ITransport<LineMessage>, IRequestReplies, IReplicaObserver, IReplicaClock, IBackgroundWorker
{
    public ReplicaWorld(int voters)
    {
        ReplicaId[] replicas = [.. Enumerable.Range(1, voters).Select(id => new ReplicaId((ulong)id))];
        Configuration = GroupConfiguration.Create(
            new GroupId(1), new GroupIncarnation(7), ConfigEpoch.Founding,
            [.. replicas.Select(replica => new Member(replica, new NodeId(replica.Value), MemberRole.Voter))],
            QuorumSystem.Majority(replicas), CrashRecovery.Instance);
        Supervisor = new Supervisor(Failures);
        var settings = new ReplicaSettings(
            replicas[0], StateMachineRegistry.WithBuiltIns().TryGet("kv", out StateMachineDefinition? kv) ? kv : throw new InvalidOperationException(),
            SessionLimits.Default, new LineOptions(), IntakeBounds.Default, KeptSnapshots: 2);
        var recovered = new RecoveredState(RecoveredReplica.Fresh(Configuration), new ReplicatedState(settings.Machine, Configuration.Group, settings.Sessions), []);
        Journal.Replay(new JournalStreamId(Configuration.Group, replicas[0]));
        Actor = new ReplicaActor(
            ActorSettings.WithDefaults(new ActorName("r1"), Loop, Supervisor), settings, recovered,
            new ReplicaHost(Journal, new NoSnapshots(), this, this, this, this, this), randomSeed: 42);
        Actor.Start();
        Loop.RunUntilIdle();
    }

    private TimeSpan _paused;

    public GroupConfiguration Configuration { get; }
    public ManualLoop Loop { get; } = new();
    public ScriptedJournal Journal { get; } = new();
    public SupervisionRecorder Failures { get; } = new();
    public Supervisor Supervisor { get; }
    public ReplicaActor Actor { get; }
    public List<LineMessage> Sent { get; } = [];
    public List<(RequestToken Request, CommandStatus Status)> AppliedRequests { get; } = [];
    public List<RequestToken> ServedReads { get; } = [];
    public List<(RequestToken Request, Refusal Refusal)> RefusedRequests { get; } = [];

    /// <summary>A pause that comes between the next reading of the clock and the one after it.</summary>
    public TimeSpan PauseAfterFirstReading { get; set; }

    MonotonicTime IReplicaClock.Now
    {
        get
        {
            MonotonicTime now = Loop.Now + _paused;
            (_paused, PauseAfterFirstReading) = (_paused + PauseAfterFirstReading, TimeSpan.Zero);
            return now;
        }
    }

    LogTime IReplicaClock.WallTime => new(1_000);

    public void MakeDurable()
    {
        Journal.CompleteAll();
        Loop.RunUntilIdle();
    }

    public List<(RequestToken Request, GroupConfiguration Configuration)> ChangedMemberships { get; } = [];

    public void Elect()
    {
        MakeDurable();
        Loop.Advance(TimeSpan.FromSeconds(1));
        Loop.RunUntilIdle();
        MakeDurable();
        MakeDurable();
    }

    public void Receive(LineMessage message)
    {
        Assert.True(Actor.TryTell(new PeerMail(message, new NodeId(message.Envelope.From.Value)), MailClass.Peer));
        Loop.RunUntilIdle();
    }

    public bool OfferPut(ulong request, string key) => Actor.TryOfferCommand(new RequestToken(1, request), Encoded(KvCommands.Put(key, "v"u8)));

    public IEnumerable<HistoryEvent> RecordsOf(int append) => Journal.Appends[append].Records.Select(record =>
        HistoryEventCodec.TryDecode(record.Payload, out HistoryEvent? decoded, out string? refusal) ? decoded : throw new InvalidOperationException(refusal));

    public bool IsConnected(NodeId node) => true;

    public bool TrySend(NodeId node, LineMessage message)
    {
        Sent.Add(message);
        return true;
    }

    public void Applied(RequestToken request, in AppliedCommand outcome, Coordinate frontier, ReadOnlyMemory<byte> proof) => AppliedRequests.Add((request, outcome.Status));

    public void Served(
        RequestToken request, QueryOutcome outcome, ReadOnlySpan<byte> answer, ConsistencyLevel level, Coordinate frontier, ulong knownLagEntries, ReadOnlyMemory<byte> proof) =>
        ServedReads.Add(request);

    public void Refused(RequestToken request, Refusal refusal, LeaderHint leader, string? detail) => RefusedRequests.Add((request, refusal));

    public void MembershipChanged(RequestToken request, Coordinate coordinate, GroupConfiguration configuration) => ChangedMemberships.Add((request, configuration));

    public void ConfigurationChanged(GroupConfiguration configuration)
    {
    }

    public void TransferCompleted(RequestToken request, LeaderHint leader)
    {
    }

    public void RoleChanged(GroupConfiguration configuration, RoleChanged change)
    {
    }

    public void Applied(int entries, int commands)
    {
    }

    public void Start(IBackgroundJob job, IEventLoop home) => throw new InvalidOperationException("no snapshot is due in these tests");

    private static byte[] Encoded(byte[] payload)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        new CommandView { Kind = CommandKind.User, Payload = payload }.WriteTo(output);
        return output.WrittenSpan.ToArray();
    }

    private sealed class NoSnapshots : ISnapshotStore
    {
        public ISnapshotWriter Create(SnapshotName name, ReadOnlyMemory<byte> header) => throw new InvalidOperationException();
        public ISnapshotWriter Resume(SnapshotName name, ReadOnlyMemory<byte> header) => throw new InvalidOperationException();
        public SnapshotOpening Open(SnapshotName name) => new(null, []);
        public SnapshotOpening OpenNewest(GroupId group, ReplicaId replica) => new(null, []);
        public IReadOnlyList<SnapshotName> List(GroupId group, ReplicaId replica) => [];
        public IReadOnlyList<SnapshotName> ListUnfinished(GroupId group, ReplicaId replica) => [];

        public void Delete(SnapshotName name)
        {
        }

        public IReadOnlyList<SnapshotName> KeepNewest(GroupId group, ReplicaId replica, int count) => [];
    }
}

/// <summary>A journal whose appends wait until the test says how they ended.</summary>
internal sealed class ScriptedJournal : IJournal
{
    private readonly Queue<(PersistTicket Ticket, IJournalCallback Callback)> _open = new();

    public List<(JournalSequence First, IReadOnlyList<JournalRecord> Records)> Appends { get; } = [];
    public IReadOnlyList<JournalStreamId> Streams => [];
    public int MaxAppendBytes => int.MaxValue;

    public JournalReplay Replay(JournalStreamId stream) => new(stream, [], JournalSequence.Zero, JournalVerdict.Clean.Instance, LatestGuarded.None.Instance);

    public void Append(JournalStreamId stream, JournalSequence first, IReadOnlyList<JournalRecord> records, PersistTicket ticket, IJournalCallback callback)
    {
        Appends.Add((first, records));
        _open.Enqueue((ticket, callback));
    }

    public void DeleteThrough(JournalStreamId stream, JournalSequence through)
    {
    }

    public void CompleteAll()
    {
        while (_open.TryDequeue(out (PersistTicket Ticket, IJournalCallback Callback) append))
        {
            append.Callback.Durable(append.Ticket);
        }
    }

    public void FailAll(JournalFaultKind kind)
    {
        while (_open.Count > 0)
        {
            FailOldest(kind);
        }
    }

    public void FailOldest(JournalFaultKind kind)
    {
        (PersistTicket ticket, IJournalCallback callback) = _open.Dequeue();
        callback.Failed(ticket, new JournalFault(kind, "the test says so"));
    }
}
