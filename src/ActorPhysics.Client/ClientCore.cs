using System.Security.Cryptography;
using ActorPhysics.Client.Connections;
using ActorPhysics.Client.Requests;
using ActorPhysics.Client.Routing;
using ActorPhysics.Client.Sessions;
using ActorPhysics.Client.Spaces;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client;

/// <summary>
/// The client's shared state and the moves of a request through it: accepted, numbered by its session, sent or parked until its route is
/// known, sent again, finished. One gate guards it all; what is done under the gate is short and never runs a caller's code.
/// </summary>
internal sealed partial class ClientCore : IAsyncDisposable
{
    private readonly CancellationTokenSource _closing = new();
    private readonly PendingRequestPool _pool;
    private readonly Dictionary<NodeAddress, NodeLink> _links = [];
    private readonly Dictionary<(GroupId, RouteKind), GroupRoute> _routes = [];
    private readonly Dictionary<GroupId, ClientSession> _sessions = [];
    private readonly RequestClock _clock;
    private readonly ProcessRun _run = new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
    private long _pendingBytes;

    public ClientCore(ClientOptions options)
    {
        Options = options;
        _pool = new PendingRequestPool(options.InlineContinuations);
        Pending = new PendingTable(options.MaxPendingRequests);
        Random = options.RandomSeed is { } seed ? new Random(seed) : new Random();
        Backoff = new Backoff(options.ShortestBackoff, options.LongestBackoff, Random);
        Responses = new ResponseRules(this);
        Spaces = new SpaceRouting(this);
        Cluster = options.Cluster;
        _clock = new RequestClock(this);
        foreach (NodeAddress address in options.Nodes)
        {
            _links.TryAdd(address, new NodeLink(this, address, isConfigured: true));
        }
    }

    /// <summary>Guards every member of this and of what hangs on it, unless it says otherwise.</summary>
    public Lock Gate { get; } = new();
    public ClientOptions Options { get; }
    public PendingTable Pending { get; }
    public ResponseRules Responses { get; }
    public SpaceRouting Spaces { get; }
    public Random Random { get; }
    public Backoff Backoff { get; }

    /// <summary>Requests that wait for a moment, not for a node.</summary>
    public RequestList Postponed { get; } = new();

    /// <summary>Cancelled when the client closes. Needs no gate.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>The cluster that this client talks to, once it is known.</summary>
    public ClusterId Cluster { get; private set; }

    /// <summary>Needs no gate.</summary>
    public MonotonicTime Now => _clock.Now;

    public IEnumerable<NodeLink> Links => _links.Values;
    public IEnumerable<ClientSession> Sessions => _sessions.Values;

    /// <summary>Needs no gate.</summary>
    public PendingRequest Rent() => _pool.Rent();

    /// <summary>What this client says first on a connection. Needs no gate.</summary>
    public Hello OurHello()
    {
        string software = $"actorphysics-client {typeof(ClientCore).Assembly.GetName().Version}";
        lock (Gate)
        {
            return new Hello(VersionRange.Supported, Cluster, default, Options.Name, _run, software, FrameLimits.Default.MaxBodyBytes);
        }
    }

    /// <summary>Whether a node of that cluster belongs here; the first one decides when nobody has.</summary>
    public bool AcceptsCluster(ClusterId cluster)
    {
        Cluster = Cluster.IsKnown ? Cluster : cluster;
        return Cluster == cluster;
    }

    /// <summary>The link to an address, made on first use; null when it is none of the user's and too many are known already.</summary>
    public NodeLink? LinkTo(NodeAddress address)
    {
        const int MostLinks = 256;
        if (!_links.TryGetValue(address, out NodeLink? link) && _links.Count < MostLinks)
        {
            link = new NodeLink(this, address, isConfigured: false);
            _links.Add(address, link);
        }

        return link;
    }

    /// <summary>Forgets an address that was only hinted at and leads nowhere.</summary>
    public void Forget(NodeLink link)
    {
        if (!link.IsConfigured && link.Connection is null)
        {
            _links.Remove(link.Address);
        }
    }

    public GroupRoute RouteTo(GroupId group, RouteKind kind)
    {
        if (!_routes.TryGetValue((group, kind), out GroupRoute? route))
        {
            route = new GroupRoute(group, kind);
            _routes.Add((group, kind), route);
        }

        return route;
    }

