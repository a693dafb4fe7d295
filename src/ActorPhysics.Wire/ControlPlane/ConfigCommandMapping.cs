using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Space;
using Case = ActorPhysics.Wire.Protos.Config.ConfigCommand.CommandOneofCase;

namespace ActorPhysics.Wire.ControlPlane;

/// <summary>Commands of the config group between their types and config.proto.</summary>
internal static class ConfigCommandMapping
{
    public static Protos.Config.ConfigCommand ToMessage(ConfigCommand command) => command switch
    {
        RegisterNode register => new() { RegisterNode = ToMessage(register) },
        DrainNode drain => new() { DrainNode = new() { Node = drain.Node.Value, Drain = drain.Drain } },
        RemoveNode remove => new() { RemoveNode = new() { Node = remove.Node.Value } },
        NoteNode note => new() { NoteNode = ToMessage(note) },
        CreateSpace create => new() { CreateSpace = new() { Settings = SpaceMapping.ToMessage(create.Settings) } },
        DeleteSpace delete => new() { DeleteSpace = new() { Name = delete.Name } },
        SplitShard split => new()
        {
            SplitShard = new() { Space = split.Space, Shard = split.Shard.Value, At = split.At is { } at ? SpaceMapping.ToMessage(at) : null },
        },
        MergeShards merge => new() { MergeShards = new() { Space = merge.Space, Left = merge.Left.Value } },
        BeginMove begin => new() { BeginMove = new() { Move = ConfigRecordMapping.ToMessage(begin.Move), ByOperator = begin.ByOperator } },
        FinishMove finish => new() { FinishMove = ToMessage(finish) },
        NoteServing note => new() { NoteServing = new() { Group = note.Group.Value } },
        NoteConfiguration note => new() { NoteConfiguration = new() { Configuration = ConfigurationMapping.ToMessage(note.Configuration) } },
        NoteFrozen note => new() { NoteFrozen = new() { Handoff = note.Handoff.Value, Freeze = ConfigRecordMapping.ToMessage(note.Freeze) } },
        PublishHandoff publish => new() { PublishHandoff = new() { Handoff = publish.Handoff.Value } },
        FinishHandoff finish => new() { FinishHandoff = new() { Handoff = finish.Handoff.Value } },
        CancelHandoff cancel => new() { CancelHandoff = new() { Handoff = cancel.Handoff.Value } },
        ForgetGroup forget => new() { ForgetGroup = new() { Group = forget.Group.Value } },
        _ => throw new ArgumentException($"no encoding for {command.GetType().Name}", nameof(command)),
    };

    public static ConfigCommand? FromMessage(Protos.Config.ConfigCommand message, ConfigReading reading)
    {
        switch (message.CommandCase)
        {
            case Case.RegisterNode:
                return FromMessage(message.RegisterNode, reading);
            case Case.DrainNode:
                return new DrainNode(reading.Node(message.DrainNode.Node), message.DrainNode.Drain);
            case Case.RemoveNode:
                return new RemoveNode(reading.Node(message.RemoveNode.Node));
            case Case.NoteNode:
                return new NoteNode(reading.Node(message.NoteNode.Node), reading.Time(message.NoteNode.HasAbsentSinceMs, message.NoteNode.AbsentSinceMs));
            case Case.CreateSpace:
                return reading.Description(message.CreateSpace.Settings) is { } description ? new CreateSpace(description.Settings) : null;
            case Case.DeleteSpace:
                return new DeleteSpace(reading.Text(message.DeleteSpace.Name));
            case Case.SplitShard:
                return new SplitShard(reading.Text(message.SplitShard.Space), reading.Shard(message.SplitShard.Shard), reading.Point(message.SplitShard.At));
            case Case.MergeShards:
                return new MergeShards(reading.Text(message.MergeShards.Space), reading.Shard(message.MergeShards.Left));
            case Case.BeginMove:
                return ConfigRecordMapping.FromMessage(message.BeginMove.Move, reading) is { } move ? new BeginMove(move, message.BeginMove.ByOperator) : null;
            case Case.FinishMove:
                return FromMessage(message.FinishMove, reading);
            case Case.NoteServing:
                return new NoteServing(reading.Group(message.NoteServing.Group));
            case Case.NoteConfiguration:
                return reading.Configuration(message.NoteConfiguration.Configuration) is { } seen ? new NoteConfiguration(seen) : null;
            case Case.NoteFrozen:
                return ConfigRecordMapping.FromMessage(message.NoteFrozen.Freeze, reading) is { } freeze
                    ? new NoteFrozen(reading.Handoff(message.NoteFrozen.Handoff), freeze)
                    : null;
            case Case.PublishHandoff:
                return new PublishHandoff(reading.Handoff(message.PublishHandoff.Handoff));
            case Case.FinishHandoff:
                return new FinishHandoff(reading.Handoff(message.FinishHandoff.Handoff));
            case Case.CancelHandoff:
                return new CancelHandoff(reading.Handoff(message.CancelHandoff.Handoff));
            case Case.ForgetGroup:
                return new ForgetGroup(reading.Group(message.ForgetGroup.Group));
            default:
                reading.Refuse("the command is empty or unknown to this version");
                return null;
        }
    }

    private static Protos.Config.RegisterNode ToMessage(RegisterNode register) => new()
    {
        Node = register.Node.Value,
        Name = register.Name,
        Address = register.Address,
        Zone = register.Zone.Value,
        Weight = (uint)register.Weight,
    };

    private static RegisterNode FromMessage(Protos.Config.RegisterNode message, ConfigReading reading) => new(
        reading.Node(message.Node),
        reading.Text(message.Name),
        reading.Text(message.Address),
        new ZoneName(reading.Text(message.Zone)),
        reading.Number(message.Weight));

    private static Protos.Config.NoteNode ToMessage(NoteNode note)
    {
        var message = new Protos.Config.NoteNode { Node = note.Node.Value };
        if (note.AbsentSince is { } since)
        {
            message.AbsentSinceMs = since.UnixMilliseconds;
        }

        return message;
    }

    private static Protos.Config.FinishMove ToMessage(FinishMove finish)
    {
        var message = new Protos.Config.FinishMove
        {
            Group = finish.Group.Value,
            Change = finish.Change.Value,
            Configuration = ConfigurationMapping.ToMessage(finish.Configuration),
        };
        if (finish.GivenUp is not null)
        {
            message.GivenUp = finish.GivenUp;
        }

        return message;
    }

    private static FinishMove? FromMessage(Protos.Config.FinishMove message, ConfigReading reading) =>
        reading.Configuration(message.Configuration) is { } configuration
            ? new FinishMove(
                reading.Group(message.Group),
                reading.Change(message.Change),
                configuration,
                message.HasGivenUp ? reading.Text(message.GivenUp) : null)
            : null;
}
