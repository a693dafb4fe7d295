using System.Buffers;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Commands;

/// <summary>
/// Builds an entry's payload: message CommandBatch { repeated Command commands = 1; }. The leader copies each client's encoded command into
/// it as it came, so a command is encoded once in its life. Reused batch after batch; what it hands out is valid until <see cref="Clear"/>.
/// </summary>
public sealed class CommandBatchWriter
{
    internal const int CommandField = 1;
    private const int InitialBytes = 4096;

    private readonly ArrayBufferWriter<byte> _bytes = new(InitialBytes);

    /// <summary>The number of commands in the batch.</summary>
    public int Count { get; private set; }
    public int ByteCount => _bytes.WrittenCount;
    public ReadOnlyMemory<byte> WrittenMemory => _bytes.WrittenMemory;
    public ReadOnlySpan<byte> WrittenSpan => _bytes.WrittenSpan;

    /// <summary>What a command of that length adds to the batch, in bytes.</summary>
    public static int CostBytes(int encodedCommandBytes) => ProtoSize.Delimited(CommandField, encodedCommandBytes);

    /// <summary>Appends a command that <see cref="CommandView.TryRead"/> has accepted, and returns its ordinal.</summary>
    public EntryOrdinal Add(ReadOnlySpan<byte> encodedCommand)
    {
        int cost = CostBytes(encodedCommand.Length);
        var writer = new ProtoWriter(_bytes.GetSpan(cost));
        writer.PresentBytes(CommandField, encodedCommand);
        _bytes.Advance(cost);
        return new EntryOrdinal((uint)Count++);
    }

    /// <summary>Encodes and appends a command, and returns its ordinal.</summary>
    public EntryOrdinal Add(in CommandView command)
    {
        ProtoEncoding.AppendField<CommandView.Encoder, CommandView>(_bytes, CommandField, command);
        return new EntryOrdinal((uint)Count++);
    }

    /// <summary>Empties the batch and keeps its room.</summary>
    public void Clear()
    {
        _bytes.ResetWrittenCount();
        Count = 0;
    }
}
