using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Requests;

/// <summary>
/// One response as it lies in a frame, or is about to. It borrows its bytes, so it cannot outlive them. <c>default</c> answers request 0
/// with an empty success.
/// </summary>
public ref struct ClientResponse
{
    public RequestId RequestId { readonly get; init; }
    public ResponseOutcome Outcome { readonly get; init; }
    public ReadOnlySpan<byte> Result { readonly get; init; }

    /// <summary>Where the command took effect; <c>default</c> for other answers.</summary>
    public Coordinate Coordinate { readonly get; init; }

    /// <summary>The command's place within its entry.</summary>
    public EntryOrdinal Ordinal { readonly get; init; }

    /// <summary>The frontier consulted: C for writes and linearizable reads, A for follower reads.</summary>
    public Coordinate Frontier { readonly get; init; }

    public ConsistencyLevel Level { readonly get; init; }

    /// <summary>The proof in the same frame; given by <see cref="ClientResponseBatch"/> when writing.</summary>
    public ProofReference Proof { readonly get; internal set; }

    /// <summary>Who leads, as far as the speaker knows; <c>default</c> when it does not.</summary>
    public NodeId LeaderNode { readonly get; init; }

    /// <summary>Where clients reach that leader, as <c>host:port</c> in UTF-8; empty when not known.</summary>
    public ReadOnlySpan<byte> LeaderAddress { readonly get; init; }

    /// <summary>The era in which it leads.</summary>
    public LeaderEpoch LeaderEpoch { readonly get; init; }

    /// <summary>How long to wait before trying again, in milliseconds; 0 when the speaker has no opinion.</summary>
    public uint RetryAfterMs { readonly get; init; }

    /// <summary>One line for people, in UTF-8.</summary>
    public ReadOnlySpan<byte> Detail { readonly get; init; }

    /// <summary>How far <see cref="Frontier"/> is known to lie behind the commit frontier, in entries.</summary>
    public ulong KnownLagEntries { readonly get; init; }

    /// <summary>Reads a response; false when the bytes are not one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ClientResponse response)
    {
        var fields = default(ResponseFields);
        var reader = new ProtoReader(bytes);
        while (reader.Next(out int field))
        {
            fields.Take(field, ref reader);
        }

        response = fields.ToResponse();
        return !reader.Failed;
    }

    /// <summary>The response as fields of client.proto's <c>ClientResponse</c>.</summary>
    public sealed class Encoder : IProtoEncoder<ClientResponse>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in ClientResponse message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.UInt64(1, message.RequestId.Value);
            sink.UInt64(2, (ulong)message.Outcome);
            sink.Bytes(3, message.Result);
            EncodeCoordinate(ref sink, 4, message.Coordinate);
            sink.UInt64(5, message.Ordinal.Value);
            EncodeCoordinate(ref sink, 6, message.Frontier);
            sink.UInt64(7, (ulong)message.Level);
            sink.UInt64(8, message.Proof.Value);
            if (message.LeaderNode != default)
            {
                sink.Message<LeaderEncoder, ClientResponse>(9, message);
            }

            sink.UInt64(10, message.RetryAfterMs);
            sink.Bytes(11, message.Detail);
            sink.UInt64(12, message.KnownLagEntries);
        }

        private static void EncodeCoordinate<TSink>(ref TSink sink, int field, in Coordinate coordinate)
            where TSink : struct, IProtoSink, allows ref struct
        {
            if (coordinate != default)
            {
                sink.Message<CoordinateEncoder, Coordinate>(field, coordinate);
            }
        }
    }

    private sealed class LeaderEncoder : IProtoEncoder<ClientResponse>
    {
        public static void Encode<TSink>(ref TSink sink, in ClientResponse message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.UInt64(1, message.LeaderNode.Value);
            sink.Bytes(2, message.LeaderAddress);
            sink.UInt64(3, message.LeaderEpoch.Value);
        }
    }

    private ref struct ResponseFields
    {
        private RequestId _requestId;
        private ResponseOutcome _outcome;
        private ReadOnlySpan<byte> _result;
        private Coordinate _coordinate;
        private EntryOrdinal _ordinal;
        private Coordinate _frontier;
        private ConsistencyLevel _level;
        private ProofReference _proof;
        private NodeId _leaderNode;
        private ReadOnlySpan<byte> _leaderAddress;
        private LeaderEpoch _leaderEpoch;
        private uint _retryAfterMs;
        private ReadOnlySpan<byte> _detail;
        private ulong _knownLagEntries;

        public void Take(int field, ref ProtoReader reader)
        {
            switch (field)
            {
                case 1: _requestId = new RequestId(reader.UInt64()); break;
                case 2: _outcome = (ResponseOutcome)reader.Int32(); break;
                case 3: _result = reader.Bytes(); break;
                case 4: _coordinate = CoordinateEncoder.Read(ref reader); break;
                case 5: _ordinal = new EntryOrdinal(reader.UInt32()); break;
                case 6: _frontier = CoordinateEncoder.Read(ref reader); break;
                case 7: _level = (ConsistencyLevel)reader.Int32(); break;
                case 8: _proof = new ProofReference(reader.UInt32()); break;
                case 9: TakeLeader(ref reader); break;
                case 10: _retryAfterMs = reader.UInt32(); break;
                case 11: _detail = reader.Bytes(); break;
                case 12: _knownLagEntries = reader.UInt64(); break;
                default: reader.Skip(); break;
            }
        }

        public readonly ClientResponse ToResponse() => new()
        {
            RequestId = _requestId,
            Outcome = _outcome,
            Result = _result,
            Coordinate = _coordinate,
            Ordinal = _ordinal,
            Frontier = _frontier,
            Level = _level,
            Proof = _proof,
            LeaderNode = _leaderNode,
            LeaderAddress = _leaderAddress,
            LeaderEpoch = _leaderEpoch,
            RetryAfterMs = _retryAfterMs,
            Detail = _detail,
            KnownLagEntries = _knownLagEntries,
        };

        private void TakeLeader(ref ProtoReader parent)
        {
            ProtoReader reader = parent.Message();
            while (reader.Next(out int field))
            {
                switch (field)
                {
                    case 1: _leaderNode = new NodeId(reader.UInt64()); break;
                    case 2: _leaderAddress = reader.Bytes(); break;
                    case 3: _leaderEpoch = new LeaderEpoch(reader.UInt64()); break;
                    default: reader.Skip(); break;
                }
            }

            parent.Absorb(reader);
        }
    }
}

