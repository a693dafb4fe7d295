using System.Buffers;
using System.Text;
using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Machines;

/// <summary>
/// Encodes commands for the <c>kv</c> machine. Reads are commands too, for those who want them in the log; as queries they are cheaper.
/// The limits of <see cref="KvLimits"/> are checked here, before anything is sent.
/// </summary>
public static class KvCommands
{
    /// <summary>Stores a value; with <paramref name="ifAbsent"/> only where there is none.</summary>
    /// <exception cref="ArgumentException">A limit is exceeded; so for all methods.</exception>
    public static byte[] Put(string key, ReadOnlySpan<byte> value, bool ifAbsent = false) =>
        Encode(new KvRequest { Operation = KvOperation.Put, Key = KeyBytes(key), Value = value, IfAbsent = ifAbsent });

    public static byte[] Delete(string key) => Encode(new KvRequest { Operation = KvOperation.Delete, Key = KeyBytes(key) });

    /// <summary>Stores a value where the present one equals <paramref name="expected"/>.</summary>
    public static byte[] CompareAndSet(string key, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> value) =>
        Encode(new KvRequest { Operation = KvOperation.CompareAndSet, Key = KeyBytes(key), ExpectsValue = true, Expected = expected, Value = value });

    /// <summary>Stores a value where there is none: a compare-and-set that expects absence.</summary>
    public static byte[] CompareAbsentAndSet(string key, ReadOnlySpan<byte> value) =>
        Encode(new KvRequest { Operation = KvOperation.CompareAndSet, Key = KeyBytes(key), Value = value });

    public static byte[] Get(string key) => Encode(new KvRequest { Operation = KvOperation.Get, Key = KeyBytes(key) });

    /// <inheritdoc cref="KvQueries.Range"/>
    public static byte[] Range(string from = "", string to = "", string prefix = "", int limit = 0) => KvQueries.Range(from, to, prefix, limit);

    /// <summary>Encodes any request into a buffer of the caller's.</summary>
    public static void Write(IBufferWriter<byte> output, in KvRequest request) => ProtoEncoding.Append<KvRequest.Encoder, KvRequest>(output, request);

    internal static byte[] KeyBytes(string key) => Encoding.UTF8.GetBytes(key);

    internal static byte[] Encode(in KvRequest request)
    {
        byte[] encoded = ProtoEncoding.ToArray<KvRequest.Encoder, KvRequest>(request);
        return KvRequest.TryRead(encoded, out _, out string? refusal) ? encoded : throw new ArgumentException(refusal);
    }
}

/// <summary>Encodes queries for the <c>kv</c> machine; the answers are <see cref="KvResult"/>s.</summary>
public static class KvQueries
{
    public static byte[] Get(string key) => KvCommands.Get(key);

    /// <summary>
    /// The keys from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive) that begin with <paramref name="prefix"/>,
    /// in the order of their UTF-8 bytes. An empty bound bounds nothing.
    /// </summary>
    /// <param name="from">The lower bound.</param>
    /// <param name="to">The upper bound.</param>
    /// <param name="prefix">The beginning.</param>
    /// <param name="limit">At most so many items; 0 stands for <see cref="KvLimits.DefaultRangeItems"/>.</param>
    /// <exception cref="ArgumentException">A limit is exceeded.</exception>
    public static byte[] Range(string from = "", string to = "", string prefix = "", int limit = 0) => KvCommands.Encode(new KvRequest
    {
        Operation = KvOperation.Range,
        Key = KvCommands.KeyBytes(from),
        To = KvCommands.KeyBytes(to),
        Prefix = KvCommands.KeyBytes(prefix),
        Limit = checked((uint)limit),
    });
}
