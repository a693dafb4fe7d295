using System.Buffers;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Wire.Commands;

/// <summary>
/// The result of an open command: message SessionOpened { fixed64 session = 1; uint32 window_commands = 2; uint64 idle_timeout_ms = 3; }.
/// </summary>
/// <param name="Session">Names the session in the client's further commands.</param>
/// <param name="WindowCommands">A sequence may be at most this far ahead of the completed-through mark.</param>
/// <param name="IdleTimeoutMs">The session expires after that much log time without a command or keep-alive.</param>
public readonly record struct SessionOpened(SessionId Session, uint WindowCommands, ulong IdleTimeoutMs)
{
    private const int SessionField = 1;
    private const int WindowField = 2;
    private const int TimeoutField = 3;

    public static bool TryRead(ReadOnlySpan<byte> encoded, out SessionOpened opened)
    {
        var reader = new FieldReader(encoded);
        ulong session = 0, timeout = 0;
        uint window = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case SessionField: session = reader.Fixed64Value(); break;
                case WindowField: window = reader.UInt32Value(); break;
                case TimeoutField: timeout = reader.VarintValue(); break;
                default: reader.Skip(); break;
            }
        }

        opened = new SessionOpened(new SessionId(session), window, timeout);
        return !reader.Failed && session != 0;
    }

    public void WriteTo(IBufferWriter<byte> output)
    {
        int length = FieldWriter.Fixed64FieldSize(SessionField, Session.Value)
            + FieldWriter.VarintFieldSize(WindowField, WindowCommands)
            + FieldWriter.VarintFieldSize(TimeoutField, IdleTimeoutMs);
        var writer = new FieldWriter(output.GetSpan(Math.Max(length, 1)));
        writer.Fixed64Field(SessionField, Session.Value);
        writer.VarintField(WindowField, WindowCommands);
        writer.VarintField(TimeoutField, IdleTimeoutMs);
        output.Advance(length);
    }
}
