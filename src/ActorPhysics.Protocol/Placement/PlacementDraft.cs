using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Placement;

/// <summary>A plan in the making: what is decided already, what the limits still allow, and the one place where a move is taken up.</summary>
internal sealed class PlacementDraft
{
    private readonly ImmutableArray<PlacementMove>.Builder _moves = ImmutableArray.CreateBuilder<PlacementMove>();

    public PlacementDraft(ClusterView view, PlacementPolicy policy, LogTime now)
    {
        (View, Policy) = (view, policy);
        Nodes = new NodeBoard(view, policy, now);
        Seats = new GroupSeats(view, Nodes);
        Judge = new QuorumJudge(view, Nodes);
        Budget = new MoveBudget(policy, view.Nodes.Length);
        int groups = view.Groups.Length;
        (IsBusy, IsTransferred, IsHealthy, LeaderOf) = (new bool[groups], new bool[groups], new bool[groups], new int[groups]);
        CountMembers();
        foreach (PlacementMove move in view.UnderWay)
        {
            TakeOver(move);
        }

        Targets = new TargetBoard(Nodes, Budget);
    }

    public ClusterView View { get; }

    public PlacementPolicy Policy { get; }

    public NodeBoard Nodes { get; }

    public GroupSeats Seats { get; }

    public QuorumJudge Judge { get; }

    public MoveBudget Budget { get; }

    public TargetBoard Targets { get; }

    /// <summary>Groups with a move under way or in this plan.</summary>
    public bool[] IsBusy { get; }

    /// <summary>Groups whose leadership was being transferred when the plan began.</summary>
    public bool[] IsTransferred { get; }

    /// <summary>Groups that are not busy, as large as they should be, and all of whose voting members are on usable nodes; only they are moved for balance.</summary>
    public bool[] IsHealthy { get; }

    /// <summary>The leaders' places after the transfers under way.</summary>
    public int[] LeaderOf { get; }

    public ImmutableArray<PlacementMove> Moves => _moves.ToImmutable();

    /// <summary>Whether nothing is under way and nothing planned.</summary>
    public bool IsEmpty => _moves.Count == 0 && View.UnderWay.IsEmpty;

    public bool MustStop => Budget.IsThrottled || Budget.IsExhausted;

    /// <summary>A member on <paramref name="from"/> goes to the neediest node that may have it. Whether it does.</summary>
    public bool TryReplace(int group, int from, PlacementReason reason)
    {
        int to = Targets.Find(Seats.Of(group, from));
        return IsWorth(to, reason) && Replace(group, from, to, reason);
    }

    /// <summary>A member on <paramref name="from"/> goes to this node, which the caller found to be allowed. Whether the limits and quorums let it.</summary>
    public bool Replace(int group, int from, int to, PlacementReason reason)
    {
        int sender = SenderOf(group);
        long bytes = BytesOf(group, RoleOn(group, from));
        if (!MayCopy(sender, to, bytes) || !Judge.CanDecide(group, without: from, with: to))
        {
            return false;
        }

        Nodes.Held[from]--;
        Nodes.Held[to]++;
        Take(group, sender, to, bytes, new ReplaceReplica(GroupAt(group), NodeAt(from), NodeAt(to), reason));
        Targets.Update(from);
        return true;
    }

    /// <summary>Whether the limits allow all moves of a chain at once; it is not begun in part.</summary>
    public bool MayChain(IReadOnlyList<(int Group, int From, int To)> chain)
    {
        long bytes = 0;
        foreach ((int group, int from, int to) in chain)
        {
            int sender = SenderOf(group);
            int sends = chain.Count(move => SenderOf(move.Group) == sender);
            bytes += BytesOf(group, RoleOn(group, from));
            if (!Budget.CanSend(sender, sends) || !Budget.CanReceive(to) || !Judge.CanDecide(group, without: from, with: to))
            {
                return false;
            }
        }

        return Budget.HasRoom(chain.Count, bytes);
    }

    public bool TryAdd(int group, MemberRole role)
    {
        int to = Targets.Find(Seats.Of(group));
        int sender = SenderOf(group);
        long bytes = BytesOf(group, role);
        if (!IsWorth(to, PlacementReason.MissingReplica) || !Judge.CanDecide(group, with: to) || !MayCopy(sender, to, bytes))
        {
            return false;
        }

        Nodes.Held[to]++;
        Take(group, sender, to, bytes, new AddReplica(GroupAt(group), NodeAt(to), role, PlacementReason.MissingReplica));
        return true;
    }

