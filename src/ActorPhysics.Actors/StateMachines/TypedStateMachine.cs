using System.Buffers;
using System.Text;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>Runs a typed machine at the level of bytes: decodes, applies, encodes. A command that does not decode never reaches the machine.</summary>
internal sealed class TypedStateMachine<TCommand, TResult, TQuery, TAnswer>(
    StateMachine<TCommand, TResult, TQuery, TAnswer> machine, StateMachineCodecs<TCommand, TResult, TQuery, TAnswer> codecs) : IReplicatedStateMachine
{
    public MachineOutcome Apply(in ApplyContext context, ReadOnlySpan<byte> command, IBufferWriter<byte> result)
    {
        if (!codecs.Command.TryDecode(command, out TCommand? decoded, out string? refusal))
        {
            return Refuse(refusal, result);
        }

        codecs.Result.Encode(machine.Apply(context, decoded), result);
        return MachineOutcome.Done;
    }

    public MachineOutcome Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer)
    {
        if (!codecs.Query.TryDecode(query, out TQuery? decoded, out string? refusal))
        {
            return Refuse(refusal, answer);
        }

        codecs.Answer.Encode(machine.Query(decoded), answer);
        return MachineOutcome.Done;
    }

    public IStateCapture Capture() => machine.Capture();

    public void Restore(Stream snapshot) => machine.Restore(snapshot);

    private static MachineOutcome Refuse(string refusal, IBufferWriter<byte> output)
    {
        output.Write(Encoding.UTF8.GetBytes(refusal));
        return MachineOutcome.Refused;
    }
}
