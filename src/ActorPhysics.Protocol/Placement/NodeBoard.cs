using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Placement;

/// <summary>What a node is to the planner.</summary>
internal enum NodeStanding
{
    /// <summary>Alive: may be given replicas and leadership.</summary>
    Usable,

    /// <summary>Absent, but not for long enough to be given up: keeps its share, takes part in nothing.</summary>
    Away,

    /// <summary>Given up.</summary>
    Lost,

    /// <summary>Alive, and to be emptied.</summary>
    Draining,
}

/// <summary>The nodes by their place in the view: how each stands, in which zone it is, how many voting replicas it will hold and should.</summary>
internal sealed class NodeBoard
{
    private readonly ClusterView _view;
    private readonly int[] _spreadOfSize;

    public NodeBoard(ClusterView view, PlacementPolicy policy, LogTime now)
    {
        _view = view;
        int count = view.Nodes.Length;
        (Standing, ZoneOf, Held) = (new NodeStanding[count], new int[count], new int[count]);
        Share = Lower = Upper = [];
        var zones = new SortedSet<FailureDomainId>();
        for (int n = 0; n < count; n++)
        {
            zones.Add(view.Nodes[n].Zone);
            Standing[n] = StandingOf(view.Nodes[n].Condition, policy, now);
        }

        FailureDomainId[] ascending = [.. zones];
        int[] inPlay = new int[ascending.Length];
        int[] known = new int[ascending.Length];
        for (int n = 0; n < count; n++)
        {
            ZoneOf[n] = Array.BinarySearch(ascending, view.Nodes[n].Zone);
            known[ZoneOf[n]]++;
            inPlay[ZoneOf[n]] += IsInPlay(n) ? 1 : 0;
        }

        ZoneCount = ascending.Length;
        int largest = 0;
        foreach (GroupPlacement group in view.Groups)
        {
            largest = Math.Max(largest, SizeOf(group));
        }

        _spreadOfSize = new int[largest + 1];
        for (int size = 0; size <= largest; size++)
        {
            _spreadOfSize[size] = FairShares.SpreadOf(size, policy.Zones == ZoneRule.Required ? known : inPlay);
        }

        DivideShares(policy, inPlay);
    }

    public NodeStanding[] Standing { get; }

    /// <summary>Zones are numbered by ascending id.</summary>
    public int[] ZoneOf { get; }

    public int ZoneCount { get; }

    /// <summary>Voting replicas of each node once all that was decided is done.</summary>
    public int[] Held { get; }

    /// <summary>What each node should hold, in <see cref="FairShares.One"/>ths.</summary>
    public long[] Share { get; private set; }

    public long[] Lower { get; private set; }

    public long[] Upper { get; private set; }

    public bool IsUsable(int node) => Standing[node] == NodeStanding.Usable;

    /// <summary>Whether it serves: its members can vote and send state.</summary>
    public bool Serves(int node) => Standing[node] is NodeStanding.Usable or NodeStanding.Draining;

    /// <summary>How far above its share a node is; below zero it needs replicas.</summary>
    public long Excess(int node) => Held[node] * FairShares.One - Share[node];

    /// <summary>How many voting members of the group one zone may hold.</summary>
    public int SpreadOf(GroupPlacement group) => _spreadOfSize[SizeOf(group)];

    private static int SizeOf(GroupPlacement group) => group.Space.Settings.Replicas + group.Space.Settings.Witnesses;

    private static NodeStanding StandingOf(NodeCondition condition, PlacementPolicy policy, LogTime now) => condition switch
    {
        NodeAlive => NodeStanding.Usable,
        NodeDraining => NodeStanding.Draining,
        NodeAbsent absent when now.MillisecondsSince(absent.Since) < policy.RepairAfter.TotalMilliseconds => NodeStanding.Away,
        _ => NodeStanding.Lost,
    };

    private bool IsInPlay(int node) => Standing[node] is NodeStanding.Usable or NodeStanding.Away;

    private void DivideShares(PlacementPolicy policy, int[] inPlay)
    {
        long[] groupsOfSize = new long[_spreadOfSize.Length];
        foreach (GroupPlacement group in _view.Groups)
        {
            groupsOfSize[SizeOf(group)]++;
        }

        long total = 0;
        long[] zoneCaps = new long[ZoneCount];
        for (int size = 0; size < groupsOfSize.Length; size++)
        {
            total += size * groupsOfSize[size] * FairShares.One;
            for (int zone = 0; zone < ZoneCount; zone++)
            {
                zoneCaps[zone] += Math.Min(_spreadOfSize[size], inPlay[zone]) * groupsOfSize[size] * FairShares.One;
            }
        }

        long[] zoneWeights = new long[ZoneCount];
        for (int n = 0; n < Held.Length; n++)
        {
            zoneWeights[ZoneOf[n]] += IsInPlay(n) ? _view.Nodes[n].Weight : 0;
        }

        long[] zoneShares = FairShares.Divide(total, zoneWeights, zoneCaps);
        Share = new long[Held.Length];
        for (int zone = 0; zone < ZoneCount; zone++)
        {
            DivideZone(zone, zoneShares[zone]);
        }

        Lower = [.. Share.Select(share => FairShares.Lower(share, policy.ReplicaTolerancePercent))];
        Upper = [.. Share.Select(share => FairShares.Upper(share, policy.ReplicaTolerancePercent))];
    }

    private void DivideZone(int zone, long share)
    {
        int[] nodes = [.. Enumerable.Range(0, Held.Length).Where(n => ZoneOf[n] == zone && IsInPlay(n))];
        long[] caps = new long[nodes.Length];
        Array.Fill(caps, _view.Groups.Length * FairShares.One);
        long[] shares = FairShares.Divide(share, [.. nodes.Select(n => (long)_view.Nodes[n].Weight)], caps);
        for (int i = 0; i < nodes.Length; i++)
        {
            Share[nodes[i]] = shares[i];
        }
    }
}