    public bool TryRemove(int group, int from, PlacementReason reason)
    {
        bool votes = RoleOn(group, from) != MemberRole.Learner;
        if (!Judge.CanDecide(group, without: from))
        {
            return false;
        }

        Nodes.Held[from] -= votes ? 1 : 0;
        Take(group, ClusterView.Nowhere, ClusterView.Nowhere, 0, new RemoveReplica(GroupAt(group), NodeAt(from), reason));
        Targets.Update(from);
        return true;
    }

    /// <summary>Whether the limits let leadership go from one place to another; it does then.</summary>
    public bool TryTransfer(int group, int to)
    {
        int from = LeaderOf[group];
        if (!MayCopy(from, to, 0))
        {
            return false;
        }

        LeaderOf[group] = to;
        Take(group, from, to, 0, new TransferLeader(GroupAt(group), NodeAt(from), NodeAt(to), PlacementReason.LeaderBalance));
        return true;
    }

    /// <summary>Who sends the group's state to a new member: its leader, or whoever can serve in its place.</summary>
    public int SenderOf(int group)
    {
        int leader = View.LeaderOf(group);
        if (leader != ClusterView.Nowhere && Nodes.Serves(leader))
        {
            return leader;
        }

        ReadOnlySpan<int> members = View.MembersOf(group);
        for (int i = 0; i < members.Length; i++)
        {
            if (View.Groups[group].Members[i].Role == MemberRole.Voter && Nodes.Serves(members[i]))
            {
                return members[i];
            }
        }

        return ClusterView.Nowhere;
    }

    private static long BytesOf(GroupPlacement group, MemberRole role) => role == MemberRole.Witness ? 0 : group.Size.Bytes;

    /// <summary>Whether there is a target, and no better one that is only busy at the moment. A repair takes what there is.</summary>
    private bool IsWorth(int to, PlacementReason reason)
    {
        bool urgent = reason is PlacementReason.LostReplica or PlacementReason.MissingReplica;
        bool waits = to == ClusterView.Nowhere
            ? Targets.SomeAreFull
            : !urgent && Nodes.Held[to] >= Nodes.Upper[to] && Targets.SomeAreHeldBack;
        if (waits)
        {
            Budget.Throttle();
        }

        return to != ClusterView.Nowhere && !waits;
    }

    private bool MayCopy(int sender, int to, long bytes)
    {
        if (Budget.IsExhausted || !Budget.CanSend(sender) || !Budget.CanReceive(to))
        {
            Budget.Throttle();
            return false;
        }

        return Budget.Admits(bytes);
    }

    private void Take(int group, int sender, int to, long bytes, PlacementMove move)
    {
        IsBusy[group] = true;
        IsHealthy[group] = false;
        Budget.Spend(sender, to, bytes);
        _moves.Add(move);
        if (to != ClusterView.Nowhere)
        {
            Targets.Update(to);
        }
    }

    private void CountMembers()
    {
        for (int g = 0; g < View.Groups.Length; g++)
        {
            LeaderOf[g] = View.LeaderOf(g);
            ReadOnlySpan<int> members = View.MembersOf(g);
            for (int i = 0; i < members.Length; i++)
            {
                Nodes.Held[members[i]] += View.Groups[g].Members[i].Votes ? 1 : 0;
            }
        }
    }

    /// <summary>Counts a move under way as if it were done, however much of it is.</summary>
    private void TakeOver(PlacementMove move)
    {
        int group = View.IndexOf(move.Group);
        (int from, int to) = View.EndsOf(move);
        IsBusy[group] = true;
        if (move is TransferLeader)
        {
            IsTransferred[group] = true;
            LeaderOf[group] = to;
            Budget.Spend(from, to, 0);
            return;
        }

        if (from != ClusterView.Nowhere && Votes(group, from))
        {
            Nodes.Held[from]--;
        }

        if (to == ClusterView.Nowhere)
        {
            Budget.Spend(ClusterView.Nowhere, ClusterView.Nowhere, 0);
            return;
        }

        Nodes.Held[to] += Votes(group, to) ? 0 : 1;
        MemberRole role = move is AddReplica add ? add.Role : RoleOn(group, from);
        Budget.Spend(SenderOf(group), to, BytesOf(group, role));
    }

    private bool Votes(int group, int node) => View.MembersOf(group).Contains(node) && RoleOn(group, node) != MemberRole.Learner;

    /// <summary>The role of the group's member on the node; where it has none any more, that of one who holds state.</summary>
    private MemberRole RoleOn(int group, int node)
    {
        int place = View.MembersOf(group).IndexOf(node);
        return place < 0 ? MemberRole.Voter : View.Groups[group].Members[place].Role;
    }

    private long BytesOf(int group, MemberRole role) => BytesOf(View.Groups[group], role);

    private GroupId GroupAt(int group) => View.Groups[group].Group;

    private NodeId NodeAt(int node) => View.Nodes[node].Node;
}
