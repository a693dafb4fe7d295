using System.Net;
using ActorPhysics.Actors.ControlPlane;
using ActorPhysics.Actors.Handoffs;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Loops;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Requests;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// One process of a cluster: an event loop with the replicas' actors, the connections and the timers; a journal with its log thread; a worker
/// for snapshots. It starts from its data folder and stops by handing leadership over and flushing.
/// </summary>
public sealed class Node : IAsyncDisposable
{
    // How many election timeouts the start of further groups waits for those before.
    private const int StartPatience = 8;

    private readonly NodeOptions _options;
    private readonly StateMachineRegistry _machines;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SortedDictionary<GroupId, HostedGroup> _groups = [];
    private readonly HandOver _handOver = new();
    private NodeStorage? _storage;
    private BackgroundWorker? _worker;
    private EventLoop? _loop;
    private Listener? _listener;
    private PeerConnections? _peers;
    private NodeMetrics? _metrics;
    private StatusDesk? _status;
    private StagedStart? _start;
    private NodeDirectory? _directory;
    private NodeOrders? _orders;
    private NodeRequests? _requests;
    private NodeReporter? _reporter;
    private ControlDesk? _control;
    private int _stopping;

    public Node(NodeOptions options, StateMachineRegistry machines, ILoggerFactory loggers, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(machines);
        ArgumentNullException.ThrowIfNull(loggers);
        _options = options;
        _machines = machines;
        _logger = loggers.CreateLogger("ActorPhysics.Node");
        _time = time ?? TimeProvider.System;
    }

    public NodeId Id => _options.Node.Id;

    /// <summary>Where the node listens; known once it has started.</summary>
    public EndPoint? Address => _listener?.Address;

    /// <summary>Ends with the node: without a fault after <see cref="StopAsync"/>, with one when the node had to give up.</summary>
    public Task Completion => _ended.Task;

