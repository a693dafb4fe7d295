using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace ActorPhysics.Wire.Protobuf;

/// <summary>The one place where protoc's parsers run. They serve rare messages; those sent for every request have encoders of their own.</summary>
internal static class GeneratedMessages
{
    /// <summary>Parses bytes from outside; false when they are not such a message. Nesting is bounded by the parser (100 levels).</summary>
    public static bool TryParse<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out T? message)
        where T : class, IMessage<T>
    {
        try
        {
            message = parser.ParseFrom(bytes);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            message = null;
            return false;
        }
    }

    /// <summary>
    /// Whether bytes that were parsed hold a field, at any depth, that this version does not know. Parsed once more without such fields, the message is
    /// smaller by exactly them.
    /// </summary>
    public static bool HasUnknownFields<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes, T parsed)
        where T : class, IMessage<T> =>
        parser.WithDiscardUnknownFields(true).ParseFrom(bytes).CalculateSize() != parsed.CalculateSize();
}
