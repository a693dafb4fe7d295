using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Wire.Handshake;

/// <summary>What a side concludes from the other's hello: the version to speak, or the goodbye to send before closing.</summary>
public abstract record HandshakeVerdict
{
    private HandshakeVerdict()
    {
    }

    /// <summary>Both speak <paramref name="Version"/> from here on.</summary>
    public sealed record Accepted(ProtocolVersion Version) : HandshakeVerdict;

    /// <summary>The connection is closed after <paramref name="Goodbye"/>.</summary>
    public sealed record Refused(Goodbye Goodbye) : HandshakeVerdict;
}

/// <summary>The one gateway for hellos; both sides of a connection apply it (DESIGN §8, mixed versions: pitfall 68).</summary>
public static class HandshakeRules
{
    /// <summary>Judges the other side's hello.</summary>
    /// <param name="ours">What this side said.</param>
    /// <param name="theirs">What the other side said.</param>
    /// <param name="expectedNode">The node that was dialled, when one was; <c>default</c> when anybody may call or answer.</param>
    public static HandshakeVerdict Judge(Hello ours, Hello theirs, NodeId expectedNode = default)
    {
        if (!ours.Versions.TryAgree(theirs.Versions, out ProtocolVersion version))
        {
            return Refuse(GoodbyeReason.VersionsDisjoint, $"You speak protocol {theirs.Versions}, this side {ours.Versions}.");
        }

        if (!SameCluster(ours, theirs))
        {
            return Refuse(GoodbyeReason.OtherCluster, $"You belong to cluster {theirs.Cluster}, this side to {ours.Cluster}.");
        }

        if (expectedNode != default && theirs.Node != expectedNode)
        {
            return Refuse(GoodbyeReason.UnexpectedNode, $"Node {expectedNode} was expected at this address, not {Speaker(theirs)}.");
        }

        if (ours.IsNode && theirs.Node == ours.Node)
        {
            return Refuse(GoodbyeReason.UnexpectedNode, $"You call yourself {theirs.Node}, as this side does.");
        }

        return new HandshakeVerdict.Accepted(version);
    }

    // Nodes must name the same cluster; a client may leave it open, and does until the first node has told it.
    private static bool SameCluster(Hello ours, Hello theirs) =>
        ours.Cluster == theirs.Cluster
            ? ours.Cluster.IsKnown || !ours.IsNode || !theirs.IsNode
            : (!ours.IsNode && !ours.Cluster.IsKnown) || (!theirs.IsNode && !theirs.Cluster.IsKnown);

    private static string Speaker(Hello hello) => hello.IsNode ? hello.Node.ToString() : $"client '{hello.Client}'";

    private static HandshakeVerdict.Refused Refuse(GoodbyeReason reason, string detail) => new(new Goodbye(reason, detail));
}