    /// <summary>Takes a request in and sets it on its way; the deadline and what is asked are filled in already. Call without the gate.</summary>
    /// <param name="request">The request; it is this client's from here on.</param>
    /// <param name="cancellation">The caller's; ends the wait, not what was sent.</param>
    /// <param name="isInternal">Housekeeping that others wait for is not counted against the caller's bounds.</param>
    /// <exception cref="OverloadedException">The client's bounds are reached.</exception>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public ValueTask<Reply<ReadOnlyMemory<byte>>> Submit(PendingRequest request, CancellationToken cancellation, bool isInternal = false)
    {
        cancellation.ThrowIfCancellationRequested();
        ValueTask<Reply<ReadOnlyMemory<byte>>> task = request.Task;
        if (cancellation.CanBeCanceled)
        {
            request.Cancellation = cancellation;
            request.Registration = cancellation.UnsafeRegister(Cancelled, request);
        }

        lock (Gate)
        {
            if (Refusal(request, isInternal) is { } refusal)
            {
                request.Registration.Unregister();
                throw refusal;
            }

            // The registered callback may have run already and have found nothing to cancel; then this sees it.
            if (!cancellation.IsCancellationRequested)
            {
                _pendingBytes += request.Payload.Length;
                _clock.WakeBy(request.Deadline);
                if (request.Space is null)
                {
                    request.Route = RouteTo(request.Group, request.RouteKind);
                    Place(request);
                }
                else
                {
                    Spaces.Place(request);
                }

                return task;
            }

            Pending.Remove(request);
            request.Fail(new OperationCanceledException(cancellation));
        }

        request.Complete();
        return task;
    }

    /// <summary>Takes a request in that belongs to one connection: it is answered there or fails with it. Call without the gate.</summary>
    /// <exception cref="ObjectDisposedException">The client is closed.</exception>
    public ValueTask<Reply<ReadOnlyMemory<byte>>> SubmitTo(NodeConnection connection, PendingRequest request)
    {
        ValueTask<Reply<ReadOnlyMemory<byte>>> task = request.Task;
        lock (Gate)
        {
            if (Refusal(request, isInternal: true) is { } refusal)
            {
                throw refusal;
            }

            if (!connection.IsClosed && connection.TrySend(request, Now))
            {
                _clock.WakeBy(request.Deadline);
                return task;
            }

            Pending.Remove(request);
            request.Fail(new RequestRefusedException(ResponseOutcome.Unavailable, $"{connection.Link.Address} is not connected."));
        }

        request.Complete();
        return task;
    }

    /// <summary>Completes what was taken out under the gate. Call without it.</summary>
    public static void Complete(List<PendingRequest> completed)
    {
        foreach (PendingRequest request in completed)
        {
            request.Complete();
        }

        completed.Clear();
    }

    /// <summary>Numbers a command if its session can, then sends the request.</summary>
    public void Place(PendingRequest request)
    {
        if (!request.NeedsSequence)
        {
            Send(request);
            return;
        }

        ClientSession session = SessionWith(request.Group);
        request.Session = session;
        session.Waiting.Add(request);
        Admit(session);
        if (session.State == SessionState.Closed)
        {
            session.BeginOpening();
            _ = new SessionOpening(this, session).RunAsync();
        }
    }

    /// <summary>Numbers waiting commands as far as the session's window reaches, and sends them.</summary>
    public void Admit(ClientSession session)
    {
        while (session.HasRoom && session.Waiting.Take() is { } request)
        {
            request.Sequence = session.NextSequence();
            session.LastUsed = Now;
            Send(request);
        }
    }

    /// <summary>
    /// Takes a command's number back, of which no sending can have had an effect: the session of another group will number it. The old number is over.
    /// </summary>
    public void Renumber(PendingRequest request)
    {
        if (request.Session is { } session && request.Sequence != default)
        {
            session.Finish(request.Sequence);
            Admit(session);
        }

        request.Session = null;
        request.Sequence = default;
        request.Attempts = 0;
    }

    /// <summary>Sends what was postponed; a request of a space goes where its key is believed to be by now.</summary>
    public void Resume(PendingRequest request)
    {
        if (request.Space is null)
        {
            Send(request);
        }
        else
        {
            Spaces.Place(request);
        }
    }

    /// <summary>Tries the request again after a pause.</summary>
    public void Postpone(PendingRequest request, TimeSpan pause)
    {
        request.Postponements++;
        request.NotBefore = Now + pause;
        Postponed.Add(request);
        _clock.WakeBy(request.NotBefore);
    }

    /// <summary>Something is due then.</summary>
    public void WakeBy(MonotonicTime due) => _clock.WakeBy(due);

    /// <summary>Looks for the route's node, unless somebody does already.</summary>
    /// <param name="route">The way that is not known, or doubted.</param>
    /// <param name="isDoubt">The known target is silent: it is kept until a newer leader is found.</param>
    public void StartSearch(GroupRoute route, bool isDoubt)
    {
        if (!route.Searching)
        {
            route.Searching = true;
            _ = new LeaderSearch(this, route, isDoubt).RunAsync();
        }
    }

