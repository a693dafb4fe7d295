using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Protobuf;
using Google.Protobuf;

namespace ActorPhysics.Wire.Handshake;

/// <summary>Names a cluster for its whole life; drawn at random when it is founded. <c>default</c> is "not known", which only a client may say.</summary>
public readonly record struct ClusterId(ulong Value)
{
    public bool IsKnown => Value != 0;
    public override string ToString() => Value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One run of a process, drawn at random when it starts: tells a restarted peer from a reconnected one. <c>default</c> is "not said".</summary>
public readonly record struct ProcessRun(ulong Value)
{
    public override string ToString() => Value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A version of everything inside frames: messages, their meaning, their order. <c>default</c> precedes the first.</summary>
public readonly record struct ProtocolVersion(uint Value) : IComparable<ProtocolVersion>
{
    public int CompareTo(ProtocolVersion other) => Value.CompareTo(other.Value);
    public override string ToString() => $"v{Value}";
}

/// <summary>The versions that a program understands, both ends included.</summary>
public readonly record struct VersionRange(ProtocolVersion Lowest, ProtocolVersion Highest)
{
    /// <summary>What this build speaks. A build understands its own version and the one before.</summary>
    public static VersionRange Supported => new(new ProtocolVersion(1), new ProtocolVersion(1));

    /// <summary>Finds the highest version that both understand.</summary>
    public bool TryAgree(VersionRange other, out ProtocolVersion version)
    {
        ProtocolVersion highest = Highest.CompareTo(other.Highest) <= 0 ? Highest : other.Highest;
        ProtocolVersion lowest = Lowest.CompareTo(other.Lowest) >= 0 ? Lowest : other.Lowest;
        version = highest;
        return lowest.CompareTo(highest) <= 0;
    }

    public override string ToString() => Lowest == Highest ? Lowest.ToString() : $"{Lowest}–{Highest}";
}

/// <summary>
/// The first words on a connection. As decoded it is a claim: nothing of it may be used before <see cref="HandshakeRules.Judge"/> has
/// accepted it.
/// </summary>
/// <param name="Versions">What the speaker understands.</param>
/// <param name="Cluster">The speaker's cluster; unknown only for clients.</param>
/// <param name="Node">The speaker's node, or <c>default</c> for a client.</param>
/// <param name="Client">A client's name for logs; empty for a node.</param>
/// <param name="Run">The speaker's process run.</param>
/// <param name="Software">Product and version, for logs.</param>
/// <param name="MaxBodyBytes">The longest frame body that the speaker accepts.</param>
public sealed record Hello(
    VersionRange Versions,
    ClusterId Cluster,
    NodeId Node,
    string Client,
    ProcessRun Run,
    string Software,
    int MaxBodyBytes)
{
    /// <summary>The longest name or product that is kept; longer ones are malformed.</summary>
    public const int MaxNameBytes = 256;

    public bool IsNode => Node != default;

    /// <summary>Appends the hello as a frame's body.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        var message = new Protos.Hello
        {
            LowestVersion = Versions.Lowest.Value,
            HighestVersion = Versions.Highest.Value,
            Cluster = Cluster.Value,
            ProcessRun = Run.Value,
            Software = Software,
            MaxBodyBytes = (uint)MaxBodyBytes,
        };
        if (IsNode)
        {
            message.Node = Node.Value;
        }
        else
        {
            message.Client = Client;
        }

        MessageExtensions.WriteTo(message, output);
    }

    /// <summary>Reads a frame's body; false when it is not a well-formed hello.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, [NotNullWhen(true)] out Hello? hello)
    {
        hello = null;
        if (!GeneratedMessages.TryParse(Protos.Hello.Parser, body, out Protos.Hello? message)
            || message.LowestVersion == 0
            || message.LowestVersion > message.HighestVersion
            || message.MaxBodyBytes > int.MaxValue
            || !IsName(message.Software)
            || !IsName(message.Client))
        {
            return false;
        }

        bool claimsNode = message.SpeakerCase == Protos.Hello.SpeakerOneofCase.Node;
        if (claimsNode && message.Node == 0)
        {
            return false;
        }

        hello = new Hello(
            new VersionRange(new ProtocolVersion(message.LowestVersion), new ProtocolVersion(message.HighestVersion)),
            new ClusterId(message.Cluster),
            new NodeId(message.Node),
            message.Client,
            new ProcessRun(message.ProcessRun),
            message.Software,
            (int)message.MaxBodyBytes);
        return true;
    }

    private static bool IsName(string text) =>
        text.Length <= MaxNameBytes && !text.Any(char.IsControl);
}
