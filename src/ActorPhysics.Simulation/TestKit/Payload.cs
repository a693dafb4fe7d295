using System.Buffers;
using System.Text;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Simulation.TestKit;

/// <summary>
/// An answer as it travels. Two are equal when their bytes are, so a result needs no equality of its own: that of a record which holds a
/// collection would be by reference.
/// </summary>
internal sealed class Payload(CommandStatus status, byte[] bytes) : IEquatable<Payload>
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Payload Of<T>(ICommandCodec<T> codec, T value)
    {
        var output = new ArrayBufferWriter<byte>();
        codec.Encode(value, output);
        return new Payload(CommandStatus.Applied, output.WrittenSpan.ToArray());
    }

    public byte[] Bytes => bytes;
    private CommandStatus Status => status;

    public bool Equals(Payload? other) => other is not null && status == other.Status && bytes.AsSpan().SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => Equals(obj as Payload);

    public override int GetHashCode() => bytes.Length;

    public override string ToString() => status == CommandStatus.Applied ? Text() : $"{status} {Text()}";

    /// <summary>As text where it is one, which JSON is.</summary>
    private string Text()
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Convert.ToHexStringLower(bytes);
        }
    }
}
