using System.Buffers.Binary;
using System.Text;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Frames;

namespace ActorPhysics.Hosting.Tests.Transport;

/// <summary>Texts as messages: a length and UTF-8 each, many to a frame.</summary>
internal sealed class TextCodec : IFrameEncoder<string>
{
    public const FrameKind Kind = FrameKind.LineMessages;

    public void Encode(in string message, FrameWriter frames)
    {
        if (message == "throw")
        {
            throw new InvalidOperationException("this text cannot be encoded");
        }

        byte[] text = Encoding.UTF8.GetBytes(message);
        frames.Reserve(Kind, sizeof(int) + text.Length);
        Span<byte> room = frames.Output.GetSpan(sizeof(int) + text.Length);
        BinaryPrimitives.WriteInt32LittleEndian(room, text.Length);
        text.CopyTo(room[sizeof(int)..]);
        frames.Output.Advance(sizeof(int) + text.Length);
    }

    /// <returns>Null, or why the body is malformed.</returns>
    public static string? Decode(ReadOnlySpan<byte> body, List<string> messages)
    {
        while (!body.IsEmpty)
        {
            if (body.Length < sizeof(int) || (uint)BinaryPrimitives.ReadInt32LittleEndian(body) > body.Length - sizeof(int))
            {
                return "a text is cut short";
            }

            int length = BinaryPrimitives.ReadInt32LittleEndian(body);
            messages.Add(Encoding.UTF8.GetString(body.Slice(sizeof(int), length)));
            body = body[(sizeof(int) + length)..];
        }

        return null;
    }
}
