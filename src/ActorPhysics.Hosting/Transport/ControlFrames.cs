using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Hosting.Transport;

/// <summary>Writes the frames that are about the connection itself; each is short and stands alone.</summary>
internal sealed class ControlFrames : IFrameEncoder<Hello>, IFrameEncoder<Goodbye>
{
    private ControlFrames()
    {
    }

    public static ControlFrames Encoder { get; } = new();

    public void Encode(in Hello message, FrameWriter frames)
    {
        frames.EndIfOpen();
        frames.Begin(FrameKind.Hello);
        message.WriteTo(frames.Output);
        frames.End();
    }

    public void Encode(in Goodbye message, FrameWriter frames)
    {
        frames.EndIfOpen();
        frames.Begin(FrameKind.Goodbye);
        message.WriteTo(frames.Output);
        frames.End();
    }
}
