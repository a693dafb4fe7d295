using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Requests;

/// <summary>
/// One request as it lies in a frame, or is about to. It borrows the bytes of its operation, so it cannot outlive them: whoever queues
/// the request copies <see cref="Operation"/>. Only the envelope is checked here; the operation's own reader checks the rest.
/// </summary>
public readonly ref struct ClientRequest
{
    public RequestId RequestId { get; init; }
    public GroupId Group { get; init; }

    /// <summary>How long the client waits, in milliseconds from arrival; 0 when it does not say.</summary>
    public uint PatienceMs { get; init; }

    public RequestKind Kind { get; init; }

    /// <summary>The encoded operation: for a command exactly the bytes that go into the log entry.</summary>
    public ReadOnlySpan<byte> Operation { get; init; }

    /// <summary>Reads a request; false when the bytes are not one. An operation of a newer version reads as <see cref="RequestKind.Unknown"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ClientRequest request)
    {
        RequestId id = default;
        GroupId group = default;
        uint patienceMs = 0;
        var kind = RequestKind.Unknown;
        ReadOnlySpan<byte> operation = default;
        var reader = new ProtoReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case Fields.RequestId:
                    id = new RequestId(reader.UInt64());
                    break;
                case Fields.Group:
                    group = new GroupId(reader.UInt64());
                    break;
                case Fields.PatienceMs:
                    patienceMs = reader.UInt32();
                    break;
                case >= (int)RequestKind.Command and <= (int)RequestKind.GroupRecovered:
                    kind = (RequestKind)field;
                    operation = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        request = new ClientRequest { RequestId = id, Group = group, PatienceMs = patienceMs, Kind = kind, Operation = operation };
        return !reader.Failed;
    }

    internal static class Fields
    {
        public const int RequestId = 1;
        public const int Group = 2;
        public const int PatienceMs = 3;
    }

    /// <summary>The request as fields of client.proto's <c>ClientRequest</c>.</summary>
    public sealed class Encoder : IProtoEncoder<ClientRequest>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in ClientRequest message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            EncodeEnvelope(ref sink, message);
            if (message.Kind != RequestKind.Unknown)
            {
                sink.PresentBytes((int)message.Kind, message.Operation);
            }
        }

        /// <summary>Everything but the operation, which stands last.</summary>
        internal static void EncodeEnvelope<TSink>(ref TSink sink, in ClientRequest message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.UInt64(Fields.RequestId, message.RequestId.Value);
            sink.UInt64(Fields.Group, message.Group.Value);
            sink.UInt64(Fields.PatienceMs, message.PatienceMs);
        }
    }
}
