using System.Collections.Immutable;
using ActorPhysics.Client.Connections;
using ActorPhysics.Client.Control;
using ActorPhysics.Client.Requests;
using ActorPhysics.Client.Routing;
using ActorPhysics.Client.Sessions;
using ActorPhysics.Client.Spaces;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client;

/// <summary>
/// A cluster's client: finds each group's leader from any node, shares one connection per node among all callers, and sends what was not
/// answered again until its deadline. Commands belong to a session with the group, so each takes effect once however often it is sent;
/// where nobody can know the outcome, it is reported as unknown, never as failed. All members may be called from many threads at once.
/// </summary>
/// <remarks>
/// Memory passed as a command or query must stay unchanged until the returned task has ended. A command's task ends in a reply or in
/// <see cref="OutcomeUnknownException"/>, <see cref="SessionExpiredException"/>, <see cref="RequestTimedOutException"/>,
/// <see cref="OverloadedException"/>, <see cref="RequestRefusedException"/> (all of them <see cref="RequestException"/>, which says whether
/// the command may have taken effect), or <see cref="OperationCanceledException"/> when it was cancelled before it was sent.
/// </remarks>
public sealed class ActorPhysicsClient : IAsyncDisposable
{
    private static readonly TimeSpan GoodbyePatience = TimeSpan.FromMilliseconds(500);

    private readonly ClientCore _core;

    private ActorPhysicsClient(ClientCore core)
    {
        _core = core;
    }

