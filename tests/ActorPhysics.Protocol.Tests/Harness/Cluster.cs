using System.Text;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Protocol.Tests.Harness.Monitors;

namespace ActorPhysics.Protocol.Tests.Harness;

/// <summary>
/// A whole group in one thread and virtual time: the shipped steppers, a network that is a list, journals that forget what was not synced,
/// and monitors that look at every replica after every step. Nothing happens unless the test says so.
/// </summary>
internal sealed class Cluster
{
    private const int SettleLimit = 200_000;
    private readonly SortedDictionary<ReplicaId, SimulatedReplica> _replicas = [];
    private ulong _nextSeed;

    public Cluster(GroupConfiguration configuration, LineOptions? options = null, ulong seed = 1, Action<string>? trace = null)
    {
        Configuration = configuration;
        Configurations = new ConfigurationBook(configuration);
        Options = options ?? new LineOptions();
        Trace = trace;
        _nextSeed = seed;
        Monitors = new ClusterMonitors(this);
        foreach (Member member in configuration.Members)
        {
            _replicas.Add(member.Replica, new SimulatedReplica(this, member.Replica));
        }
    }

    /// <summary>What the group was founded with.</summary>
    public GroupConfiguration Configuration { get; }

    /// <summary>What it was changed to.</summary>
    public ConfigurationBook Configurations { get; }
    public LineOptions Options { get; }
    public Action<string>? Trace { get; }
    public ClusterMonitors Monitors { get; }
    public SimulatedNetwork Network { get; } = new();
    public Ledger Ledger { get; } = new();
    public Seen Seen { get; } = new();
    public MonotonicTime Now { get; private set; } = MonotonicTime.FromMilliseconds(1_000);

    /// <summary>Looks at a replica before it steps, and at what the step asked for.</summary>
    public Action<SimulatedReplica, LineInput>? BeforeStep { get; set; }
    public Action<SimulatedReplica, IReadOnlyList<LineEffect>>? AfterStep { get; set; }

    /// <summary>Snapshots cannot be written: the disk is full, say.</summary>
    public bool FailsCaptures { get; set; }

    public IEnumerable<SimulatedReplica> Replicas => _replicas.Values;
    public IEnumerable<SimulatedReplica> Up => _replicas.Values.Where(replica => replica.IsUp);
    public SimulatedReplica this[int id] => _replicas[new ReplicaId((ulong)id)];
    public SimulatedReplica this[ReplicaId id] => _replicas[id];

    /// <summary>The replica that leads the highest epoch, if any claims to lead.</summary>
    public SimulatedReplica? Leader => Up.Where(replica => replica.Line!.RoleKind == LineRole.Leader).MaxBy(replica => replica.Line!.Epoch);

    /// <summary>A cluster whose replicas have all started, each in its first run.</summary>
    public static Cluster Started(GroupConfiguration configuration, LineOptions? options = null, ulong seed = 1, Action<string>? trace = null)
    {
        var cluster = new Cluster(configuration, options, seed, trace);
        foreach (SimulatedReplica replica in cluster.Replicas)
        {
            cluster.Start(replica);
        }

        return cluster;
    }

    public void Start(SimulatedReplica replica) => replica.Start(_nextSeed++);

    public void Advance(TimeSpan time) => Now += time;

    /// <summary>Delivers one message; a dead replica does not hear it.</summary>
    public void Deliver(LineMessage message)
    {
        if (_replicas.TryGetValue(message.Envelope.To, out SimulatedReplica? to) && to.IsUp)
        {
            to.Give(new MessageArrived(to.Now, message));
        }
    }

    /// <summary>Delivers what is under way and what that causes, in order, until nothing is.</summary>
    public void Settle()
    {
        for (int delivered = 0; Network.InFlight.Count > 0; delivered++)
        {
            Invariant.Require(delivered < SettleLimit, "Liveness", "the network never falls silent");
            Deliver(Network.TakeAt(0));
        }
    }

    /// <summary>Lets time pass in small steps, with timers that fire and a network that delivers at once.</summary>
    public void Run(TimeSpan time)
    {
        MonotonicTime end = Now + time;
        Settle();
        while (Now < end)
        {
            Advance(TimeSpan.FromMilliseconds(5));
            FireDueTimers();
            Settle();
        }
    }

    public void FireDueTimers()
    {
        foreach (SimulatedReplica replica in Replicas)
        {
            replica.FireIfDue(LineTimer.Election);
            replica.FireIfDue(LineTimer.Heartbeat);
        }
    }

