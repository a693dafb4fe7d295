using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Commands;

/// <summary>One command as its client encoded it: client.proto's <c>Command</c>. The payload lies in the buffer that was read.</summary>
public readonly ref struct CommandView
{
    /// <summary>The session's id, or the nonce of an open command.</summary>
    public SessionId Session { get; init; }
    public CommandSequence Sequence { get; init; }

    /// <summary>The client has the outcomes through this sequence and will not ask for them again.</summary>
    public CommandSequence CompletedThrough { get; init; }
    public CommandKind Kind { get; init; }
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>The nonce of an open command.</summary>
    public SessionNonce Nonce => new(Session.Value);

    /// <summary>
    /// Reads one encoded command. Unknown fields are passed over, as in all Protocol Buffers messages; an unknown kind is refused, because
    /// a command that this build does not understand must never count as understood.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> encoded, out CommandView command, [NotNullWhen(false)] out string? refusal)
    {
        var reader = new ProtoReader(encoded);
        ulong session = 0, sequence = 0, completedThrough = 0;
        uint kind = 0;
        ReadOnlySpan<byte> payload = default;
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: session = reader.Fixed64(); break;
                case 2: sequence = reader.UInt64(); break;
                case 3: completedThrough = reader.UInt64(); break;
                case 4: payload = reader.Bytes(); break;
                case 5: kind = reader.UInt32(); break;
                default: reader.Skip(); break;
            }
        }

        command = new CommandView
        {
            Session = new SessionId(session),
            Sequence = new CommandSequence(sequence),
            CompletedThrough = new CommandSequence(completedThrough),
            Kind = (CommandKind)kind,
            Payload = payload,
        };
        refusal = reader.Failed ? "The command is malformed."
            : kind > (uint)CommandKind.Release ? $"Command kind {kind} is unknown."
            : null;
        return refusal is null;
    }

    /// <summary>The length of the encoded command, in bytes.</summary>
    public int EncodedBytes => ProtoSize.Of<Encoder, CommandView>(this);

    public void WriteTo(IBufferWriter<byte> output) => ProtoEncoding.Append<Encoder, CommandView>(output, this);

    /// <summary>The command as fields of client.proto's <c>Command</c>.</summary>
    public sealed class Encoder : IProtoEncoder<CommandView>
    {
        private Encoder()
        {
        }

        public static void Encode<TSink>(ref TSink sink, in CommandView message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.Fixed64(1, message.Session.Value);
            sink.UInt64(2, message.Sequence.Value);
            sink.UInt64(3, message.CompletedThrough.Value);
            sink.Bytes(4, message.Payload);
            sink.UInt64(5, (uint)message.Kind);
        }
    }
}
