using System.Buffers;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Space;

namespace ActorPhysics.Actors.Tests.StateMachines.Handoffs;

/// <summary>A divided machine without any state, every command being its own key; tests override what they are about.</summary>
internal abstract class StateMachineDouble : IPartitionedStateMachine
{
    public MachineOutcome Apply(in ApplyContext context, ReadOnlySpan<byte> command, IBufferWriter<byte> result) => MachineOutcome.Done;

    public MachineOutcome Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) => MachineOutcome.Done;

    public IStateCapture Capture() => StateCapture.OfBytes(default);

    public void Restore(Stream snapshot)
    {
    }

    public bool TryGetKey(ReadOnlySpan<byte> command, out ReadOnlySpan<byte> key)
    {
        key = command;
        return true;
    }

    public bool TryGetQueryKey(ReadOnlySpan<byte> query, out ReadOnlySpan<byte> key) => TryGetKey(query, out key);

    public virtual IStateCapture Partition(KeyRange range, ShardingKind kind) => StateCapture.OfBytes(default);

    public virtual void Absorb(Stream part)
    {
    }

    public SpaceKey? MiddleKey(KeyRange range) => null;
}
