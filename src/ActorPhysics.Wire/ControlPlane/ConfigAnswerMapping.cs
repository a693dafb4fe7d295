using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Wire.ControlPlane;

/// <summary>Questions to the config group, and what it says to them and to commands, between their types and config.proto.</summary>
internal static class ConfigAnswerMapping
{
    public static Protos.Config.ConfigResult ToMessage(ConfigResult result) => new()
    {
        Outcome = (Protos.Config.ConfigResult.Types.Outcome)result.Outcome,
        Change = result.Change,
        Detail = result.Detail,
    };

    public static ConfigResult FromMessage(Protos.Config.ConfigResult message, ConfigReading reading) =>
        new(reading.Known((ConfigOutcome)message.Outcome), message.Change, message.Detail);

    public static Protos.Config.ConfigQuery ToMessage(ConfigQuery query) => query switch
    {
        AskNodes => new() { AskNodes = new() },
        AskSpaces => new() { AskSpaces = new() },
        AskSpace ask => new() { AskSpace = new() { Name = ask.Name, Known = ask.Known.Value } },
        AskGroups ask => new() { AskGroups = new() { Space = ask.Space, From = ask.From.Value, Most = (uint)ask.Most } },
        AskHandoffs => new() { AskHandoffs = new() },
        _ => throw new ArgumentException($"no encoding for {query.GetType().Name}", nameof(query)),
    };

    public static ConfigQuery? FromMessage(Protos.Config.ConfigQuery message, ConfigReading reading)
    {
        switch (message.QueryCase)
        {
            case Protos.Config.ConfigQuery.QueryOneofCase.AskNodes:
                return new AskNodes();
            case Protos.Config.ConfigQuery.QueryOneofCase.AskSpaces:
                return new AskSpaces();
            case Protos.Config.ConfigQuery.QueryOneofCase.AskSpace:
                return new AskSpace(reading.Text(message.AskSpace.Name), new ShardMapVersion(message.AskSpace.Known));
            case Protos.Config.ConfigQuery.QueryOneofCase.AskGroups:
                return new AskGroups(reading.Text(message.AskGroups.Space), new GroupId(message.AskGroups.From), reading.Number(message.AskGroups.Most));
            case Protos.Config.ConfigQuery.QueryOneofCase.AskHandoffs:
                return new AskHandoffs();
            default:
                reading.Refuse("the query is empty or unknown to this version");
                return null;
        }
    }

    public static Protos.Config.ConfigAnswer ToMessage(ConfigAnswer answer) => answer switch
    {
        NodesAnswer nodes => new() { NodesAnswer = new() { Nodes = { nodes.Nodes.Select(ToMessage) } } },
        SpacesAnswer spaces => new() { SpacesAnswer = new() { Spaces = { spaces.Spaces.Select(ToMessage) } } },
        SpaceAnswer space => new()
        {
            SpaceAnswer = new()
            {
                Summary = space.Summary is { } summary ? ToMessage(summary) : null,
                Map = space.Map is { } map ? SpaceMapping.ToMessage(map) : null,
            },
        },
        GroupsAnswer groups => new() { GroupsAnswer = new() { Groups = { groups.Groups.Select(ConfigRecordMapping.ToMessage) }, More = groups.More } },
        HandoffsAnswer handoffs => new() { HandoffsAnswer = new() { Handoffs = { handoffs.Handoffs.Select(ConfigRecordMapping.ToMessage) } } },
        _ => throw new ArgumentException($"no encoding for {answer.GetType().Name}", nameof(answer)),
    };

    public static ConfigAnswer? FromMessage(Protos.Config.ConfigAnswer message, ConfigReading reading)
    {
        switch (message.AnswerCase)
        {
            case Protos.Config.ConfigAnswer.AnswerOneofCase.NodesAnswer:
                return ConfigRecordMapping.All(message.NodesAnswer.Nodes, reading, FromMessage) is { } nodes ? new NodesAnswer(nodes) : null;
            case Protos.Config.ConfigAnswer.AnswerOneofCase.SpacesAnswer:
                return ConfigRecordMapping.All(message.SpacesAnswer.Spaces, reading, FromMessage) is { } spaces ? new SpacesAnswer(spaces) : null;
            case Protos.Config.ConfigAnswer.AnswerOneofCase.SpaceAnswer:
                return FromMessage(message.SpaceAnswer, reading);
            case Protos.Config.ConfigAnswer.AnswerOneofCase.GroupsAnswer:
                return ConfigRecordMapping.All(message.GroupsAnswer.Groups, reading, ConfigRecordMapping.FromMessage) is { } groups
                    ? new GroupsAnswer(groups, message.GroupsAnswer.More)
                    : null;
            case Protos.Config.ConfigAnswer.AnswerOneofCase.HandoffsAnswer:
                return ConfigRecordMapping.All(message.HandoffsAnswer.Handoffs, reading, ConfigRecordMapping.FromMessage) is { } handoffs
                    ? new HandoffsAnswer(handoffs)
                    : null;
            default:
                reading.Refuse("the answer is empty or unknown to this version");
                return null;
        }
    }

    private static Protos.Config.NodeAnswer ToMessage(NodeAnswer answer) =>
        new() { Node = ConfigRecordMapping.ToMessage(answer.Node), Replicas = (uint)answer.Replicas };

    private static NodeAnswer? FromMessage(Protos.Config.NodeAnswer message, ConfigReading reading)
    {
        if (message.Node is null)
        {
            reading.Refuse("a node is missing");
            return null;
        }

        return new NodeAnswer(ConfigRecordMapping.FromMessage(message.Node, reading), reading.Number(message.Replicas));
    }

    private static Protos.Config.SpaceSummary ToMessage(SpaceSummary summary) => new()
    {
        Space = summary.Space.Value,
        Settings = SpaceMapping.ToMessage(summary.Settings),
        Stage = (Protos.Config.SpaceStage)summary.Stage,
        Version = summary.Version.Value,
        Shards = (uint)summary.Shards,
    };

    private static SpaceSummary? FromMessage(Protos.Config.SpaceSummary message, ConfigReading reading) =>
        reading.Description(message.Settings) is { } description
            ? new SpaceSummary(
                reading.Space(message.Space),
                description.Settings,
                reading.Known((SpaceStage)message.Stage),
                reading.Version(message.Version),
                reading.Number(message.Shards))
            : null;

    private static SpaceAnswer FromMessage(Protos.Config.SpaceAnswer message, ConfigReading reading)
    {
        SpaceSummary? summary = message.Summary is null ? null : FromMessage(message.Summary, reading);
        ShardMap? map = message.Map is null ? null : reading.Map(message.Map);
        if (map is not null && (summary is null || summary.Space != map.Space || summary.Version != map.Version))
        {
            reading.Refuse($"{map} is not the map of the space that comes with it");
        }

        return new SpaceAnswer(summary, map);
    }
}
