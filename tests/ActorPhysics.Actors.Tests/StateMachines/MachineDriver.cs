using System.Buffers;
using System.Text;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Actors.Tests.StateMachines;

/// <summary>Applies commands to a machine at consecutive indices, and captures and restores it.</summary>
internal sealed class MachineDriver(StateMachineDefinition definition, IReplicatedStateMachine machine, ulong index = 0)
{
    public MachineDriver(string name)
        : this(DefinitionOf(name), DefinitionOf(name).Create())
    {
    }

    public ulong Index { get; private set; } = index;

    public (MachineOutcome Outcome, byte[] Result) Apply(byte[] command, uint ordinal = 0)
    {
        var output = new ArrayBufferWriter<byte>();
        var at = new Coordinate(new GroupId(1), ConfigEpoch.Founding, new LeaderEpoch(1), new LogIndex(++Index));
        MachineOutcome outcome = machine.Apply(new ApplyContext(at, new EntryOrdinal(ordinal), default), command, output);
        return (outcome, output.WrittenSpan.ToArray());
    }

    public (MachineOutcome Outcome, byte[] Answer) Query(byte[] query)
    {
        var output = new ArrayBufferWriter<byte>();
        MachineOutcome outcome = machine.Query(query, output);
        return (outcome, output.WrittenSpan.ToArray());
    }

    public string RefusalOf(byte[] command)
    {
        (MachineOutcome outcome, byte[] result) = Apply(command);
        Assert.Equal(MachineOutcome.Refused, outcome);
        return Encoding.UTF8.GetString(result);
    }

    public IStateCapture Capture() => machine.Capture();

    public byte[] CapturedBytes()
    {
        using IStateCapture capture = machine.Capture();
        return BytesOf(capture);
    }

    public static byte[] BytesOf(IStateCapture capture)
    {
        using var bytes = new MemoryStream();
        capture.WriteTo(bytes);
        return bytes.ToArray();
    }

    public MachineDriver Restored(byte[] captured)
    {
        IReplicatedStateMachine fresh = definition.Create();
        fresh.Restore(new MemoryStream(captured));
        return new MachineDriver(definition, fresh, Index);
    }

    private static StateMachineDefinition DefinitionOf(string name)
    {
        Assert.True(StateMachineRegistry.WithBuiltIns().TryGet(name, out StateMachineDefinition? definition));
        return definition;
    }
}
