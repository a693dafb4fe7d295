using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Wire.Commands;

/// <summary>
/// One command as the client encoded it: message Command { fixed64 session = 1; uint64 sequence = 2; uint64 completed_through = 3;
/// bytes payload = 4; uint32 kind = 5; }. The spans point into the buffer that was read.
/// </summary>
public readonly ref struct CommandView
{
    private const int SessionField = 1;
    private const int SequenceField = 2;
    private const int CompletedThroughField = 3;
    private const int PayloadField = 4;
    private const int KindField = 5;

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
        var reader = new FieldReader(encoded);
        ulong session = 0, sequence = 0, completedThrough = 0;
        uint kind = 0;
        ReadOnlySpan<byte> payload = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case SessionField: session = reader.Fixed64Value(); break;
                case SequenceField: sequence = reader.VarintValue(); break;
                case CompletedThroughField: completedThrough = reader.VarintValue(); break;
                case PayloadField: payload = reader.BytesValue(); break;
                case KindField: kind = reader.UInt32Value(); break;
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
        refusal = reader.Failed ? $"The command is malformed at byte {reader.Offset}."
            : kind > (uint)CommandKind.KeepAlive ? $"Command kind {kind} is unknown."
            : null;
        return refusal is null;
    }

    /// <summary>The encoded length, in bytes.</summary>
    public int EncodedBytes =>
        FieldWriter.Fixed64FieldSize(SessionField, Session.Value)
        + FieldWriter.VarintFieldSize(SequenceField, Sequence.Value)
        + FieldWriter.VarintFieldSize(CompletedThroughField, CompletedThrough.Value)
        + FieldWriter.BytesFieldSize(PayloadField, Payload.Length)
        + FieldWriter.VarintFieldSize(KindField, (uint)Kind);

    /// <summary>Encodes the command: byte for byte what generated code writes.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        int length = EncodedBytes;
        var writer = new FieldWriter(output.GetSpan(Math.Max(length, 1)));
        writer.Fixed64Field(SessionField, Session.Value);
        writer.VarintField(SequenceField, Sequence.Value);
        writer.VarintField(CompletedThroughField, CompletedThrough.Value);
        writer.BytesField(PayloadField, Payload);
        writer.VarintField(KindField, (uint)Kind);
        output.Advance(length);
    }
}
