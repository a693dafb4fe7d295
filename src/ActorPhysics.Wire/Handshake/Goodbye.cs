using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Wire.Protobuf;
using Google.Protobuf;

namespace ActorPhysics.Wire.Handshake;

/// <summary>Why a connection is closed on purpose.</summary>
public enum GoodbyeReason
{
    /// <summary>Not said, or by a newer speaker in a way that this version does not know.</summary>
    Unspecified = 0,
    ShuttingDown = 1,
    VersionsDisjoint = 2,
    OtherCluster = 3,
    UnexpectedNode = 4,
    MalformedInput = 5,
    NotAuthorized = 6,

    /// <summary>A newer connection of the same peer took its place.</summary>
    Replaced = 7,
    Overloaded = 8,
}

/// <summary>The last words on a connection.</summary>
/// <param name="Reason">What the other side can act upon.</param>
/// <param name="Detail">One line for its log, at most <see cref="MaxDetailBytes"/> long.</param>
public sealed record Goodbye(GoodbyeReason Reason, string Detail)
{
    public const int MaxDetailBytes = 1024;

    /// <summary>Appends the goodbye as a frame's body; an overlong detail is cut.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        string detail = Detail.Length <= MaxDetailBytes / 3 ? Detail : Detail[..(MaxDetailBytes / 3)];
        MessageExtensions.WriteTo(new Protos.Goodbye { Reason = (Protos.Goodbye.Types.Reason)Reason, Detail = detail }, output);
    }

    /// <summary>Reads a frame's body; false when it is not a well-formed goodbye.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, [NotNullWhen(true)] out Goodbye? goodbye)
    {
        goodbye = null;
        if (!GeneratedMessages.TryParse(Protos.Goodbye.Parser, body, out Protos.Goodbye? message)
            || message.Detail.Length > MaxDetailBytes)
        {
            return false;
        }

        var reason = (GoodbyeReason)message.Reason;
        string detail = string.Concat(message.Detail.Select(c => char.IsControl(c) ? ' ' : c));
        goodbye = new Goodbye(Enum.IsDefined(reason) ? reason : GoodbyeReason.Unspecified, detail);
        return true;
    }
}
