using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>Runs a typed machine that opted in to being divided. Asking for a command's key decodes it once more than applying it alone.</summary>
internal sealed class PartitionedTypedStateMachine<TCommand, TResult, TQuery, TAnswer>(
    StateMachine<TCommand, TResult, TQuery, TAnswer> machine,
    IPartitioned<TCommand, TQuery> partitioned,
    StateMachineCodecs<TCommand, TResult, TQuery, TAnswer> codecs) : IPartitionedStateMachine
{
    private readonly TypedStateMachine<TCommand, TResult, TQuery, TAnswer> _whole = new(machine, codecs);

    public MachineOutcome Apply(in ApplyContext context, ReadOnlySpan<byte> command, IBufferWriter<byte> result) => _whole.Apply(context, command, result);

    public MachineOutcome Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) => _whole.Query(query, answer);

    public IStateCapture Capture() => _whole.Capture();

    public void Restore(Stream snapshot) => _whole.Restore(snapshot);

    public bool TryGetKey(ReadOnlySpan<byte> command, out ReadOnlySpan<byte> key)
    {
        SpaceKey? found = TryDecode(codecs.Command, command, out TCommand? decoded) ? partitioned.KeyOfCommand(decoded) : null;
        key = found.GetValueOrDefault().Bytes;
        return found is not null;
    }

    public bool TryGetQueryKey(ReadOnlySpan<byte> query, out ReadOnlySpan<byte> key)
    {
        SpaceKey? found = TryDecode(codecs.Query, query, out TQuery? decoded) ? partitioned.KeyOfQuery(decoded) : null;
        key = found.GetValueOrDefault().Bytes;
        return found is not null;
    }

    public IStateCapture Partition(KeyRange range, ShardingKind kind) => partitioned.Partition(range, kind);

    public void Absorb(Stream part) => partitioned.Absorb(part);

    public SpaceKey? MiddleKey(KeyRange range) => partitioned.MiddleKey(range);

    private static bool TryDecode<T>(ICommandCodec<T> codec, ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out T? value) =>
        codec.TryDecode(bytes, out value, out _) && value is not null;
}
