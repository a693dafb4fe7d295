using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Actors.StateMachines.BuiltIn;

/// <summary>The built-in register: one value with read, write and compare-and-set; empty at first.</summary>
internal sealed class RegisterMachine : IReplicatedStateMachine
{
    private const int HeadBytes = 1 + sizeof(ulong) + sizeof(uint);

    /// <summary>Null before the first write. Invariant: the bytes never change, because captures share them.</summary>
    private byte[]? _value;
    private ValueVersion _version;

    public static StateMachineDefinition Definition { get; } = new("register", 1, () => new RegisterMachine());

    public MachineOutcome Apply(in ApplyContext context, ReadOnlySpan<byte> command, IBufferWriter<byte> result)
    {
        if (!RegisterRequest.TryRead(command, out RegisterRequest request, out string? refusal))
        {
            return Refuse(refusal, result);
        }

        if (request.Operation == RegisterOperation.Read)
        {
            Tell(RegisterOutcome.Read, result);
            return MachineOutcome.Done;
        }

        bool matches = request.Operation == RegisterOperation.Write
            || (request.ExpectsValue ? _value is not null && request.Expected.SequenceEqual(_value) : _value is null);
        if (!matches)
        {
            Tell(RegisterOutcome.Mismatch, result);
            return MachineOutcome.Done;
        }

        _value = request.Value.ToArray();
        _version = new ValueVersion(context.Coordinate.Index, context.Ordinal);
        RegisterResult.Write(result, RegisterOutcome.Stored, _version);
        return MachineOutcome.Done;
    }

    public MachineOutcome Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer)
    {
        if (!RegisterRequest.TryRead(query, out RegisterRequest request, out string? refusal))
        {
            return Refuse(refusal, answer);
        }

        if (request.Operation != RegisterOperation.Read)
        {
            return Refuse("A register query is a read.", answer);
        }

        Tell(RegisterOutcome.Read, answer);
        return MachineOutcome.Done;
    }

    /// <summary>One byte for presence, u64 version index, u32 version ordinal (little-endian), the value.</summary>
    public IStateCapture Capture()
    {
        byte[] bytes = new byte[HeadBytes + (_value?.Length ?? 0)];
        bytes[0] = _value is null ? (byte)0 : (byte)1;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(1), _version.Index.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(1 + sizeof(ulong)), _version.Ordinal.Value);
        _value?.CopyTo(bytes, HeadBytes);
        return StateCapture.OfBytes(bytes);
    }

    public void Restore(Stream snapshot)
    {
        // One byte more than a register can have tells an overlong snapshot from a full one.
        byte[] bytes = new byte[HeadBytes + RegisterRequest.MaxValueBytes + 1];
        int length = snapshot.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length is < HeadBytes or > HeadBytes + RegisterRequest.MaxValueBytes || bytes[0] > 1 || (bytes[0] == 0 && length > HeadBytes))
        {
            throw new InvalidDataException("These bytes are no captured register.");
        }

        _value = bytes[0] == 0 ? null : bytes[HeadBytes..length];
        _version = new ValueVersion(
            new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(1))),
            new EntryOrdinal(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(1 + sizeof(ulong)))));
    }

    private void Tell(RegisterOutcome outcome, IBufferWriter<byte> output)
    {
        if (_value is null)
        {
            RegisterResult.Write(output, outcome, _version);
        }
        else
        {
            RegisterResult.Write(output, outcome, _version, _value);
        }
    }

    private static MachineOutcome Refuse(string refusal, IBufferWriter<byte> output)
    {
        output.Write(Encoding.UTF8.GetBytes(refusal));
        return MachineOutcome.Refused;
    }
}