    /// <summary>Recovers the replicas and begins to serve. Blocking work happens before the first message is heard.</summary>
    /// <exception cref="NodeStartException">The configuration or the data folder does not allow it; nothing was changed.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        try
        {
            await Task.Run(Build, cancellation).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            await ReleaseAsync().ConfigureAwait(false);
            if (fault is Storage.StorageException or TransportConfigurationException or UnrecoverableReplicaException)
            {
                throw new NodeStartException(fault.Message, fault);
            }

            throw;
        }
    }

    /// <summary>Hands leadership over, says goodbye, flushes and ends. Safe to call more than once.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopping, 1) == 1)
        {
            await _ended.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        NodeLog.Stopping(_logger, _options.OwnNode.Name);
        await HandLeadershipOverAsync().ConfigureAwait(false);
        await ReleaseAsync().ConfigureAwait(false);
        NodeLog.Stopped(_logger, _options.OwnNode.Name);
        _ended.TrySetResult();
    }

    /// <summary>Ends at once, as a crash would as far as its peers can tell: nothing is handed over. What was acknowledged is durable.</summary>
    public async Task KillAsync()
    {
        Interlocked.Exchange(ref _stopping, 1);
        await ReleaseAsync().ConfigureAwait(false);
        _ended.TrySetResult();
    }

    /// <summary>The replicas that live here; to be read on the loop only.</summary>
    internal IReadOnlyDictionary<GroupId, HostedGroup> Groups => _groups;

    /// <summary>What is asked of the node itself; to be used on the loop only.</summary>
    internal NodeOrders Orders => _orders ?? throw NotStarted();

    /// <summary>The way to other nodes; to be used on the loop only.</summary>
    internal INodeRequests Requests => _requests ?? throw NotStarted();

    /// <summary>Whether there is a connection with a peer; to be read on the loop only.</summary>
    internal bool IsConnected(NodeId node) => _peers!.IsConnected(node);

    /// <summary>Where the other nodes are; to be used on the loop only.</summary>
    internal NodeDirectory Directory => _directory ?? throw NotStarted();

    /// <summary>Asks another node, or this one.</summary>
    internal async Task<PeerAnswer> AskAsync(NodeId node, GroupId group, RequestKind kind, ReadOnlyMemory<byte> operation, TimeSpan patience)
    {
        var answered = new TaskCompletionSource<PeerAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        await OnLoopAsync(() =>
        {
            _requests!.Ask(node, group, kind, operation.Span, patience, answered.SetResult);
            return true;
        }).ConfigureAwait(false);
        return await answered.Task.ConfigureAwait(false);
    }

    /// <summary>Runs something on the node's loop.</summary>
    internal Task<T> OnLoopAsync<T>(Func<T> work) => (_loop ?? throw NotStarted()).InvokeAsync(work);

    /// <summary>What the node's replicas are at.</summary>
    public Task<NodeStatus> GetStatusAsync() => (_loop ?? throw NotStarted()).InvokeAsync(() => _status!.Picture());

    /// <summary>The applied state of a group here, as it would stand in a snapshot: equal bytes on every replica at the same position.</summary>
    public async Task<(LogIndex At, byte[] State)> ReadStateAsync(GroupId group)
    {
        ReplicatedStateCapture capture = await (_loop ?? throw NotStarted()).InvokeAsync(() => _groups[group].Actor.CaptureState()).ConfigureAwait(false);
        using (capture)
        {
            using var bytes = new MemoryStream();
            capture.WriteTo(bytes);
            return (capture.Applied.Index, bytes.ToArray());
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private static InvalidOperationException NotStarted() => new("the node has not started");

    private void Build()
    {
        var random = new SystemRandomSource();
        var local = new LocalNode(
            GroupPlan.ClusterOf(_options.Cluster), Id, new ProcessRun(random.NextBits() | 1), $"actorphysics {typeof(Node).Assembly.GetName().Version}", VersionRange.Supported);
        TransportOptions transport = TransportOf(_options.Transport);
        TlsCredentials? credentials = CredentialsOf(_options.Transport.Tls);
        _storage = NodeStorage.Open(_options, _logger);
        _worker = new BackgroundWorker($"{_options.OwnNode.Name}/snapshots");
        _loop = new EventLoop(LoopOptionsOf(_options), _logger);
        _metrics = new NodeMetrics(_options.Metrics, () => _loop.IsCurrent ? _status?.Picture() : null);
        _peers = new PeerConnections(_loop, local, transport, credentials, random, _logger);
        var lineTransport = new LineTransport(_peers, _groups, _metrics);
        var origins = new GroupOrigins(_options, _storage.Hosting);
        _directory = new NodeDirectory(_options, _storage.Hosting, _peers, _worker, _loop, _logger);
        _start = new StagedStart(_loop, _logger, _options.OwnNode.Name, _options.Node.StartBatch, _options.Protocol.ElectionTimeout.Max * StartPatience, _options.Protocol.Quiescence.Enabled);
        _status = new StatusDesk(local, _directory, _options.Config.Group, origins, _groups, _storage.Hosting, _worker, _loop) { Start = _start };
        var door = new ClientDoor(_options, _groups, _directory, _metrics) { Status = _status, NodeRequestEnded = _handOver.OnEnded, Proves = Proves };
        var host = new ReplicaHost(_storage.Journal, _storage.Snapshots, _worker, lineTransport, door, Observer: null!, new NodeClock(_time));
        var supervisor = new Supervisor(new Supervision(this));
        var parts = new HostingParts(_options, _machines, _storage, _worker, _loop, supervisor, host, _metrics, random, _logger);
        var hosting = new ReplicaHosting(parts, origins, _groups);
        hosting.RecoverAll();
        _orders = new NodeOrders(door, hosting, _options.Config.Group, _groups);
        door.Orders = _orders;
        _requests = new NodeRequests(_loop, _peers, Id, door);
        // A piece becomes a command, and must pass as one.
        int pieceBytes = (int)Math.Min(_options.Handoffs.PieceBytes, _options.Limits.MaxCommandBytes / 2);
        var bounds = new CourierBounds(pieceBytes, _options.Handoffs.MaxBytesPerSecond, _options.Handoffs.MaxParcels);
        _orders.Courier = new HandoffCourier(_loop, _requests, Id, bounds, group => _groups.GetValueOrDefault(group)?.Actor.Ownership);
        _orders.Recoveries = new GroupRecoveries(parts, hosting, _requests, _directory, _peers.IsConnected);
        _peers.Subscribe(_orders.Recoveries);
        if (origins.TryFind(_options.Config.Group, out GroupOrigin? config))
        {
            var calls = new CallParts(_peers, _options.OwnNode.Name, _logger);
            ClusterNodeSettings own = _options.OwnNode;
            var self = new ReportingNode(Id, own.Name, own.Address.ToString(), new ZoneName(_options.Node.Zone), _options.Node.Weight);
            _reporter = new NodeReporter(
                _loop, self, _options.Config.ReportInterval, _directory, new ReportRoad(_options, _peers, _requests, calls),
                [.. config.Founding.Members.Select(member => member.Node)],
                () => _groups.Values.Where(group => group.RetiredBecause is null).Select(group => new ReportedReplica(group.Actor, group.Commands)));
            _orders.Reporter = _reporter;
            _control = new ControlDesk(_options, _loop, supervisor, _orders, _reporter, new ConfigHost(Id, _requests, _directory, host.Clock));
            hosting.Control = _control;
            foreach (HostedGroup group in _groups.Values)
            {
                _control.Settled(group);
            }
        }

        var gatekeeper = new Gatekeeper(local, transport, _peers, door);
        _listener = new Listener(_loop, transport, credentials, gatekeeper, _logger);
        _loop.Start();
        _loop.InvokeAsync(Open).GetAwaiter().GetResult();
        NodeLog.Started(
            _logger, _options.OwnNode.Name, _options.Cluster.Id, _listener.Address!.ToString()!, _groups.Count, Path.GetFullPath(_options.Node.DataDir));
    }

    private void Open()
    {
        _start!.Begin([.. _groups.Values]);
        _directory!.Open();
        _listener!.Listen(EndPointOf(_options.ListenAddress));
        _reporter?.Start();
    }

    private bool Proves(Connection connection, NodeId node) =>
        _peers!.Credentials is null || connection.Certificate.Proves(_peers.ExpectedNameOf(node));

    private async Task HandLeadershipOverAsync()
    {
        if (_loop is null)
        {
            return;
        }

        int asked = await _loop.InvokeAsync(() => _handOver.Begin(_groups.Values)).ConfigureAwait(false);
        if (asked == 0)
        {
            return;
        }

        Task done = _handOver.Completion;
        Task first = await Task.WhenAny(done, Task.Delay(_options.Node.ShutdownTimeout, _time)).ConfigureAwait(false);
        if (first != done)
        {
            NodeLog.HandOverTimedOut(_logger, asked, _options.Node.ShutdownTimeout);
        }
    }

    private async Task ReleaseAsync()
    {
        if (_loop is { } loop)
        {
            loop.Stop();
            await loop.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _worker?.Dispose();
        _storage?.Dispose();
        _metrics?.Dispose();
        _loop = null;
        _worker = null;
        _storage = null;
    }

    private void OnActorFailed(ActorFailure failure)
    {
        foreach (HostedGroup group in _groups.Values.Where(group => group.Actor.Name == failure.Actor))
        {
            group.StoppedBecause = failure.ToString();
            NodeLog.GroupStopped(_logger, group.Name, failure.ToString());
        }

        _control?.OnFailed(failure.Actor);
        if (failure.Fault is JournalFaultException fault && Interlocked.Exchange(ref _stopping, 1) == 0)
        {
            // Nothing more can be made durable: whatever this process said from now on would be a guess.
            NodeLog.GaveUp(_logger, _options.OwnNode.Name, fault.Message);
            _ = Task.Run(async () =>
            {
                await ReleaseAsync().ConfigureAwait(false);
                _ended.TrySetException(fault);
            });
        }
    }

    private static TransportOptions TransportOf(TransportSettings settings) => new()
    {
        MaxFrameBytes = settings.MaxFrameBytes,
        OutgoingBufferBytes = settings.OutgoingBufferBytes,
        HandshakeTimeout = settings.HandshakeTimeout,
        FrameTimeout = settings.FrameTimeout,
        MaxAcceptedConnections = settings.MaxAcceptedConnections,
        IdleTimeout = settings.IdleTimeout,
        MinReconnectBackoff = settings.Reconnect.MinBackoff,
        MaxReconnectBackoff = settings.Reconnect.MaxBackoff,
    };

    private static EventLoopOptions LoopOptionsOf(NodeOptions options)
    {
        var loop = new EventLoopOptions { Name = options.OwnNode.Name };
        return options.Node.LoopSpin is { } spin ? loop with { Spin = spin } : loop;
    }

    private TlsCredentials? CredentialsOf(TlsSettings settings) => settings.Enabled
        ? new TlsCredentials(
            new TlsOptions
            {
                CertificatePath = settings.Certificate!,
                KeyPath = settings.Key,
                Password = settings.Password,
                NodeNamePattern = settings.NodeNamePattern,
                AuthorityPath = settings.Ca!,
                RequireClientCertificate = settings.RequireClientCertificate,
                ReloadInterval = settings.ReloadInterval,
            },
            _logger,
            _time)
        : null;

    private static IPEndPoint EndPointOf(HostPort address)
    {
        if (IPAddress.TryParse(address.Host, out IPAddress? ip))
        {
            return new IPEndPoint(ip, address.Port);
        }

        if (address.IsLoopback)
        {
            return new IPEndPoint(IPAddress.Loopback, address.Port);
        }

        IPAddress[] found = Dns.GetHostAddresses(address.Host);
        return found is [var first, ..] ? new IPEndPoint(first, address.Port) : throw new NodeStartException($"the host '{address.Host}' has no address");
    }

    private sealed class Supervision(Node node) : ISupervisionListener
    {
        private readonly LoggingSupervisionListener _log = new(node._logger);

        public void ActorFailed(ActorFailure failure)
        {
            _log.ActorFailed(failure);
            node.OnActorFailed(failure);
        }
    }
}