    /// <summary>A search found the node to ask: everything that waits goes there, and so does what another node has left unanswered.</summary>
    public void Adopt(GroupRoute route, NodeLink target, LeaderEpoch epoch)
    {
        route.Found(target, epoch);
        foreach (NodeLink link in _links.Values)
        {
            if (link != target && link.Connection is { } connection)
            {
                Reroute(connection, route);
            }
        }

        while (route.Parked.Take() is { } request)
        {
            Send(request);
        }
    }

    /// <summary>Takes the request out of everything; the caller notes its outcome and completes it outside the gate.</summary>
    public void Remove(PendingRequest request)
    {
        request.List?.Remove(request);
        Pending.Remove(request);
        _pendingBytes -= request.Payload.Length;
        if (request.Session is { } session && request.Sequence != default)
        {
            session.Finish(request.Sequence);
            Admit(session);
        }
    }

    /// <summary>Ends the wait without an answer: unknown if it was sent and could take effect, else the given failure.</summary>
    public void GiveUp(PendingRequest request, UnknownCause cause, Exception otherwise)
    {
        bool isOpen = request.MayTakeEffect;
        string trouble = request.Trouble;
        Remove(request);
        request.Fail(isOpen ? new OutcomeUnknownException(cause, trouble, request.Cancellation) : otherwise);
    }

    /// <summary>The connection is of no use any more: its requests go other ways. Call without the gate.</summary>
    public void ConnectionLost(NodeConnection connection, string reason)
    {
        var completed = new List<PendingRequest>();
        lock (Gate)
        {
            if (!connection.MarkClosed())
            {
                return;
            }

            connection.Link.Lost(connection);
            foreach (GroupRoute route in _routes.Values)
            {
                route.Lost(connection.Link);
            }

            while (connection.InFlight.Take() is { } request)
            {
                request.LastTrouble = reason;
                if (request.Route is not null)
                {
                    Send(request);
                    continue;
                }

                Remove(request);
                request.Fail(new RequestRefusedException(ResponseOutcome.Unavailable, reason));
                completed.Add(request);
            }
        }

        Complete(completed);
    }

    public async ValueTask DisposeAsync()
    {
        var completed = new List<PendingRequest>();
        List<NodeConnection> connections;
        lock (Gate)
        {
            if (_closing.IsCancellationRequested)
            {
                return;
            }

            _closing.Cancel();
            for (int slot = 0; slot < Pending.UsedSlots; slot++)
            {
                if (Pending[slot] is { } request)
                {
                    request.LastTrouble = "The client was closed.";
                    GiveUp(request, UnknownCause.ClientClosed, new ObjectDisposedException(nameof(ActorPhysicsClient)));
                    completed.Add(request);
                }
            }

            connections = [.. _links.Values.Select(link => link.Connection).OfType<NodeConnection>()];
        }

        Complete(completed);
        foreach (NodeConnection connection in connections)
        {
            connection.Close("The client was closed.");
        }

        await _clock.DisposeAsync().ConfigureAwait(false);
    }

    private Exception? Refusal(PendingRequest request, bool isInternal)
    {
        if (_closing.IsCancellationRequested)
        {
            return new ObjectDisposedException(nameof(ActorPhysicsClient));
        }

        if (!isInternal && _pendingBytes + request.Payload.Length > Options.MaxPendingBytes)
        {
            return new OverloadedException($"{_pendingBytes} payload bytes are unanswered, at most {Options.MaxPendingBytes} may be.", TimeSpan.Zero);
        }

        return Pending.TryAdd(request, isInternal)
            ? null
            : new OverloadedException($"{Pending.CallersCount} requests are unanswered, at most {Options.MaxPendingRequests} may be.", TimeSpan.Zero);
    }

    /// <summary>No node hosts the group any more: nobody will answer what was asked of it.</summary>
    public void ParkUnanswered(GroupRoute route)
    {
        foreach (NodeLink link in _links.Values)
        {
            if (link.Connection is { } connection)
            {
                route.Lost(link);
                foreach (PendingRequest request in connection.UnansweredOf(route))
                {
                    route.Parked.Add(request);
                }
            }
        }
    }

    private void Reroute(NodeConnection connection, GroupRoute route)
    {
        foreach (PendingRequest request in connection.UnansweredOf(route))
        {
            connection.InFlight.Remove(request);
            Send(request);
        }
    }

    private void Cancelled(object? state, CancellationToken cancellation)
    {
        var request = (PendingRequest)state!;
        lock (Gate)
        {
            // The object may serve another request by now. If that one has the same token it is cancelled rightly.
            if (request.Slot < 0 || request.Cancellation != cancellation)
            {
                return;
            }

            GiveUp(request, UnknownCause.Cancellation, new OperationCanceledException(cancellation));
        }

        request.Complete();
    }
}