    /// <summary>The replica's election time-out passes, long after every promise to a former leader expired.</summary>
    public void Campaign(SimulatedReplica replica)
    {
        for (int attempt = 0; attempt < 3 && replica.Line!.RoleKind is LineRole.Follower; attempt++)
        {
            Advance(Options.ElectionTimeoutMaximum);
            replica.Fire(LineTimer.Election);
        }
    }

    /// <summary>Makes the replica leader with the help of everybody it can reach.</summary>
    public void Elect(int id)
    {
        SimulatedReplica replica = this[id];
        Campaign(replica);
        Settle();
        Invariant.Require(replica.Line!.RoleKind == LineRole.Leader, "Liveness", $"{replica.Id} campaigned and is {replica.Line.RoleKind}");
    }

    /// <summary>One heartbeat round of the replica, if it leads.</summary>
    public void Heartbeat(int id)
    {
        Advance(Options.HeartbeatInterval);
        this[id].Fire(LineTimer.Heartbeat);
    }

    public ClientRequest Write(int id, string text)
    {
        SimulatedReplica replica = this[id];
        RequestToken token = Ledger.Open(RequestKind.Write, text, replica.Id);
        replica.Give(new WriteRequested(replica.Now, new((ulong)(Now.Microseconds / 1_000)), Encoding.UTF8.GetBytes(text), [token]));
        return Ledger[text];
    }

    public ClientRequest Read(int id, ReadLevel level, string name)
    {
        SimulatedReplica replica = this[id];
        RequestToken token = Ledger.Open(RequestKind.Read, name, replica.Id, level);
        replica.Give(new ReadRequested(replica.Now, level, [token]));
        return Ledger[name];
    }

    public ClientRequest Transfer(int id, ReplicaId target, string name = "transfer")
    {
        SimulatedReplica replica = this[id];
        RequestToken token = Ledger.Open(RequestKind.Transfer, name, replica.Id);
        replica.Give(new TransferRequested(replica.Now, token, target));
        return Ledger[name];
    }

    /// <summary>Asks the replica to change the group's members; it expects the configuration that this replica goes by.</summary>
    /// <param name="after">Voters, unless they are learners.</param>
    public ClientRequest Change(int id, string name, IReadOnlyList<ReplicaId> after, IReadOnlyList<ReplicaId>? learners = null, ConfigEpoch? expected = null)
    {
        SimulatedReplica replica = this[id];
        RequestToken token = Ledger.Open(RequestKind.Membership, name, replica.Id);
        var target = new MembershipTarget(
            [
                .. after.Select(voter => new Member(voter, new NodeId(voter.Value), MemberRole.Voter)),
                .. (learners ?? []).Select(learner => new Member(learner, new NodeId(learner.Value), MemberRole.Learner)),
            ],
            new MajorityRule([.. after]));
        replica.Give(new MembershipRequested(replica.Now, token, expected ?? replica.Line!.Configurations.Newest.Epoch, target));
        return Ledger[name];
    }

    /// <summary>A replica that the group does not know yet starts with an empty journal, on a node of its own number.</summary>
    public SimulatedReplica Join(int id)
    {
        var replica = new SimulatedReplica(this, new ReplicaId((ulong)id));
        _replicas.Add(replica.Id, replica);
        Start(replica);
        return replica;
    }

    /// <summary>Cuts the group in two or more; replicas named in no part are alone.</summary>
    public void Partition(params IReadOnlyList<ReplicaId>[] parts)
    {
        Heal();
        foreach (SimulatedReplica from in Replicas)
        {
            foreach (SimulatedReplica to in Replicas)
            {
                if (from != to && !parts.Any(part => part.Contains(from.Id) && part.Contains(to.Id)))
                {
                    Network.Block(from.Id, to.Id);
                }
            }
        }
    }

    public void Isolate(int id) => Partition([.. Replicas.Select(replica => replica.Id).Where(other => other != this[id].Id)]);

    public void Heal() => Network.Heal();

    /// <summary>Both ends hear that their connection is up, or that it broke.</summary>
    public void Connect(ReplicaId a, ReplicaId b, bool up)
    {
        Network.TakeAll(message => (message.Envelope.From == a && message.Envelope.To == b) || (message.Envelope.From == b && message.Envelope.To == a));
        foreach ((SimulatedReplica self, ReplicaId peer) in new[] { (this[a], b), (this[b], a) })
        {
            if (self.IsUp)
            {
                self.Give(up ? new PeerConnected(self.Now, peer) : new PeerDisconnected(self.Now, peer));
            }
        }
    }
}
