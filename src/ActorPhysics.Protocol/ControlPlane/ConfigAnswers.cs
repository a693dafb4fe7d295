using System.Collections.Immutable;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>Answers questions about the decided state.</summary>
internal static class ConfigAnswers
{
    /// <summary>An answer names at most so many groups, whatever was asked for.</summary>
    private const int MostGroups = 10_000;

    public static ConfigAnswer Answer(ConfigState state, ConfigQuery query) => query switch
    {
        AskNodes => Nodes(state),
        AskSpaces => new SpacesAnswer([.. state.Spaces.Values.OrderBy(space => space.Space).Select(Summary)]),
        AskSpace ask => Space(state, ask),
        AskGroups ask => Groups(state, ask),
        AskHandoffs => new HandoffsAnswer([.. state.Handoffs.Values]),
        _ => throw new InvariantViolationException("ClosedQueries", $"no answer to {query?.GetType().Name}"),
    };

    private static NodesAnswer Nodes(ConfigState state)
    {
        var replicas = new SortedDictionary<NodeId, int>();
        foreach (GroupRecord group in state.Groups.Values)
        {
            foreach (Member member in group.Configuration.Members)
            {
                replicas[member.Node] = replicas.GetValueOrDefault(member.Node) + 1;
            }
        }

        return new NodesAnswer([.. state.Nodes.Values.Select(node => new NodeAnswer(node, replicas.GetValueOrDefault(node.Node)))]);
    }

    private static SpaceAnswer Space(ConfigState state, AskSpace ask)
    {
        if (!state.Spaces.TryGetValue(ask.Name, out SpaceRecord? space))
        {
            return new SpaceAnswer(null, null);
        }

        return new SpaceAnswer(Summary(space), ask.Known == space.Map.Version ? null : space.Map);
    }

    private static GroupsAnswer Groups(ConfigState state, AskGroups ask)
    {
        SpaceRecord? space = ask.Space.Length == 0 ? null : state.Spaces.GetValueOrDefault(ask.Space);
        var groups = ImmutableArray.CreateBuilder<GroupRecord>();
        if (ask.Space.Length > 0 && space is null)
        {
            return new GroupsAnswer([], More: false);
        }

        int most = Math.Clamp(ask.Most, 1, MostGroups);
        foreach (GroupRecord group in state.Groups.Values)
        {
            if (group.Group.CompareTo(ask.From) < 0 || (space is not null && group.Charter.Keys?.Space != space.Space))
            {
                continue;
            }

            if (groups.Count == most)
            {
                return new GroupsAnswer(groups.ToImmutable(), More: true);
            }

            groups.Add(group);
        }

        return new GroupsAnswer(groups.ToImmutable(), More: false);
    }

    private static SpaceSummary Summary(SpaceRecord space) =>
        new(space.Space, space.Description.Settings, space.Stage, space.Map.Version, space.Map.Shards.Length);
}