    /// <summary>Connects to as many of the given nodes as answer; one is enough.</summary>
    /// <exception cref="ClusterUnreachableException">None answered.</exception>
    public static async Task<ActorPhysicsClient> ConnectAsync(ClientOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var core = new ClientCore(options);
        try
        {
            await ConnectToAnyAsync(core).WaitAsync(cancellation).ConfigureAwait(false);
            return new ActorPhysicsClient(core);
        }
        catch
        {
            await core.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Applies a command once, and replies with its result, its coordinate and the certificate of its commit.</summary>
    /// <param name="group">The group that applies it.</param>
    /// <param name="command">The state machine's command.</param>
    /// <param name="timeout">How long it may take, retries included; null for <see cref="ClientOptions.RequestTimeout"/>.</param>
    /// <param name="cancellation">Ends the wait; what was sent may still take effect.</param>
    public ValueTask<Reply<ReadOnlyMemory<byte>>> WriteAsync(
        GroupId group, ReadOnlyMemory<byte> command, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        return _core.Submit(Prepare(RequestKind.Command, group, command, timeout), cancellation);
    }

    /// <summary>Answers a query at a level of consistency.</summary>
    /// <param name="group">The group that is asked.</param>
    /// <param name="query">The state machine's query.</param>
    /// <param name="level">How fresh the answer must be; strong unless said otherwise.</param>
    /// <param name="timeout">As for <see cref="WriteAsync"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public ValueTask<Reply<ReadOnlyMemory<byte>>> ReadAsync(
        GroupId group, ReadOnlyMemory<byte> query, ReadLevel level = default, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        PendingRequest request = Prepare(RequestKind.Read, group, query, timeout);
        request.ReadLevel = level;
        request.RouteKind = level.NeedsLeader ? RouteKind.Leader : RouteKind.AnyReplica;
        return _core.Submit(request, cancellation);
    }

    /// <summary>Asks the group's leader to hand over to the replica on another node. The leader answers once it has begun to.</summary>
    public async Task TransferLeadershipAsync(GroupId group, NodeId target, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        PendingRequest request = Prepare(RequestKind.TransferLeadership, group, default, timeout);
        request.TransferTarget = target;
        await _core.Submit(request, cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Asks every known node for its status, and every node of the cluster that those tell of; one that does not answer is reported with the reason.
    /// </summary>
    public async Task<ImmutableArray<NodeReport>> StatusAsync(bool withStateHash = false, CancellationToken cancellation = default) =>
        [.. await SurveyAsync(withStateHash, patience: null, cancellation).ConfigureAwait(false)];

    /// <summary>Ends what is open (as unknown where it was sent), closes the sessions and the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        List<ClientSession> sessions;
        lock (_core.Gate)
        {
            sessions = [.. _core.Sessions.Where(session => session.State == SessionState.Open)];
        }

        if (!_core.Closing.IsCancellationRequested)
        {
            await Task.WhenAll(sessions.Select(session => new SessionHousekeeping(_core, session).SendAsync(CommandKind.CloseSession, GoodbyePatience)))
                .ConfigureAwait(false);
        }

        await _core.DisposeAsync().ConfigureAwait(false);
    }

    private PendingRequest Prepare(RequestKind kind, GroupId group, ReadOnlyMemory<byte> payload, TimeSpan? timeout)
    {
        if (payload.Length > _core.Options.MaxPayloadBytes)
        {
            throw new RequestRefusedException(
                ResponseOutcome.TooLarge, $"{payload.Length} bytes are more than this client sends ({_core.Options.MaxPayloadBytes}).");
        }

        PendingRequest request = _core.Rent();
        request.Kind = kind;
        request.Group = group;
        request.Payload = payload;
        request.Deadline = _core.Now + (timeout ?? _core.Options.RequestTimeout);
        return request;
    }

    /// <summary>As <see cref="StatusAsync"/>, each node with a deadline of its own.</summary>
    internal Task<List<NodeReport>> SurveyAsync(TimeSpan patience, CancellationToken cancellation) => SurveyAsync(withStateHash: false, patience, cancellation);

    private async Task<List<NodeReport>> SurveyAsync(bool withStateHash, TimeSpan? patience, CancellationToken cancellation)
    {
        var asked = new HashSet<NodeAddress>();
        var heard = new HashSet<NodeId>();
        var reports = new List<NodeReport>();
        List<NodeLink> next;
        lock (_core.Gate)
        {
            next = [.. _core.Links];
        }

        while (next.Count > 0)
        {
            asked.UnionWith(next.Select(link => link.Address));
            NodeReport[] answers = await Task.WhenAll(next.Select(link => AskAsync(link, withStateHash, patience))).WaitAsync(cancellation).ConfigureAwait(false);
            reports.AddRange(answers.Where(report => report.Status is null || heard.Add(report.Status.Node)));
            next = LinksTo([.. answers.SelectMany(report => report.Status?.Nodes ?? []).Where(node => !heard.Contains(node.Node)).Select(node => node.Address)], asked);
        }

        return reports;
    }

    private List<NodeLink> LinksTo(IReadOnlyList<string> addresses, HashSet<NodeAddress> except)
    {
        var links = new List<NodeLink>();
        lock (_core.Gate)
        {
            foreach (string text in addresses)
            {
                if (NodeAddress.TryParse(text, out NodeAddress? address) && except.Add(address.Value) && _core.LinkTo(address.Value) is { } link)
                {
                    links.Add(link);
                }
            }
        }

        return links;
    }

    /// <summary>Applies a command to whichever group owns the key.</summary>
    internal ValueTask<Reply<ReadOnlyMemory<byte>>> WriteKeyAsync(
        SpaceRoute space, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> command, TimeSpan? timeout, CancellationToken cancellation)
    {
        PendingRequest request = Prepare(RequestKind.Command, default, command, timeout);
        request.Space = space;
        request.Key = key;
        return _core.Submit(request, cancellation);
    }

    /// <summary>Asks whichever group owns the key.</summary>
    internal ValueTask<Reply<ReadOnlyMemory<byte>>> ReadKeyAsync(
        SpaceRoute space, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> query, ReadLevel level, TimeSpan? timeout, CancellationToken cancellation)
    {
        PendingRequest request = Prepare(RequestKind.Read, default, query, timeout);
        request.Space = space;
        request.Key = key;
        request.ReadLevel = level;
        request.RouteKind = level.NeedsLeader ? RouteKind.Leader : RouteKind.AnyReplica;
        return _core.Submit(request, cancellation);
    }

    /// <summary>Asks a group about all keys of a range, on condition that it owns exactly that one.</summary>
    internal ValueTask<Reply<ReadOnlyMemory<byte>>> ReadShardAsync(
        GroupId group, ReadOnlyMemory<byte> scope, ReadOnlyMemory<byte> query, ReadLevel level, TimeSpan timeout, CancellationToken cancellation)
    {
        PendingRequest request = Prepare(RequestKind.Read, group, query, timeout);
        request.Scope = scope;
        request.ReadLevel = level;
        request.RouteKind = level.NeedsLeader ? RouteKind.Leader : RouteKind.AnyReplica;
        return _core.Submit(request, cancellation);
    }

    internal SpaceRoute RouteTo(string space)
    {
        ArgumentException.ThrowIfNullOrEmpty(space);
        lock (_core.Gate)
        {
            return _core.Spaces.RouteTo(space);
        }
    }

    /// <summary>The space's map: the one that is known, or, where <paramref name="isFresh"/>, one that is read from now on.</summary>
    internal async Task<ShardMap> MapOfAsync(SpaceRoute space, bool isFresh, TimeSpan timeout, CancellationToken cancellation)
    {
        var wish = new MapWish();
        lock (_core.Gate)
        {
            ObjectDisposedException.ThrowIf(_core.Closing.IsCancellationRequested, this);
            if (!isFresh && space.Cache.Map is { } known)
            {
                return known;
            }

            space.Wishes.Add(wish);
            _core.Spaces.StartReading(space);
        }

        try
        {
            return await wish.Source.Task.WaitAsync(timeout, _core.Options.Clock, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new RequestTimedOutException($"The shard map of '{space.Name}' could not be read. {space.LastTrouble}".TrimEnd());
        }
        finally
        {
            lock (_core.Gate)
            {
                space.Wishes.Remove(wish);
            }
        }
    }

    /// <summary>Sends a change of its members to the group's leader.</summary>
    internal async Task ChangeMembershipAsync(GroupId group, ChangeMembershipOperation change, TimeSpan timeout, CancellationToken cancellation)
    {
        byte[] operation = ProtoEncoding.ToArray<ChangeMembershipOperation.Encoder, ChangeMembershipOperation>(change);
        await _core.Submit(Prepare(RequestKind.ChangeMembership, group, operation, timeout), cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends an order to one node.</summary>
    /// <returns>What the node says to it; empty for most orders.</returns>
    /// <exception cref="DialException">The node cannot be reached.</exception>
    internal async Task<ReadOnlyMemory<byte>> OrderAsync(NodeAddress node, RequestKind kind, GroupId group, byte[] operation, TimeSpan timeout, CancellationToken cancellation)
    {
        NodeLink link;
        lock (_core.Gate)
        {
            link = _core.LinkTo(node) ?? throw new DialException($"{node}: too many nodes are known already.");
        }

        NodeConnection connection = await link.ConnectAsync().WaitAsync(cancellation).ConfigureAwait(false);
        Reply<ReadOnlyMemory<byte>> reply = await _core.SubmitTo(connection, Prepare(kind, group, operation, timeout)).AsTask().WaitAsync(cancellation).ConfigureAwait(false);
        return reply.Result;
    }

    /// <summary>Has the config group decide.</summary>
    internal Task<ConfigResult> DecideAsync(ConfigCommand command, TimeSpan timeout, CancellationToken cancellation) =>
        ConfigGroupAccess.DecideAsync(_core, command, timeout, cancellation);

    /// <summary>Asks the config group, by a linearizable read.</summary>
    internal async Task<TAnswer> AskAsync<TAnswer>(ConfigQuery query, TimeSpan timeout, CancellationToken cancellation)
        where TAnswer : ConfigAnswer
    {
        ConfigAnswer answer = await ConfigGroupAccess.AskAsync(_core, query, ReadLevel.Strong, timeout, cancellation).ConfigureAwait(false);
        return answer as TAnswer ?? throw new ReplyUnreadableException($"it is no {typeof(TAnswer).Name}.", default);
    }

    internal ClientOptions Options => _core.Options;

    private async Task<NodeReport> AskAsync(NodeLink link, bool withStateHash, TimeSpan? patience = null)
    {
        try
        {
            NodeConnection connection = await link.ConnectAsync().ConfigureAwait(false);
            PendingRequest request = Prepare(RequestKind.Status, default, default, patience);
            request.WithStateHash = withStateHash;
            Reply<ReadOnlyMemory<byte>> reply = await _core.SubmitTo(connection, request).ConfigureAwait(false);
            return NodeStatus.TryRead(reply.Result.Span, out NodeStatus? status)
                ? new NodeReport(link.Address, status, string.Empty)
                : new NodeReport(link.Address, null, "The node's status makes no sense.");
        }
        catch (Exception trouble) when (trouble is DialException or RequestException)
        {
            return new NodeReport(link.Address, null, trouble.Message);
        }
    }

    private static async Task ConnectToAnyAsync(ClientCore core)
    {
        List<Task<NodeConnection>> open;
        lock (core.Gate)
        {
            open = [.. core.Links.Select(link => link.ConnectAsync())];
        }

        var troubles = new List<string>();
        while (open.Count > 0)
        {
            Task<NodeConnection> first = await Task.WhenAny(open).ConfigureAwait(false);
            open.Remove(first);
            try
            {
                await first.ConfigureAwait(false);
                _ = Task.WhenAll(open).ContinueWith(rest => rest.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
                return;
            }
            catch (DialException trouble)
            {
                troubles.Add(trouble.Message);
            }
        }

        throw new ClusterUnreachableException($"No node answered. {string.Join(" ", troubles)}");
    }
}

/// <summary>One node's status, or why there is none.</summary>
/// <param name="Address">The node that was asked.</param>
/// <param name="Status">Its answer; null when it gave none.</param>
/// <param name="Trouble">Why it gave none; empty when it did.</param>
public sealed record NodeReport(NodeAddress Address, NodeStatus? Status, string Trouble);
