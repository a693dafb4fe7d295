using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Protocol.Tests.Harness;

namespace ActorPhysics.Protocol.Tests.Placement;

/// <summary>Nodes and groups that do what plans say, some moves later than others.</summary>
internal sealed class SimulatedPlacement(TestRandom random, ClusterNode[] nodes, GroupPlacement[] groups)
{
    public static readonly LogTime Now = new(1_000_000_000);
    private readonly List<PlacementMove> _underWay = [];

    public ClusterNode[] Nodes { get; private set; } = nodes;

    public GroupPlacement[] Groups { get; } = groups;

    public IReadOnlyList<PlacementMove> UnderWay => _underWay;

    public ClusterView View => ClusterView.Create([.. Nodes], [.. Groups], [.. _underWay]);

    public int Replacements { get; private set; }

    public int Transfers { get; private set; }

    public static SpaceDescription Space(int replicas = 3, int witnesses = 0, QuorumShape? quorums = null) =>
        SpaceDescription.Create(new SpaceSettings
        {
            Name = "space",
            Specification = "kv",
            Replicas = replicas,
            Witnesses = witnesses,
            Quorums = quorums ?? MajorityShape.Instance,
        });

    public static ClusterNode Node(int id, int zone, int weight = 1, NodeCondition? condition = null) =>
        new(new NodeId((ulong)id), new FailureDomainId((ulong)zone), weight, condition ?? NodeAlive.Instance);

    public static NodeAbsent LongAbsent() => new(default);

    public static NodeAbsent BrieflyAbsent() => new(Now);

    public void Add(IEnumerable<ClusterNode> more) => Nodes = [.. Nodes.Concat(more).OrderBy(node => node.Node.Value)];

    public void Change(Func<ClusterNode, bool> which, NodeCondition condition) =>
        Nodes = [.. Nodes.Select(node => which(node) ? node with { Condition = condition } : node)];

    public void Begin(PlacementPlan plan) => _underWay.AddRange(plan.Moves);

    /// <summary>Finishes everything under way, or of each move with one chance in some.</summary>
    public void Finish(int chances = 1)
    {
        var still = new List<PlacementMove>();
        foreach (PlacementMove move in _underWay)
        {
            if (random.OneIn(chances))
            {
                Apply(move);
            }
            else
            {
                still.Add(move);
            }
        }

        _underWay.Clear();
        _underWay.AddRange(still);
    }

    /// <summary>Plans and finishes until nothing is wanted any more.</summary>
    public int Converge(PlacementPolicy policy, int mostRounds, Action<PlacementPlan>? watch = null, int chances = 1)
    {
        for (int round = 0; round < mostRounds; round++)
        {
            PlacementPlan plan = PlacementPlanner.Plan(View, policy, Now);
            watch?.Invoke(plan);
            if (plan.Moves.IsEmpty && _underWay.Count == 0)
            {
                return round;
            }

            Begin(plan);
            Finish(chances);
        }

        throw new InvalidOperationException($"the cluster is not at rest after {mostRounds} rounds");
    }

    public int[] ReplicasByNode() => Count(group => group.Members.Where(member => member.Votes).Select(member => member.Node));

    public int[] LeadersByNode() => Count(group => group.Leader is { } leader ? [leader] : []);

    public int IndexOf(NodeId node) => Array.FindIndex(Nodes, candidate => candidate.Node == node);

    private int[] Count(Func<GroupPlacement, IEnumerable<NodeId>> nodesOf)
    {
        var indexOf = Nodes.Select((node, index) => (node.Node, index)).ToDictionary(pair => pair.Node, pair => pair.index);
        int[] counts = new int[Nodes.Length];
        foreach (NodeId node in Groups.SelectMany(nodesOf))
        {
            counts[indexOf[node]]++;
        }

        return counts;
    }

    private void Apply(PlacementMove move)
    {
        int index = Array.BinarySearch(Groups, move.Group, Comparer<object>.Create((a, b) => IdOf(a).CompareTo(IdOf(b))));
        GroupPlacement group = Groups[index];
        ImmutableArray<PlacedReplica> members = move switch
        {
            AddReplica add => group.Members.Add(new PlacedReplica(add.To, add.Role)),
            RemoveReplica remove => group.Members.RemoveAll(member => member.Node == remove.From),
            ReplaceReplica replace => [.. group.Members.Select(member => member.Node == replace.From ? member with { Node = replace.To } : member)],
            _ => group.Members,
        };
        NodeId? leader = move is TransferLeader transfer ? transfer.To : group.Leader;
        Replacements += move is ReplaceReplica ? 1 : 0;
        Transfers += move is TransferLeader ? 1 : 0;
        bool leaderLeft = leader is not null && !members.Any(member => member.Node == leader);
        Groups[index] = group with { Members = members, Leader = leaderLeft ? Elect(members) : leader };
    }

    /// <summary>Some voter on a node that serves.</summary>
    private NodeId? Elect(ImmutableArray<PlacedReplica> members)
    {
        NodeId[] candidates = [.. members.Where(member => member.Role == MemberRole.Voter && Nodes[IndexOf(member.Node)].Condition is not NodeAbsent).Select(member => member.Node)];
        return candidates.Length == 0 ? null : random.Pick(candidates);
    }

    private static GroupId IdOf(object item) => item is GroupPlacement group ? group.Group : (GroupId)item;
}
