using System.Buffers;
using System.Text;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.ControlPlane;

namespace ActorPhysics.Actors.ControlPlane;

/// <summary>
/// The machine of the config group: <see cref="ConfigState"/> behind the bytes of config.proto. The state is immutable, so a capture costs nothing and the
/// config actor beside the replica may look at it between applies.
/// </summary>
public sealed class ConfigMachine : IReplicatedStateMachine
{
    /// <summary>The machine's name in settings: <c>config</c>.</summary>
    public const string Name = "config";

    public static StateMachineDefinition Definition { get; } = new(Name, 1, () => new ConfigMachine());

    public ConfigState State { get; private set; } = ConfigState.Empty;

    public MachineOutcome Apply(in ApplyContext context, ReadOnlySpan<byte> command, IBufferWriter<byte> result)
    {
        if (!ConfigCodec.TryRead(command, out ConfigCommand? asked, out string? refusal))
        {
            return Refuse(refusal, result);
        }

        (State, ConfigResult decided) = State.Apply(asked, new CommandPlace(context.Coordinate, context.Ordinal));
        result.Write(ConfigCodec.Encode(decided));
        return MachineOutcome.Done;
    }

    public MachineOutcome Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer)
    {
        if (!ConfigCodec.TryRead(query, out ConfigQuery? asked, out string? refusal))
        {
            return Refuse(refusal, answer);
        }

        answer.Write(ConfigCodec.Encode(State.Answer(asked)));
        return MachineOutcome.Done;
    }

    public IStateCapture Capture() => new ConfigCapture(State);

    public void Restore(Stream snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        using var bytes = new MemoryStream();
        snapshot.CopyTo(bytes);
        if (!ConfigCodec.TryRead(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), out ConfigParts? parts, out string? refusal)
            || ConfigState.TryRestore(parts, out refusal) is not { } restored)
        {
            throw new InvalidDataException($"The state of the config group cannot be read: {refusal}");
        }

        State = restored;
    }

    private static MachineOutcome Refuse(string refusal, IBufferWriter<byte> output)
    {
        output.Write(Encoding.UTF8.GetBytes(refusal));
        return MachineOutcome.Refused;
    }

    private sealed class ConfigCapture(ConfigState state) : IStateCapture
    {
        public void WriteTo(Stream output) => output.Write(ConfigCodec.Encode(state.Parts));

        public void Dispose()
        {
        }
    }
}
