using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Space;
using Google.Protobuf;
using Role = ActorPhysics.Wire.Protos.GroupConfiguration.Types.Member.Types.Role;

namespace ActorPhysics.Wire.ControlPlane;

/// <summary>The config group's records between their types and config.proto.</summary>
internal static class ConfigRecordMapping
{
    public static Protos.Config.ConfigParts ToMessage(ConfigParts parts) => new()
    {
        Nodes = { parts.Nodes.Select(ToMessage) },
        Spaces = { parts.Spaces.Select(ToMessage) },
        Groups = { parts.Groups.Select(ToMessage) },
        Handoffs = { parts.Handoffs.Select(ToMessage) },
        LastSpace = parts.LastSpace.Value,
        LastGroup = parts.LastGroup.Value,
        LastChange = parts.LastChange.Value,
        LastHandoff = parts.LastHandoff.Value,
    };

    /// <summary>Null when a record does not fit; whether the records fit each other is for the config group's state to say.</summary>
    public static ConfigParts? FromMessage(Protos.Config.ConfigParts message, ConfigReading reading) =>
        All(message.Nodes, reading, FromMessage) is { } nodes
        && All(message.Spaces, reading, FromMessage) is { } spaces
        && All(message.Groups, reading, FromMessage) is { } groups
        && All(message.Handoffs, reading, FromMessage) is { } handoffs
            ? new ConfigParts
            {
                Nodes = nodes,
                Spaces = spaces,
                Groups = groups,
                Handoffs = handoffs,
                LastSpace = new SpaceId(message.LastSpace),
                LastGroup = new GroupId(message.LastGroup),
                LastChange = new ChangeId(message.LastChange),
                LastHandoff = new(message.LastHandoff),
            }
            : null;

    /// <summary>All elements, or null as soon as one does not fit.</summary>
    public static ImmutableArray<T>? All<TMessage, T>(IReadOnlyList<TMessage> messages, ConfigReading reading, Func<TMessage, ConfigReading, T?> read)
        where T : class
    {
        var parts = ImmutableArray.CreateBuilder<T>(messages.Count);
        foreach (TMessage message in messages)
        {
            if (read(message, reading) is not { } part || reading.Refusal is not null)
            {
                return null;
            }

            parts.Add(part);
        }

        return parts.MoveToImmutable();
    }

    public static Protos.Config.NodeRecord ToMessage(NodeRecord record)
    {
        var message = new Protos.Config.NodeRecord
        {
            Node = record.Node.Value,
            Name = record.Name,
            Address = record.Address,
            Zone = record.Zone.Value,
            Weight = (uint)record.Weight,
            Draining = record.Draining,
        };
        if (record.AbsentSince is { } since)
        {
            message.AbsentSinceMs = since.UnixMilliseconds;
        }

        return message;
    }

    public static NodeRecord FromMessage(Protos.Config.NodeRecord message, ConfigReading reading) => new(
        reading.Node(message.Node),
        reading.Text(message.Name),
        reading.Text(message.Address),
        new ZoneName(reading.Text(message.Zone)),
        reading.Number(message.Weight),
        message.Draining,
        reading.Time(message.HasAbsentSinceMs, message.AbsentSinceMs));

    public static Protos.Config.GroupRecord ToMessage(GroupRecord record) => new()
    {
        Charter = CharterCodec.ToMessage(record.Charter),
        Stage = (Protos.Config.GroupStage)record.Stage,
        Configuration = ConfigurationMapping.ToMessage(record.Configuration),
        Move = record.Move is not { } move
            ? null
            : new() { Id = move.Id.Value, Move = ToMessage(move.Move), ByOperator = move.ByOperator },
    };

    public static GroupRecord? FromMessage(Protos.Config.GroupRecord message, ConfigReading reading)
    {
        if (reading.Charter(message.Charter) is not { } charter || reading.Configuration(message.Configuration) is not { } configuration)
        {
            return null;
        }

        GroupMove? move = message.Move is null ? null : FromMessage(message.Move, reading);
        bool isOneGroup = configuration.Group == charter.Group && (move is null || move.Move.Group == charter.Group);
        if (!isOneGroup)
        {
            reading.Refuse($"the configuration or the move of {charter.Group} is of another group");
        }

        return new GroupRecord(charter, reading.Known((GroupStage)message.Stage), configuration, move);
    }

    public static Protos.Config.PlacementMove ToMessage(PlacementMove move)
    {
        var message = new Protos.Config.PlacementMove { Group = move.Group.Value, Reason = (Protos.Config.PlacementReason)move.Reason };
        switch (move)
        {
            case AddReplica add:
                message.AddReplica = new() { To = add.To.Value, Role = (Role)add.Role };
                break;
            case RemoveReplica remove:
                message.RemoveReplica = new() { From = remove.From.Value };
                break;
            case ReplaceReplica replace:
                message.ReplaceReplica = new() { From = replace.From.Value, To = replace.To.Value };
                break;
            case TransferLeader transfer:
                message.TransferLeader = new() { From = transfer.From.Value, To = transfer.To.Value };
                break;
            default:
                throw new ArgumentException($"no encoding for {move.GetType().Name}", nameof(move));
        }

        return message;
    }

