using System.Diagnostics.CodeAnalysis;
using System.Text.Unicode;
using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Machines;

/// <summary>What is asked of the <c>kv</c> machine; the numbers are the fields of machines.proto's <c>KvRequest</c>.</summary>
public enum KvOperation
{
    None = 0,
    Put = 1,
    Delete = 2,
    CompareAndSet = 3,
    Get = 4,
    Range = 5,
}

/// <summary>One request to the <c>kv</c> machine, a command or a query; the spans lie in the buffer that was read.</summary>
public readonly ref struct KvRequest
{
    public KvOperation Operation { get; init; }

    /// <summary>The key; for a range the inclusive lower bound, empty when there is none.</summary>
    public ReadOnlySpan<byte> Key { get; init; }

    /// <summary>The new value of a put or compare-and-set.</summary>
    public ReadOnlySpan<byte> Value { get; init; }

    /// <summary>A put that stores only where there is no value.</summary>
    public bool IfAbsent { get; init; }

    /// <summary>A compare-and-set that expects <see cref="Expected"/>; one that does not expects no value.</summary>
    public bool ExpectsValue { get; init; }
    public ReadOnlySpan<byte> Expected { get; init; }

    /// <summary>The exclusive upper bound of a range, empty when there is none.</summary>
    public ReadOnlySpan<byte> To { get; init; }

    /// <summary>What the keys of a range begin with.</summary>
    public ReadOnlySpan<byte> Prefix { get; init; }

    /// <summary>The most items that a range yields; 0 stands for the default.</summary>
    public uint Limit { get; init; }

    /// <summary>Whether the request changes nothing, so that it may also be a query.</summary>
    public bool IsReadOnly => Operation is KvOperation.Get or KvOperation.Range;

    /// <summary>Reads a request and checks it against <see cref="KvLimits"/>. The refusals are fixed texts: they become replicated results.</summary>
    public static bool TryRead(ReadOnlySpan<byte> encoded, out KvRequest request, [NotNullWhen(false)] out string? refusal)
    {
        request = default;
        var reader = new ProtoReader(encoded);
        int operations = 0;
        bool sound = true;
        while (reader.Next(out int field))
        {
            if (field is < (int)KvOperation.Put or > (int)KvOperation.Range)
            {
                // A later build's operation; passing over it would apply half a command.
                refusal = "The kv request names an unknown operation.";
                return false;
            }

            operations++;
            sound &= TryReadOperation((KvOperation)field, reader.Bytes(), out request);
        }

        refusal = reader.Failed || !sound ? "The kv request is malformed."
            : operations != 1 ? "A kv request has exactly one operation."
            : Check(request);
        return refusal is null;
    }

    private static bool TryReadOperation(KvOperation operation, ReadOnlySpan<byte> encoded, out KvRequest request)
    {
        ReadOnlySpan<byte> first = default, second = default, third = default;
        bool hasThird = false, ifAbsent = false;
        uint limit = 0;
        var reader = new ProtoReader(encoded);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: first = reader.Bytes(); break;
                case 2: second = reader.Bytes(); break;
                case 3 when operation == KvOperation.Put: ifAbsent = reader.Bool(); break;
                case 3: third = reader.Bytes(); hasThird = true; break;
                case 4 when operation == KvOperation.Range: limit = reader.UInt32(); break;
                default: reader.Skip(); break;
            }
        }

        request = operation == KvOperation.Range
            ? new KvRequest { Operation = operation, Key = first, To = second, Prefix = third, Limit = limit }
            : new KvRequest { Operation = operation, Key = first, Value = second, IfAbsent = ifAbsent, ExpectsValue = hasThird, Expected = third };
        return !reader.Failed;
    }

    private static string? Check(in KvRequest request)
    {
        if (request.Operation == KvOperation.Range)
        {
            bool bounded = request.Key.Length <= KvLimits.MaxKeyBytes && request.To.Length <= KvLimits.MaxKeyBytes && request.Prefix.Length <= KvLimits.MaxKeyBytes;
            return bounded ? null : "A bound of a kv range is longer than 1024 bytes.";
        }

        return request.Key.Length is < 1 or > KvLimits.MaxKeyBytes ? "A kv key has 1 to 1024 bytes."
            : !Utf8.IsValid(request.Key) ? "A kv key is UTF-8."
            : request.Value.Length > KvLimits.MaxValueBytes ? "A kv value has at most 1048576 bytes."
            : null;
    }

    /// <summary>The request as fields of machines.proto's <c>KvRequest</c>.</summary>
    public sealed class Encoder : IProtoEncoder<KvRequest>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in KvRequest message)
            where TSink : struct, IProtoSink, allows ref struct =>
            sink.Message<OperationEncoder, KvRequest>((int)message.Operation, message);
    }

    private sealed class OperationEncoder : IProtoEncoder<KvRequest>
    {
        public static void Encode<TSink>(ref TSink sink, in KvRequest message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.Bytes(1, message.Key);
            switch (message.Operation)
            {
                case KvOperation.Put:
                    sink.Bytes(2, message.Value);
                    sink.UInt64(3, message.IfAbsent ? 1UL : 0UL);
                    break;
                case KvOperation.CompareAndSet:
                    sink.Bytes(2, message.Value);
                    if (message.ExpectsValue)
                    {
                        sink.PresentBytes(3, message.Expected);
                    }

                    break;
                case KvOperation.Range:
                    sink.Bytes(2, message.To);
                    sink.Bytes(3, message.Prefix);
                    sink.UInt64(4, message.Limit);
                    break;
            }
        }
    }
}
