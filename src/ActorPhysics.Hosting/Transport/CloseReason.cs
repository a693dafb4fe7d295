using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Hosting.Transport;

/// <summary>Whose doing the end of a connection was.</summary>
public enum CloseKind
{
    /// <summary>This side wanted it: it stops, or another connection took this one's place.</summary>
    Local,

    /// <summary>The peer ended it, with or without a goodbye.</summary>
    Peer,

    /// <summary>The peer sent what no correct peer sends.</summary>
    Malformed,

    /// <summary>The peer may not speak here: other cluster, disjoint versions, unexpected or unproven identity.</summary>
    Refused,

    /// <summary>A bound of time passed: handshake, frame, or silence.</summary>
    TimedOut,

    /// <summary>The network or the operating system failed.</summary>
    Broken,

    /// <summary>Code of this node threw while it handled a frame.</summary>
    Fault,
}

/// <summary>Why a connection ended. There is exactly one reason, and it is logged once.</summary>
/// <param name="Kind">Whose doing it was.</param>
/// <param name="Detail">One line for people.</param>
/// <param name="LastWords">What the peer is told before the connection closes, or what it told this side; null for silence.</param>
public sealed record CloseReason(CloseKind Kind, string Detail, Goodbye? LastWords = null)
{
    /// <summary>This side ends; the peer is told.</summary>
    public static CloseReason ShuttingDown { get; } = Local(new Goodbye(GoodbyeReason.ShuttingDown, "The node is shutting down."));

    public static CloseReason Local(Goodbye goodbye) => new(CloseKind.Local, goodbye.Detail, goodbye);

    public static CloseReason Malformed(string detail) =>
        new(CloseKind.Malformed, detail, new Goodbye(GoodbyeReason.MalformedInput, detail));

    public static CloseReason Malformed(FrameFault fault) => Malformed(fault switch
    {
        FrameFault.BodyTooLong => "a frame is longer than allowed",
        FrameFault.UnknownVersion => "a frame has an unknown layout version",
        FrameFault.BadHeader => "a frame's header is invalid",
        FrameFault.ChecksumMismatch => "a frame's checksum does not match",
        _ => fault.ToString(),
    });

    public static CloseReason Refused(Goodbye goodbye) => new(CloseKind.Refused, goodbye.Detail, goodbye);

    public static CloseReason TimedOut(string detail) => new(CloseKind.TimedOut, detail);

    public static CloseReason Broken(string detail) => new(CloseKind.Broken, detail);

    public override string ToString() => $"{Kind}: {Detail}";
}
