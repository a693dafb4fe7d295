using System.Buffers;
using System.Text;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Tests.Fakes;

/// <summary>
/// A few fake nodes with one group, one leader and real exactly-once: what a client may rely on, without any of the machinery behind it.
/// A test scripts what goes wrong in <see cref="Intercept"/>.
/// </summary>
internal sealed class FakeCluster : IAsyncDisposable
{
    public static readonly GroupId Group = new(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, SessionId> _sessions = [];
    private readonly HashSet<SessionId> _live = [];
    private readonly Dictionary<(SessionId, CommandSequence), byte[]> _results = [];
    private readonly List<byte[]> _log = [];
    private readonly List<FakeCall> _calls = [];
    private ulong _nextSession = 100;

    public FakeCluster(int nodes = 3)
    {
        Nodes = [.. Enumerable.Range(1, nodes).Select(id => new FakeNode(this, new NodeId((ulong)id)))];
        Leader = Nodes.FirstOrDefault();
    }

    public List<FakeNode> Nodes { get; }

    /// <summary>Null while there is none.</summary>
    public FakeNode? Leader { get; private set; }
    public LeaderEpoch Epoch { get; private set; } = new(1);

    /// <summary>The window that opened sessions are told.</summary>
    public uint Window { get; set; } = 1024;

    /// <summary>Sees every request but status ones first; true when it has dealt with it. Called under the cluster's lock.</summary>
    public Func<FakeCall, bool> Intercept { get; set; } = _ => false;

    /// <summary>Sees status requests first.</summary>
    public Func<FakeCall, bool> InterceptStatus { get; set; } = _ => false;

    public Hello? LastHello { get; private set; }

    public void Elect(FakeNode? leader)
    {
        lock (_gate)
        {
            Leader = leader;
            Epoch = Epoch.Next;
        }
    }

    public void ExpireSessions()
    {
        lock (_gate)
        {
            _live.Clear();
            _sessions.Clear();
        }
    }

    /// <summary>The commands that took effect, in order, as text.</summary>
    public List<string> Log
    {
        get
        {
            lock (_gate)
            {
                return [.. _log.Select(Encoding.UTF8.GetString)];
            }
        }
    }

    /// <summary>Every request received so far.</summary>
    public List<FakeCall> Calls
    {
        get
        {
            lock (_gate)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>How many requests were received so far.</summary>
    public int Received
    {
        get
        {
            lock (_gate)
            {
                return _calls.Count;
            }
        }
    }

    public List<FakeCall> UserCommands => [.. Calls.Where(call => call.IsUserCommand)];

    public ClientOptions Options => new()
    {
        Nodes = [.. Nodes.Select(node => node.Address)],
        ShortestBackoff = TimeSpan.FromMilliseconds(1),
        LongestBackoff = TimeSpan.FromMilliseconds(5),
        RequestTimeout = TimeSpan.FromSeconds(30),
        AttemptTimeout = TimeSpan.FromSeconds(10),
        RandomSeed = 42,
    };

    public Task<ActorPhysicsClient> ConnectAsync(Func<ClientOptions, ClientOptions>? change = null) =>
        ActorPhysicsClient.ConnectAsync(change is null ? Options : change(Options));

    public void Greeted(Hello hello) => LastHello = hello;

    public void Handle(FakeCall call)
    {
        lock (_gate)
        {
            _calls.Add(call);
            if (call.Kind == RequestKind.Status)
            {
                if (!InterceptStatus(call))
                {
                    AnswerStatus(call);
                }
            }
            else if (!Intercept(call))
            {
                Serve(call);
            }
        }
    }

    /// <summary>What a sound node does.</summary>
    public void Serve(FakeCall call)
    {
        if (call.Group != Group)
        {
            call.Answer(ResponseOutcome.NoSuchGroup);
        }
        else if (call.Kind == RequestKind.Read && call.Level is not (ConsistencyLevel.StrongRead or ConsistencyLevel.LeaseRead))
        {
            AnswerRead(call);
        }
        else if (call.Node != Leader)
        {
            AnswerNotLeader(call, Leader);
        }
        else if (call.Kind == RequestKind.Command)
        {
            (ResponseOutcome outcome, byte[] result) = Apply(call);
            call.Answer(new ClientResponse
            {
                RequestId = call.Id,
                Outcome = outcome,
                Result = result,
                Coordinate = At((ulong)_log.Count),
                Frontier = At((ulong)_log.Count),
                Level = ConsistencyLevel.StrongWrite,
            });
        }
        else if (call.Kind == RequestKind.Read)
        {
            AnswerRead(call);
        }
        else
        {
            call.Succeed([]);
        }
    }

    public void AnswerNotLeader(FakeCall call, FakeNode? hint) => call.Answer(new ClientResponse
    {
        RequestId = call.Id,
        Outcome = ResponseOutcome.NotLeader,
        LeaderNode = hint?.Id ?? default,
        LeaderAddress = hint is null ? [] : Encoding.UTF8.GetBytes(hint.Address.ToString()),
        LeaderEpoch = Epoch,
    });

    /// <summary>Puts a command on the trunk, once.</summary>
    public (ResponseOutcome Outcome, byte[] Result) Apply(FakeCall call)
    {
        switch (call.CommandKind)
        {
            case CommandKind.OpenSession:
                if (!_sessions.TryGetValue(call.Session.Value, out SessionId session))
                {
                    session = new SessionId(_nextSession++);
                    _sessions.Add(call.Session.Value, session);
                    _live.Add(session);
                }

                var output = new ArrayBufferWriter<byte>();
                new SessionOpened(session, Window, 1_800_000).WriteTo(output);
                return (ResponseOutcome.Ok, output.WrittenSpan.ToArray());
            case CommandKind.User when !_live.Contains(call.Session) || call.Sequence <= call.CompletedThrough:
                return (ResponseOutcome.SessionExpired, []);
            case CommandKind.User when _results.TryGetValue((call.Session, call.Sequence), out byte[]? first):
                return (ResponseOutcome.Ok, first);
            case CommandKind.User:
                _log.Add(call.Payload);
                byte[] result = Encoding.UTF8.GetBytes($"{Encoding.UTF8.GetString(call.Payload)}={_log.Count}");
                _results.Add((call.Session, call.Sequence), result);
                return (ResponseOutcome.Ok, result);
            default:
                return (ResponseOutcome.Ok, []);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (FakeNode node in Nodes)
        {
            await node.DisposeAsync();
        }
    }

    private void AnswerRead(FakeCall call) => call.Answer(new ClientResponse
    {
        RequestId = call.Id,
        Result = Encoding.UTF8.GetBytes($"{Encoding.UTF8.GetString(call.Payload)}@{call.Node.Id}"),
        Frontier = At((ulong)_log.Count),
        Level = call.Level,
        KnownLagEntries = call.Node == Leader ? 0UL : 3,
    });

    private void AnswerStatus(FakeCall call)
    {
        var status = new NodeStatus(
            call.Node.Id,
            call.Node.ClusterId,
            new ProcessRun(1),
            "fake",
            [new GroupStatus(
                Group,
                new GroupIncarnation(1),
                "kv",
                ConfigEpoch.Founding,
                Epoch,
                new ReplicaId(Leader?.Id.Value ?? 0),
                Leader?.Id ?? default,
                Leader?.Address.ToString() ?? string.Empty,
                [])]);
        var output = new ArrayBufferWriter<byte>();
        status.WriteTo(output);
        call.Succeed(output.WrittenSpan);
    }

    private Coordinate At(ulong index) => new(Group, ConfigEpoch.Founding, Epoch, new LogIndex(index));
}