    public static PlacementMove? FromMessage(Protos.Config.PlacementMove? message, ConfigReading reading)
    {
        if (message is null || message.MoveCase == Protos.Config.PlacementMove.MoveOneofCase.None)
        {
            reading.Refuse("a move is missing or of a kind unknown to this version");
            return null;
        }

        GroupId group = reading.Group(message.Group);
        PlacementReason reason = reading.Known((PlacementReason)message.Reason);
        switch (message.MoveCase)
        {
            case Protos.Config.PlacementMove.MoveOneofCase.AddReplica:
                return new AddReplica(group, reading.Node(message.AddReplica.To), reading.Known((MemberRole)message.AddReplica.Role), reason);
            case Protos.Config.PlacementMove.MoveOneofCase.RemoveReplica:
                return new RemoveReplica(group, reading.Node(message.RemoveReplica.From), reason);
            case Protos.Config.PlacementMove.MoveOneofCase.ReplaceReplica:
                return new ReplaceReplica(group, reading.Node(message.ReplaceReplica.From), reading.Node(message.ReplaceReplica.To), reason);
            default:
                return new TransferLeader(group, reading.Node(message.TransferLeader.From), reading.Node(message.TransferLeader.To), reason);
        }
    }

    public static Protos.Config.Handoff ToMessage(Handoff handoff) => new()
    {
        Id = handoff.Id.Value,
        Space = handoff.Space.Value,
        IsMerge = handoff.IsMerge,
        GiverShard = handoff.GiverShard.Value,
        TakerShard = handoff.TakerShard.Value,
        Giver = handoff.Giver.Value,
        Taker = handoff.Taker.Value,
        Range = SpaceMapping.ToMessage(handoff.Range),
        Version = handoff.Version.Value,
        Stage = (Protos.Config.HandoffStage)handoff.Stage,
        Freeze = handoff.Freeze is { } freeze ? ToMessage(freeze) : null,
    };

    public static Handoff FromMessage(Protos.Config.Handoff message, ConfigReading reading)
    {
        HandoffStage stage = reading.Known((HandoffStage)message.Stage);
        if (message.Freeze is null != stage < HandoffStage.Carrying)
        {
            reading.Refuse($"a handoff that is {stage} {(message.Freeze is null ? "lacks" : "cannot have")} the proof that its giver has handed out");
        }

        if (message.Giver == message.Taker || message.GiverShard == message.TakerShard)
        {
            reading.Refuse("a handoff leads from a group or a shard to itself");
        }

        return new Handoff(
            reading.Handoff(message.Id),
            reading.Space(message.Space),
            message.IsMerge,
            reading.Shard(message.GiverShard),
            reading.Shard(message.TakerShard),
            reading.Group(message.Giver),
            reading.Group(message.Taker),
            reading.Range(message.Range),
            reading.Version(message.Version),
            stage,
            message.Freeze is null ? null : FromMessage(message.Freeze, reading));
    }

    public static Protos.Config.HandoffFreeze ToMessage(HandoffFreeze freeze) => new()
    {
        At = new()
        {
            Group = freeze.At.Group.Value,
            ConfigEpoch = freeze.At.ConfigEpoch.Value,
            LeaderEpoch = freeze.At.LeaderEpoch.Value,
            Index = freeze.At.Index.Value,
        },
        Proof = ByteString.CopyFrom(freeze.Proof.Span),
        LengthBytes = (ulong)freeze.LengthBytes,
        Checksum = freeze.Checksum,
    };

    /// <summary>The proof stays bytes: what it proves depends on the giver's configuration, which the config actor looks up.</summary>
    public static HandoffFreeze? FromMessage(Protos.Config.HandoffFreeze? message, ConfigReading reading)
    {
        if (message?.At is not { } at || at.Index == 0 || at.LeaderEpoch == 0 || at.ConfigEpoch == 0 || message.Proof.IsEmpty)
        {
            reading.Refuse("the entry in which a giver handed out, or its proof, is missing");
            return null;
        }

        return new HandoffFreeze(
            new Coordinate(reading.Group(at.Group), new ConfigEpoch(at.ConfigEpoch), new LeaderEpoch(at.LeaderEpoch), new LogIndex(at.Index)),
            message.Proof.ToByteArray(),
            reading.LengthBytes(message.LengthBytes),
            message.Checksum);
    }

    private static Protos.Config.SpaceRecord ToMessage(SpaceRecord record) => new()
    {
        Space = record.Space.Value,
        Settings = SpaceMapping.ToMessage(record.Description.Settings),
        Map = SpaceMapping.ToMessage(record.Map),
        Stage = (Protos.Config.SpaceStage)record.Stage,
    };

    private static SpaceRecord? FromMessage(Protos.Config.SpaceRecord message, ConfigReading reading)
    {
        if (reading.Description(message.Settings) is not { } description || reading.Map(message.Map) is not { } map)
        {
            return null;
        }

        if (map.Space.Value != message.Space || map.Kind != description.Settings.Sharding)
        {
            reading.Refuse($"the shard map of {description.Name} is of another space");
        }

        return new SpaceRecord(reading.Space(message.Space), description, map, reading.Known((SpaceStage)message.Stage));
    }

    private static GroupMove? FromMessage(Protos.Config.GroupMove message, ConfigReading reading) =>
        FromMessage(message.Move, reading) is { } move ? new GroupMove(reading.Change(message.Id), move, message.ByOperator) : null;
}
