using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Protocol.Placement;

/// <summary>
/// A cluster at one moment: its nodes, its groups and the moves under way. What exists is consistent in itself. Immutable.
/// </summary>
/// <remarks>Invariant: nodes and groups ascend by id; members of a group live on different known nodes; a group has at most one move under way.</remarks>
public sealed class ClusterView
{
    internal const int Nowhere = -1;

    private readonly int[] _firstMember;
    private readonly int[] _memberNodes;
    private readonly int[] _leaders;

    private ClusterView(
        ImmutableArray<ClusterNode> nodes,
        ImmutableArray<GroupPlacement> groups,
        ImmutableArray<PlacementMove> underWay,
        int[] firstMember,
        int[] memberNodes,
        int[] leaders)
    {
        (Nodes, Groups, UnderWay) = (nodes, groups, underWay);
        (_firstMember, _memberNodes, _leaders) = (firstMember, memberNodes, leaders);
    }

    /// <summary>All nodes, by ascending id.</summary>
    public ImmutableArray<ClusterNode> Nodes { get; }

    /// <summary>All groups, by ascending id.</summary>
    public ImmutableArray<GroupPlacement> Groups { get; }

    /// <summary>What earlier plans asked for and is not finished; the groups' members are those of now, with or without its first steps.</summary>
    public ImmutableArray<PlacementMove> UnderWay { get; }

    /// <summary>The view, or null with a reason when its parts contradict each other. Time: the number of members.</summary>
    public static ClusterView? TryCreate(
        ImmutableArray<ClusterNode> nodes, ImmutableArray<GroupPlacement> groups, ImmutableArray<PlacementMove> underWay, out string? refusal)
    {
        var indexOfNode = new Dictionary<NodeId, int>(nodes.Length);
        refusal = ComplaintAboutNodes(nodes, indexOfNode);
        if (refusal is not null)
        {
            return null;
        }

        int[] firstMember = new int[groups.Length + 1];
        for (int g = 0; g < groups.Length; g++)
        {
            firstMember[g + 1] = firstMember[g] + (groups[g].Members.IsDefault ? 0 : groups[g].Members.Length);
        }

        int[] memberNodes = new int[firstMember[^1]];
        int[] leaders = new int[groups.Length];
        for (int g = 0; g < groups.Length && refusal is null; g++)
        {
            refusal = g > 0 && groups[g].Group.CompareTo(groups[g - 1].Group) <= 0
                ? $"{groups[g].Group} does not come after {groups[g - 1].Group}"
                : Place(groups[g], indexOfNode, memberNodes.AsSpan(firstMember[g]..firstMember[g + 1]), out leaders[g]);
        }

        if (refusal is not null)
        {
            return null;
        }

        var view = new ClusterView(nodes, groups, underWay, firstMember, memberNodes, leaders);
        refusal = view.ComplaintAboutMoves();
        return refusal is null ? view : null;
    }

    /// <summary>As <see cref="TryCreate"/>, for parts that the caller knows to fit.</summary>
    /// <exception cref="ArgumentException">They do not; the message says why.</exception>
    public static ClusterView Create(ImmutableArray<ClusterNode> nodes, ImmutableArray<GroupPlacement> groups, ImmutableArray<PlacementMove> underWay = default) =>
        TryCreate(nodes, groups, underWay.IsDefault ? [] : underWay, out string? refusal) ?? throw new ArgumentException(refusal, nameof(groups));

    /// <summary>The places in <see cref="Nodes"/> of a group's members, in their order.</summary>
    internal ReadOnlySpan<int> MembersOf(int group) => _memberNodes.AsSpan(_firstMember[group].._firstMember[group + 1]);

    /// <summary>The place of the group's leader, or <see cref="Nowhere"/>.</summary>
    internal int LeaderOf(int group) => _leaders[group];

    internal int IndexOf(NodeId node) => Search(Nodes.Length, i => Nodes[i].Node.CompareTo(node));

    internal int IndexOf(GroupId group) => Search(Groups.Length, i => Groups[i].Group.CompareTo(group));

    /// <summary>Where a move takes a member from and to; <see cref="Nowhere"/> for an end that it does not have.</summary>
    internal (int From, int To) EndsOf(PlacementMove move) => move switch
    {
        AddReplica add => (Nowhere, IndexOf(add.To)),
        RemoveReplica remove => (IndexOf(remove.From), Nowhere),
        ReplaceReplica replace => (IndexOf(replace.From), IndexOf(replace.To)),
        TransferLeader transfer => (IndexOf(transfer.From), IndexOf(transfer.To)),
        _ => (Nowhere, Nowhere),
    };

    private static string? ComplaintAboutNodes(ImmutableArray<ClusterNode> nodes, Dictionary<NodeId, int> indexOfNode)
    {
        for (int n = 0; n < nodes.Length; n++)
        {
            ClusterNode node = nodes[n];
            if (node.Node == default || (n > 0 && node.Node.CompareTo(nodes[n - 1].Node) <= 0))
            {
                return $"{node.Node} does not come after {(n > 0 ? nodes[n - 1].Node : default)}";
            }

            if (node.Weight is < 1 or > ClusterNode.HighestWeight)
            {
                return $"the weight of {node.Node} is {node.Weight}, not between 1 and {ClusterNode.HighestWeight}";
            }

            indexOfNode.Add(node.Node, n);
        }

        return null;
    }

    private static string? Place(GroupPlacement group, Dictionary<NodeId, int> indexOfNode, Span<int> members, out int leader)
    {
        leader = Nowhere;
        if (group.Load is < 1 or > GroupPlacement.HighestLoad || group.Size.Bytes < 0)
        {
            return $"{group.Group} has load {group.Load} and size {group.Size}";
        }

        if (members.IsEmpty)
        {
            return $"{group.Group} has no members";
        }

        for (int i = 0; i < members.Length; i++)
        {
            NodeId node = group.Members[i].Node;
            if (!indexOfNode.TryGetValue(node, out int index))
            {
                return $"{group.Group} has a member on {node}, which is no node of the cluster";
            }

            if (members[..i].Contains(index))
            {
                return $"{group.Group} has two members on {node}";
            }

            members[i] = index;
            leader = group.Leader == node ? index : leader;
        }

        return group.Leader is not null && leader == Nowhere ? $"{group.Group} is led from {group.Leader}, where it has no member" : null;
    }

    private string? ComplaintAboutMoves()
    {
        bool[] moves = new bool[Groups.Length];
        foreach (PlacementMove move in UnderWay)
        {
            int group = IndexOf(move.Group);
            if (group < 0 || moves[group])
            {
                return group < 0 ? $"a move of {move.Group}, which is no group of the cluster" : $"{move.Group} has two moves under way";
            }

            moves[group] = true;
            (int from, int to) = EndsOf(move);
            if (from == Nowhere && to == Nowhere || from == Nowhere && move is not AddReplica || to == Nowhere && move is not RemoveReplica)
            {
                return $"a move of {move.Group} to or from a node that the cluster does not have";
            }
        }

        return null;
    }

    private static int Search(int count, Func<int, int> compare)
    {
        (int low, int high) = (0, count - 1);
        while (low <= high)
        {
            int middle = low + (high - low) / 2;
            int order = compare(middle);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return Nowhere;
    }
}