/// <summary>A coordinate as fields of client.proto's <c>EntryCoordinate</c>.</summary>
public sealed class CoordinateEncoder : IProtoEncoder<Coordinate>
{
    private CoordinateEncoder()
    {
    }

    public static void Encode<TSink>(ref TSink sink, in Coordinate message)
        where TSink : struct, IProtoSink, allows ref struct
    {
        sink.UInt64(1, message.Group.Value);
        sink.UInt64(2, message.ConfigEpoch.Value);
        sink.UInt64(3, message.LeaderEpoch.Value);
        sink.UInt64(4, message.Index.Value);
    }

    /// <summary>Reads the coordinate at the parent's current field.</summary>
    public static Coordinate Read(ref ProtoReader parent)
    {
        ulong group = 0, configEpoch = 0, leaderEpoch = 0, index = 0;
        ProtoReader reader = parent.Message();
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: group = reader.UInt64(); break;
                case 2: configEpoch = reader.UInt64(); break;
                case 3: leaderEpoch = reader.UInt64(); break;
                case 4: index = reader.UInt64(); break;
                default: reader.Skip(); break;
            }
        }

        parent.Absorb(reader);
        return new Coordinate(new GroupId(group), new ConfigEpoch(configEpoch), new LeaderEpoch(leaderEpoch), new LogIndex(index));
    }
}
