using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>Asks the planner what to move, and notes which nodes are there.</summary>
internal sealed class PlacementPursuit(ControlDesk desk)
{
    // Groups whose last move was given up: the planner would ask for it again at once.
    private readonly SortedDictionary<GroupId, MonotonicTime> _resting = [];
    private MonotonicTime _inOfficeSince;

    public void TakeOffice()
    {
        _inOfficeSince = desk.Now;
        _resting.Clear();
    }

    public void Rest(GroupId group) => _resting[group] = desk.Now + desk.Policy.PlanEvery * 10;

    /// <summary>Registers who reports, and notes who is back.</summary>
    public void Welcome(NodeReport report)
    {
        NodeRecord? known = desk.State.Nodes.GetValueOrDefault(report.Node);
        bool isNews = known is null || known.Name != report.Name || known.Address != report.Address || known.Zone != report.Zone || known.Weight != report.Weight;
        if (isNews)
        {
            desk.Propose(new RegisterNode(report.Node, report.Name, report.Address, report.Zone, report.Weight), report.Node.Value);
        }

        if (known?.AbsentSince is not null)
        {
            desk.Propose(new NoteNode(report.Node, AbsentSince: null), report.Node.Value, detail: 1);
        }
    }

    /// <summary>Notes who has been silent for too long. Nobody is before this office has waited that long itself.</summary>
    public void MissTheSilent()
    {
        foreach (NodeRecord node in desk.State.Nodes.Values)
        {
            MonotonicTime heard = desk.Sight.Nodes.TryGetValue(node.Node, out NodeSight? sight) ? MonotonicTime.Max(sight.LastHeard, _inOfficeSince) : _inOfficeSince;
            TimeSpan silence = desk.Now - heard;
            if (node.AbsentSince is null && silence > desk.Policy.AbsentAfter)
            {
                ulong ago = (ulong)silence.TotalMilliseconds;
                var since = new LogTime(desk.WallTime.UnixMilliseconds > ago ? desk.WallTime.UnixMilliseconds - ago : 0);
                desk.Propose(new NoteNode(node.Node, since), node.Node.Value);
            }
        }
    }

    /// <summary>Has the spaces of the settings created, once every group of theirs finds nodes.</summary>
    public void CreateSpaces()
    {
        for (int i = 0; i < desk.Policy.Spaces.Length; i++)
        {
            SpaceSettings space = desk.Policy.Spaces[i];
            int ready = desk.State.Nodes.Values.Count(node => node.TakesReplicas);
            if (!desk.State.Spaces.ContainsKey(space.Name) && ready >= space.Replicas + space.Witnesses)
            {
                desk.Propose(new CreateSpace(space), (ulong)i);
            }
        }
    }

    /// <summary>Has the next moves begun. Before every present node has told everything, sizes and leaders would be guesses.</summary>
    public void Plan()
    {
        if (!desk.Policy.Plans || desk.State.Groups.IsEmpty || !EverybodyWasHeard() || View() is not { } view)
        {
            return;
        }

        foreach (PlacementMove move in PlacementPlanner.Plan(view, desk.Policy.Placement, desk.WallTime).Moves)
        {
            bool rests = _resting.TryGetValue(move.Group, out MonotonicTime until) && desk.Now < until;
            if (!rests && desk.State.HandoffOf(move.Group) is null && desk.State.Groups[move.Group].Stage == GroupStage.Serving)
            {
                desk.Propose(new BeginMove(move, ByOperator: false), move.Group.Value);
            }
        }
    }

    private bool EverybodyWasHeard()
    {
        foreach (NodeRecord node in desk.State.Nodes.Values)
        {
            if (node.AbsentSince is null && (!desk.Sight.Nodes.TryGetValue(node.Node, out NodeSight? sight) || !sight.IsWhole))
            {
                return false;
            }
        }

        return true;
    }

    private ClusterView? View()
    {
        var nodes = new SortedDictionary<NodeId, ClusterNode>();
        foreach (NodeRecord node in desk.State.Nodes.Values)
        {
            nodes.Add(node.Node, new ClusterNode(node.Node, FoundingSeats.DomainOf(node), node.Weight, ConditionOf(node)));
        }

        var groups = ImmutableArray.CreateBuilder<GroupPlacement>();
        var moves = ImmutableArray.CreateBuilder<PlacementMove>();
        foreach (GroupRecord group in desk.State.Groups.Values)
        {
            if (group.Stage == GroupStage.Retiring || desk.State.Find(group.Charter.Keys!.Space) is not { } space)
            {
                continue;
            }

            GroupSight? sight = desk.SightOf(group.Group);
            ImmutableArray<PlacedReplica> members = [.. group.Configuration.Members.Select(member => new PlacedReplica(member.Node, member.Role))];
            NodeId? leader = sight is not null && members.Any(member => member.Node == sight.Leader) ? sight.Leader : null;
            groups.Add(new GroupPlacement(group.Group, space.Description, members, leader, sight?.Report.Size ?? default, Math.Max(1, sight?.Report.Load ?? 1)));
            AddStrangers(nodes, members);
            if (group.Move is { } move && IsStillOpen(move.Move, group.Configuration))
            {
                moves.Add(move.Move);
            }
        }

        return ClusterView.TryCreate([.. nodes.Values], groups.ToImmutable(), moves.ToImmutable(), out _);
    }

    /// <summary>Somebody may have moved a replica to a node that was never registered: it is to be brought home.</summary>
    private static void AddStrangers(SortedDictionary<NodeId, ClusterNode> nodes, ImmutableArray<PlacedReplica> members)
    {
        foreach (PlacedReplica member in members)
        {
            if (!nodes.ContainsKey(member.Node))
            {
                nodes.Add(member.Node, new ClusterNode(member.Node, new FailureDomainId(member.Node.Value), Weight: 1, NodeDraining.Instance));
            }
        }
    }

    private static bool IsStillOpen(PlacementMove move, GroupConfiguration configuration) =>
        move is TransferLeader || !MoveTarget.IsReached(move, configuration.Members);

    private static NodeCondition ConditionOf(NodeRecord node) =>
        node.AbsentSince is { } since ? new NodeAbsent(since) : node.Draining ? NodeDraining.Instance : NodeAlive.Instance;
}
