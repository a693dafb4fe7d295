using System.Buffers;
using System.Globalization;
using System.Text;
using ActorPhysics.Actors.StateMachines;

namespace ActorPhysics.Actors.Tests.StateMachines;

/// <summary>Adds the command's number to a sum and answers the sum; "throw" throws after a change, so the state is half done.</summary>
internal sealed class CounterMachine : IReplicatedStateMachine
{
    private long _sum;

    public static StateMachineDefinition Definition { get; } = new("counter", 1, () => new CounterMachine());

    public MachineOutcome Apply(in ApplyContext context, ReadOnlySpan<byte> command, IBufferWriter<byte> result)
    {
        if (command.SequenceEqual("throw"u8))
        {
            _sum++;
            throw new InvalidOperationException("half done");
        }

        if (!long.TryParse(command, CultureInfo.InvariantCulture, out long number))
        {
            result.Write("no number"u8);
            return MachineOutcome.Refused;
        }

        _sum += number;
        result.Write(Encoding.ASCII.GetBytes(_sum.ToString(CultureInfo.InvariantCulture)));
        return MachineOutcome.Done;
    }

    public MachineOutcome Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer)
    {
        answer.Write("partial "u8);
        if (query.SequenceEqual("throw"u8))
        {
            throw new InvalidOperationException("no answer");
        }

        answer.Write(Encoding.ASCII.GetBytes(_sum.ToString(CultureInfo.InvariantCulture)));
        return MachineOutcome.Done;
    }

    public IStateCapture Capture() => StateCapture.OfBytes(BitConverter.GetBytes(_sum));

    public void Restore(Stream snapshot)
    {
        byte[] bytes = new byte[sizeof(long)];
        snapshot.ReadExactly(bytes);
        _sum = BitConverter.ToInt64(bytes);
    }
}
