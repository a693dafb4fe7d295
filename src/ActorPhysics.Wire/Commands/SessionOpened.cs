using System.Buffers;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Protobuf;

namespace ActorPhysics.Wire.Commands;

/// <summary>
/// The result of an open command: message SessionOpened { fixed64 session = 1; uint32 window_commands = 2; uint64 idle_timeout_ms = 3; }.
/// </summary>
/// <param name="Session">Names the session in the client's further commands.</param>
/// <param name="WindowCommands">A sequence may be at most this far ahead of the completed-through mark.</param>
/// <param name="IdleTimeoutMs">The session expires after that much log time without a command or keep-alive.</param>
public readonly record struct SessionOpened(SessionId Session, uint WindowCommands, ulong IdleTimeoutMs)
{
    public static bool TryRead(ReadOnlySpan<byte> encoded, out SessionOpened opened)
    {
        ulong session = 0, timeoutMs = 0;
        uint window = 0;
        var reader = new ProtoReader(encoded);
        while (reader.Next(out int field))
        {
            switch (field)
            {
                case 1: session = reader.Fixed64(); break;
                case 2: window = reader.UInt32(); break;
                case 3: timeoutMs = reader.UInt64(); break;
                default: reader.Skip(); break;
            }
        }

        opened = new SessionOpened(new SessionId(session), window, timeoutMs);
        return !reader.Failed && session != 0;
    }

    public void WriteTo(IBufferWriter<byte> output) => ProtoEncoding.Append<Encoder, SessionOpened>(output, this);

    private sealed class Encoder : IProtoEncoder<SessionOpened>
    {
        public static void Encode<TSink>(ref TSink sink, in SessionOpened message)
            where TSink : struct, IProtoSink, allows ref struct
        {
            sink.Fixed64(1, message.Session.Value);
            sink.UInt64(2, message.WindowCommands);
            sink.UInt64(3, message.IdleTimeoutMs);
        }
    }
}
