using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Space;
using Google.Protobuf;

namespace ActorPhysics.Wire.Requests;

/// <summary>Tells the node of a taker's leader to bring a parcel.</summary>
/// <param name="Order">What the pieces belong to.</param>
/// <param name="Sources">Nodes that hold replicas of the giver, the likeliest first.</param>
public sealed record FetchHandoffOperation(TakeIn Order, ImmutableArray<NodeId> Sources)
{
    private const int MostSources = 256;

    /// <summary>Reads the operation; false when it is malformed, or names no source.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out FetchHandoffOperation? fetch)
    {
        fetch = GeneratedMessages.TryParse(Protos.FetchHandoff.Parser, bytes, out Protos.FetchHandoff? message)
            && message.Order is not null
            && message.Sources.Count is > 0 and <= MostSources
            && HandoffMapping.FromMessage(message.Order) is { } order
            ? new FetchHandoffOperation(order, [.. message.Sources.Select(source => new NodeId(source))])
            : null;
        return fetch is not null;
    }

    /// <summary>The operation as fields of client.proto's <c>FetchHandoff</c>.</summary>
    public sealed class Encoder : IProtoEncoder<FetchHandoffOperation>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in FetchHandoffOperation message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.PresentBytes(1, HandoffMapping.ToMessage(message.Order).ToByteArray());
            foreach (NodeId source in message.Sources)
            {
                sink.UInt64(2, source.Value);
            }
        }
    }
}

/// <summary>Asks a node for a piece of a parcel that its replica of the giver keeps.</summary>
public readonly record struct ReadParcelOperation(HandoffId Handoff, long OffsetBytes, int MaxBytes)
{
    /// <summary>Reads the operation; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ReadParcelOperation read)
    {
        ulong handoff = 0, offset = 0;
        uint most = 0;
        var reader = new ProtoReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: handoff = reader.UInt64(); break;
                case 2: offset = reader.UInt64(); break;
                case 3: most = reader.UInt32(); break;
                default: reader.Skip(); break;
            }
        }

        bool isWhole = !reader.Failed && handoff != 0 && offset <= long.MaxValue && most is > 0 and <= int.MaxValue;
        read = isWhole ? new ReadParcelOperation(new HandoffId(handoff), (long)offset, (int)most) : default;
        return isWhole;
    }

    /// <summary>The operation as fields of client.proto's <c>ReadParcel</c>.</summary>
    public sealed class Encoder : IProtoEncoder<ReadParcelOperation>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in ReadParcelOperation message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.UInt64(1, message.Handoff.Value);
            sink.UInt64(2, (ulong)message.OffsetBytes);
            sink.UInt64(3, (ulong)message.MaxBytes);
        }
    }
}
