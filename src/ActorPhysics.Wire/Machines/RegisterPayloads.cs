using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Machines;

/// <summary>What is asked of the <c>register</c> machine; the numbers are the fields of machines.proto's <c>RegisterRequest</c>.</summary>
public enum RegisterOperation
{
    None = 0,
    Write = 1,
    CompareAndSet = 2,
    Read = 3,
}

/// <summary>One request to the <c>register</c> machine, a command or (for a read) a query.</summary>
public readonly ref struct RegisterRequest
{
    /// <summary>A register's value has 0 to this many bytes.</summary>
    public const int MaxValueBytes = 1024 * 1024;

    public RegisterOperation Operation { get; init; }
    public ReadOnlySpan<byte> Value { get; init; }

    /// <summary>A compare-and-set that expects <see cref="Expected"/>; one that does not expects that nothing was written yet.</summary>
    public bool ExpectsValue { get; init; }
    public ReadOnlySpan<byte> Expected { get; init; }

    /// <summary>Reads a request. The refusals are fixed texts: they become replicated results.</summary>
    public static bool TryRead(ReadOnlySpan<byte> encoded, out RegisterRequest request, [NotNullWhen(false)] out string? refusal)
    {
        request = default;
        var reader = new ProtoReader(encoded);
        int operations = 0;
        bool sound = true;
        while (reader.Next(out int field))
        {
            if (field is < (int)RegisterOperation.Write or > (int)RegisterOperation.Read)
            {
                refusal = "The register request names an unknown operation.";
                return false;
            }

            operations++;
            sound &= TryReadOperation((RegisterOperation)field, reader.Bytes(), out request);
        }

        refusal = reader.Failed || !sound ? "The register request is malformed."
            : operations != 1 ? "A register request has exactly one operation."
            : request.Value.Length > MaxValueBytes ? "A register value has at most 1048576 bytes."
            : null;
        return refusal is null;
    }

    private static bool TryReadOperation(RegisterOperation operation, ReadOnlySpan<byte> encoded, out RegisterRequest request)
    {
        ReadOnlySpan<byte> value = default, expected = default;
        bool expects = false;
        var reader = new ProtoReader(encoded);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: value = reader.Bytes(); break;
                case 2: expected = reader.Bytes(); expects = true; break;
                default: reader.Skip(); break;
            }
        }

        request = new RegisterRequest { Operation = operation, Value = value, ExpectsValue = expects, Expected = expected };
        return !reader.Failed;
    }

    /// <summary>The request as fields of machines.proto's <c>RegisterRequest</c>.</summary>
    public sealed class Encoder : IProtoEncoder<RegisterRequest>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in RegisterRequest message)
            where TSink : struct, IProtoSink, allows ref struct =>
            sink.Message<OperationEncoder, RegisterRequest>((int)message.Operation, message);
    }

    private sealed class OperationEncoder : IProtoEncoder<RegisterRequest>
    {
        public static void Encode<TSink>(ref TSink sink, in RegisterRequest message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.Bytes(1, message.Value);
            if (message.ExpectsValue)
            {
                sink.PresentBytes(2, message.Expected);
            }
        }
    }
}

/// <summary>Encodes commands and the query of the <c>register</c> machine.</summary>
public static class RegisterCommands
{
    /// <exception cref="ArgumentException">The value is too long; so for all methods.</exception>
    public static byte[] Write(ReadOnlySpan<byte> value) => Encode(new RegisterRequest { Operation = RegisterOperation.Write, Value = value });

    /// <summary>Writes a value where the present one equals <paramref name="expected"/>.</summary>
    public static byte[] CompareAndSet(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> value) =>
        Encode(new RegisterRequest { Operation = RegisterOperation.CompareAndSet, ExpectsValue = true, Expected = expected, Value = value });

    /// <summary>Writes a value where nothing was written yet.</summary>
    public static byte[] CompareAbsentAndSet(ReadOnlySpan<byte> value) =>
        Encode(new RegisterRequest { Operation = RegisterOperation.CompareAndSet, Value = value });

    /// <summary>A command, and as well the only query.</summary>
    public static byte[] Read() => Encode(new RegisterRequest { Operation = RegisterOperation.Read });

    private static byte[] Encode(in RegisterRequest request)
    {
        byte[] encoded = ProtoEncoding.ToArray<RegisterRequest.Encoder, RegisterRequest>(request);
        return RegisterRequest.TryRead(encoded, out _, out string? refusal) ? encoded : throw new ArgumentException(refusal);
    }
}

/// <summary>How the <c>register</c> machine answered; the numbers are those of machines.proto.</summary>
public enum RegisterOutcome
{
    None = 0,
    Stored = 1,
    Read = 2,

    /// <summary>A compare-and-set found another value, which comes with the result, or none.</summary>
    Mismatch = 3,
}

/// <summary>What the <c>register</c> machine answered, as its client reads it.</summary>
/// <param name="Outcome">How.</param>
/// <param name="Version">The last write; <c>default</c> when nothing was written yet.</param>
/// <param name="Value">The value that was found; null when nothing was written yet, and after a write that took effect.</param>
public sealed record RegisterResult(RegisterOutcome Outcome, ValueVersion Version, ReadOnlyMemory<byte>? Value)
{
    /// <summary>Reads a result; the bytes are copied. Null when they are none.</summary>
    public static RegisterResult? Read(ReadOnlySpan<byte> encoded)
    {
        var reader = new ProtoReader(encoded);
        uint outcome = 0, ordinal = 0;
        ulong index = 0;
        byte[]? value = null;
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: outcome = reader.UInt32(); break;
                case 2: index = reader.UInt64(); break;
                case 3: ordinal = reader.UInt32(); break;
                case 4: value = reader.Bytes().ToArray(); break;
                default: reader.Skip(); break;
            }
        }

        return reader.Failed || outcome is < (uint)RegisterOutcome.Stored or > (uint)RegisterOutcome.Mismatch
            ? null
            : new RegisterResult(
                (RegisterOutcome)outcome,
                new ValueVersion(new LogIndex(index), new EntryOrdinal(ordinal)),
                value is null ? default(ReadOnlyMemory<byte>?) : value);
    }

    /// <summary>Encodes a result without a value; used by the machine itself.</summary>
    public static void Write(IBufferWriter<byte> output, RegisterOutcome outcome, ValueVersion version) =>
        ProtoEncoding.Append<KvResults.ValueEncoder, KvResults.ValueResult>(output, new KvResults.ValueResult((uint)outcome, version, false, default));

    /// <summary>Encodes a result with the value that was found; used by the machine itself.</summary>
    public static void Write(IBufferWriter<byte> output, RegisterOutcome outcome, ValueVersion version, ReadOnlySpan<byte> value) =>
        ProtoEncoding.Append<KvResults.ValueEncoder, KvResults.ValueResult>(output, new KvResults.ValueResult((uint)outcome, version, true, value));
}
