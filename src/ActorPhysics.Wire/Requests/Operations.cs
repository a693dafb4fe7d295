using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Requests;

/// <summary>A query of the state machine at a level of consistency. It borrows the query's bytes.</summary>
public readonly ref struct ReadOperation
{
    public ReadOnlySpan<byte> Query { get; init; }

    /// <summary>One of the read levels.</summary>
    public ConsistencyLevel Level { get; init; }

    /// <summary>For bounded staleness: how many entries the replica may lag; 0 when entries are not the bound.</summary>
    public ulong MaxLagEntries { get; init; }

    /// <summary>For bounded staleness: how long the replica may lag, in milliseconds; 0 when time is not the bound.</summary>
    public uint MaxLagMs { get; init; }

    /// <summary>
    /// For a query of a sharded space that names no key: the range that the asker believes the group to own, as <see cref="Space.KeyScopeCodec"/> writes it.
    /// Empty when it is not said.
    /// </summary>
    public ReadOnlySpan<byte> Scope { get; init; }

    /// <summary>Reads the operation; false when it is malformed, its level is no read level, or it is bounded by nothing.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ReadOperation read)
    {
        ReadOnlySpan<byte> query = default, scope = default;
        var level = ConsistencyLevel.None;
        ulong maxLagEntries = 0;
        uint maxLagMs = 0;
        var reader = new ProtoReader(bytes);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: query = reader.Bytes(); break;
                case 2: level = (ConsistencyLevel)reader.Int32(); break;
                case 3: maxLagEntries = reader.UInt64(); break;
                case 4: maxLagMs = reader.UInt32(); break;
                case 5: scope = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        read = new ReadOperation { Query = query, Level = level, MaxLagEntries = maxLagEntries, MaxLagMs = maxLagMs, Scope = scope };
        return !reader.Failed && IsServable(read);
    }

    private static bool IsServable(in ReadOperation read) => read.Level switch
    {
        ConsistencyLevel.StrongRead or ConsistencyLevel.LeaseRead or ConsistencyLevel.FollowerRead or ConsistencyLevel.QuorumRead => true,
        ConsistencyLevel.BoundedStaleness => read.MaxLagEntries > 0 || read.MaxLagMs > 0,
        _ => false,
    };

    /// <summary>The operation as fields of client.proto's <c>Read</c>.</summary>
    public sealed class Encoder : IProtoEncoder<ReadOperation>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in ReadOperation message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.Bytes(1, message.Query);
            sink.UInt64(2, (ulong)message.Level);
            sink.UInt64(3, message.MaxLagEntries);
            sink.UInt64(4, message.MaxLagMs);
            sink.Bytes(5, message.Scope);
        }
    }
}

/// <summary>Asks a node what it knows of its groups; the answer's result is an encoded <see cref="NodeStatus"/>.</summary>
/// <param name="WithStateHash">Whether to hash each applied state, which costs time in proportion to it.</param>
public readonly record struct StatusOperation(bool WithStateHash)
{
    /// <summary>Reads the operation; false when it is malformed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out StatusOperation status)
    {
        bool withStateHash = false;
        var reader = new ProtoReader(bytes);
        while (reader.Next(out int field))
        {
            if (field == 1)
            {
                withStateHash = reader.Bool();
            }
            else
            {
                reader.Skip();
            }
        }

        status = new StatusOperation(withStateHash);
        return !reader.Failed;
    }

    /// <summary>The operation as fields of client.proto's <c>Status</c>.</summary>
    public sealed class Encoder : IProtoEncoder<StatusOperation>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in StatusOperation message)
            where TSink : struct, IProtoSink, allows ref struct =>
            sink.UInt64(1, message.WithStateHash ? 1UL : 0UL);
    }
}

/// <summary>Asks the leader of a group to hand over to the replica on <paramref name="Target"/>.</summary>
public readonly record struct TransferOperation(NodeId Target)
{
    /// <summary>Reads the operation; false when it is malformed or names no node.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out TransferOperation transfer)
    {
        ulong target = 0;
        var reader = new ProtoReader(bytes);
        while (reader.Next(out int field))
        {
            if (field == 1)
            {
                target = reader.UInt64();
            }
            else
            {
                reader.Skip();
            }
        }

        transfer = new TransferOperation(new NodeId(target));
        return !reader.Failed && target != 0;
    }

    /// <summary>The operation as fields of client.proto's <c>TransferLeadership</c>.</summary>
    public sealed class Encoder : IProtoEncoder<TransferOperation>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in TransferOperation message)
            where TSink : struct, IProtoSink, allows ref struct =>
            sink.UInt64(1, message.Target.Value);
    }
}
