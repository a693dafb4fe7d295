using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Frames;

namespace ActorPhysics.Hosting.Tests.Transport;

/// <summary>Sends every frame of client requests back as one of client responses; finds anything else malformed.</summary>
internal class EchoHandler : IConnectionHandler, IFrameEncoder<ReadOnlyMemory<byte>>
{
    public virtual void FrameArrived(Connection connection, in Frame frame)
    {
        if (frame.Kind != FrameKind.ClientRequests)
        {
            connection.Close(CloseReason.Malformed($"a client does not send frames of kind {frame.Kind}"));
            return;
        }

        // Not an assertion of the test framework: that would allocate, and one test counts bytes.
        if (connection.TrySend(frame.Body, this) != SendResult.Accepted)
        {
            throw new InvalidOperationException("the echo does not fit into the output");
        }
    }

    public virtual void OutputDrained(Connection connection)
    {
    }

    public virtual void ConnectionClosed(Connection connection, CloseReason reason)
    {
    }

    void IFrameEncoder<ReadOnlyMemory<byte>>.Encode(in ReadOnlyMemory<byte> message, FrameWriter frames)
    {
        frames.Reserve(FrameKind.ClientResponses, message.Length);
        frames.Output.Write(message.Span);
        frames.End();
    }
}
