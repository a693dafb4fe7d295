using System.Runtime.InteropServices;
using ActorPhysics.Client.Connections;
using ActorPhysics.Client.Requests;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Routing;

/// <summary>
/// Looks for the node that serves a route: first where the last hint points, then at all known nodes at once, in rounds with a growing,
/// jittered pause, for as long as somebody waits. Nodes are asked who leads; of several that claim to, the newest era wins.
/// </summary>
internal sealed class LeaderSearch(ClientCore core, GroupRoute route, bool isDoubt)
{
    private static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(1);

    /// <summary>Runs until a node is found, nobody waits any more, or the client closes. The route is told.</summary>
    public async Task RunAsync()
    {
        // The caller holds the gate.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            int round = 0;
            if (EarlierLosses() is > 1 and int losses)
            {
                round = losses - 1;
                await PauseAsync(round - 1).ConfigureAwait(false);
            }

            while (!await TryRoundAsync().ConfigureAwait(false))
            {
                await PauseAsync(round++).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (core.Closing.IsCancellationRequested)
        {
            // The client closes and has ended everything that waited.
            return;
        }
    }

    private int EarlierLosses()
    {
        lock (core.Gate)
        {
            return route.Losses;
        }
    }

    private Task PauseAsync(int round)
    {
        TimeSpan pause;
        lock (core.Gate)
        {
            pause = core.Backoff.Pause(round);
        }

        return Task.Delay(pause, core.Options.Clock, core.Closing);
    }

    private async Task<bool> TryRoundAsync()
    {
        Finding finding = route.Kind == RouteKind.Leader ? await FindLeaderAsync().ConfigureAwait(false) : await FindAnyAsync().ConfigureAwait(false);
        var completed = new List<PendingRequest>();
        bool isOver;
        lock (core.Gate)
        {
            isOver = Conclude(finding, completed);
        }

        ClientCore.Complete(completed);
        return isOver;
    }

    private bool Conclude(in Finding finding, List<PendingRequest> completed)
    {
        route.LastTrouble = finding.Trouble;
        if (finding.Target is { Connection: not null } target)
        {
            route.Searching = false;
            core.Adopt(route, target, finding.Epoch);
            return true;
        }

        if (finding.NobodyHosts)
        {
            core.ParkUnanswered(route);
            while (route.Parked.Take() is { } request)
            {
                if (request.Space is not null && request.Scope.IsEmpty)
                {
                    core.Spaces.GroupGone(request);
                    continue;
                }

                core.GiveUp(
                    request, UnknownCause.LaterRefusal, new RequestRefusedException(ResponseOutcome.NoSuchGroup, $"No node hosts {route.Group}."));
                completed.Add(request);
            }
        }

        core.Spaces.Doubt(route.Parked);

        // A doubted target is kept when nobody better is found; its requests have their deadlines.
        bool isOver = route.Parked.Count == 0 || core.Closing.IsCancellationRequested;
        route.Searching = !isOver;
        return isOver;
    }

    private async Task<Finding> FindLeaderAsync()
    {
        var asked = new HashSet<NodeLink>();
        if (Hinted() is { } hinted && asked.Add(hinted))
        {
            Probe probe = await AskAsync(hinted).ConfigureAwait(false);
            if (probe.Leads && !isDoubt)
            {
                return new Finding(hinted, probe.Epoch, string.Empty, NobodyHosts: false);
            }
        }

        return await AskAllAsync(asked).ConfigureAwait(false);
    }

    private async Task<Finding> AskAllAsync(HashSet<NodeLink> asked)
    {
        var open = new List<Task<Probe>>();
        var heard = new List<Probe>();
        foreach (NodeLink link in KnownLinks())
        {
            asked.Add(link);
            open.Add(AskAsync(link));
        }

        LeaderEpoch doubted;
        lock (core.Gate)
        {
            doubted = route.TargetEpoch;
        }

        Probe? best = null;
        while (open.Count > 0)
        {
            Task<Probe> first = await Task.WhenAny(open).ConfigureAwait(false);
            open.Remove(first);
            Probe probe = await first.ConfigureAwait(false);
            heard.Add(probe);
            if (probe.Leads && (best is null || probe.Epoch > best.Value.Epoch))
            {
                best = probe;
            }

            foreach (NodeLink other in probe.Others.Where(asked.Add))
            {
                open.Add(AskAsync(other));
            }

            // Whoever is doubted may itself claim to lead still: then only the leader of a newer era is believed at once.
            if (best is { } leader && (isDoubt ? leader.Epoch > doubted : heard.TrueForAll(p => p.Epoch <= leader.Epoch)))
            {
                break;
            }
        }

        return Judge(heard, best);
    }

    private static Finding Judge(List<Probe> heard, Probe? best)
    {
        bool nobodyHosts = heard.Count > 0 && heard.TrueForAll(probe => probe is { Answered: true, Hosts: false });
        string trouble = string.Join(" ", heard.Where(probe => probe.Trouble.Length > 0).Select(probe => probe.Trouble).Take(5));
        return new Finding(
            best?.Link, best?.Epoch ?? default, trouble.Length > 0 || best is not null ? trouble : "No node knows of a leader.", nobodyHosts);
    }

    private async Task<Finding> FindAnyAsync()
    {
        var asked = new HashSet<NodeLink>();
        var heard = new List<Probe>();
        var next = new Queue<NodeLink>(ShuffledLinks());
        while (next.TryDequeue(out NodeLink? link))
        {
            if (!asked.Add(link))
            {
                continue;
            }

            Probe probe = await AskAsync(link).ConfigureAwait(false);
            if (probe.Hosts)
            {
                return new Finding(link, default, string.Empty, NobodyHosts: false);
            }

            heard.Add(probe);
            foreach (NodeLink other in probe.Others)
            {
                next.Enqueue(other);
            }
        }

        return Judge(heard, best: null);
    }

    /// <summary>Asks a node who leads. Never throws: trouble is an answer too.</summary>
    private async Task<Probe> AskAsync(NodeLink link)
    {
        NodeConnection? connection = null;
        MonotonicTime began = core.Now;
        try
        {
            connection = await link.ConnectAsync().ConfigureAwait(false);
            PendingRequest request = core.Rent();
            request.Kind = RequestKind.Status;
            request.Group = route.Group;
            request.Deadline = core.Now + (core.Options.AttemptTimeout < LongestProbe ? core.Options.AttemptTimeout : LongestProbe);
            Reply<ReadOnlyMemory<byte>> reply = await core.SubmitTo(connection, request).ConfigureAwait(false);
            return NodeStatus.TryRead(reply.Result.Span, out NodeStatus? status)
                ? Read(link, status)
                : new Probe(link) { Trouble = $"{link.Address}: sent no status." };
        }
        catch (Exception trouble) when (trouble is DialException or RequestException or ObjectDisposedException)
        {
            GiveUpOn(link, connection, began, trouble);
            return new Probe(link) { Trouble = trouble.Message };
        }
    }

    private void GiveUpOn(NodeLink link, NodeConnection? connection, MonotonicTime began, Exception trouble)
    {
        bool isSilent;
        lock (core.Gate)
        {
            isSilent = trouble is RequestTimedOutException && connection is not null && connection.LastHeard < began;
            core.Forget(link);
        }

        if (isSilent)
        {
            // Not a word since it was asked: the connection may be half-open, and everything on it waits in vain.
            connection!.Close($"{link.Address}: silent.");
        }
    }

    private Probe Read(NodeLink link, NodeStatus status)
    {
        GroupStatus? group = status.Groups.FirstOrDefault(group => group.Group == route.Group);
        if (group is null)
        {
            // Of the cluster's other nodes one may host it.
            return new Probe(link) { Answered = true, Others = LinksTo(status.Nodes.Where(node => node.Node != status.Node)) };
        }

        ReplicaStatus[] here = [.. group.Replicas.Where(replica => replica.IsLocal)];
        bool hosts = here.Length == 0 || !here.All(replica => replica.Role == ReplicaRole.Retired);
        bool leads = hosts && group.LeaderNode == status.Node && group.LeaderNode != default;
        return new Probe(link)
        {
            Answered = true,
            Hosts = hosts,
            Leads = leads,
            Epoch = group.LeaderEpoch,
            Others = leads ? [] : OthersOf(group, status, hosts),
        };
    }

    /// <summary>
    /// Whom a node that does not lead takes for the leader, and else for members. One that is no member any more names them all, for what it knows is of the
    /// past: the leader that it had may be gone too, and the group may have moved away from every node that this client was told of.
    /// </summary>
    private List<NodeLink> OthersOf(GroupStatus group, NodeStatus status, bool hosts)
    {
        if (!hosts)
        {
            return LinksTo(status.Nodes.Where(node => node.Node != status.Node));
        }

        if (Find(group.LeaderNode, group.LeaderAddress) is { } leader)
        {
            return [leader];
        }

        IEnumerable<ClusterNodeStatus> nodes = status.Nodes.Where(node => node.Node != status.Node);
        if (group.Configuration is { } configuration)
        {
            nodes = nodes.Where(node => configuration.Members.Any(member => member.Node == node.Node));
        }

        return LinksTo(nodes);
    }

    private List<NodeLink> LinksTo(IEnumerable<ClusterNodeStatus> nodes) => [.. nodes.Select(node => Find(node.Node, node.Address)).OfType<NodeLink>()];

    private NodeLink? Find(NodeId node, string address)
    {
        lock (core.Gate)
        {
            return core.Links.FirstOrDefault(link => node != default && link.Connection?.Peer.Node == node)
                ?? (NodeAddress.TryParse(address, out NodeAddress? parsed) ? core.LinkTo(parsed.Value) : null);
        }
    }

    private NodeLink? Hinted()
    {
        lock (core.Gate)
        {
            return route.TakeHint() is { } hint ? core.LinkTo(hint) : null;
        }
    }

    private List<NodeLink> KnownLinks()
    {
        lock (core.Gate)
        {
            return [.. core.Links];
        }
    }

    private List<NodeLink> ShuffledLinks()
    {
        lock (core.Gate)
        {
            List<NodeLink> links = [.. core.Links.Where(link => link != route.Avoided)];
            core.Random.Shuffle(CollectionsMarshal.AsSpan(links));
            if (route.Avoided is { } avoided)
            {
                links.Add(avoided);
            }

            return links;
        }
    }

    private readonly record struct Finding(NodeLink? Target, LeaderEpoch Epoch, string Trouble, bool NobodyHosts);

    private readonly record struct Probe(NodeLink Link)
    {
        public bool Answered { get; init; }
        public bool Hosts { get; init; }
        public bool Leads { get; init; }
        public LeaderEpoch Epoch { get; init; }

        /// <summary>Who may know more, when it does not lead itself.</summary>
        public IReadOnlyList<NodeLink> Others { get; init; } = [];
        public string Trouble { get; init; } = string.Empty;
    }
}
