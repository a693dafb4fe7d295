using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;
using Google.Protobuf;

namespace ActorPhysics.Wire.ControlPlane;

/// <summary>What a reporter is told.</summary>
/// <param name="SendEverything">Whether its next report shall be a whole one.</param>
/// <param name="Nodes">The nodes of the cluster; empty when the reporter knows them.</param>
/// <param name="NodesDigest">Names that list, so that it is not sent again; 0 when nothing is said of nodes.</param>
public sealed record ReportAnswer(bool SendEverything, ImmutableArray<ClusterNodeStatus> Nodes, ulong NodesDigest)
{
    /// <summary>Names a list of nodes. Equal lists have equal digests; never 0.</summary>
    public static ulong DigestOf(ImmutableArray<ClusterNodeStatus> nodes)
    {
        using var bytes = new MemoryStream();
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        foreach (ClusterNodeStatus node in nodes)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, node.Node.Value);
            bytes.Write(number);
            bytes.Write(Encoding.UTF8.GetBytes($"{node.Name}\n{node.Address}\n"));
        }

        return HashPoint.Of(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)).Value | 1;
    }

    public byte[] Encode()
    {
        var message = new Protos.ReportAnswer { SendEverything = SendEverything, NodesDigest = NodesDigest };
        message.Nodes.Add(Nodes.Select(node => new Protos.ListedNode { Node = node.Node.Value, Name = node.Name, Address = node.Address }));
        return message.ToByteArray();
    }

    /// <summary>Reads bytes from outside; false when they are no such answer.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ReportAnswer? answer)
    {
        answer = GeneratedMessages.TryParse(Protos.ReportAnswer.Parser, bytes, out Protos.ReportAnswer? message)
            ? new ReportAnswer(
                message.SendEverything,
                [.. message.Nodes.Select(node => new ClusterNodeStatus(new NodeId(node.Node), node.Name, node.Address))],
                message.NodesDigest)
            : null;
        return answer is not null;
    }
}
