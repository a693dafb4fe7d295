using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Hosting.Transport;

/// <summary>Who this process is when it introduces itself.</summary>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Node">Its node.</param>
/// <param name="Run">This run of it, drawn at random at start.</param>
/// <param name="Software">Product and version, for the peer's log.</param>
/// <param name="Versions">The protocol versions that it speaks.</param>
public sealed record LocalNode(ClusterId Cluster, NodeId Node, ProcessRun Run, string Software, VersionRange Versions)
{
    internal Hello Introduce(TransportOptions options) =>
        new(Versions, Cluster, Node, Client: "", Run, Software, options.MaxFrameBytes);
}
