using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>Somebody who asks this node: a client, the node at the other end of a peer connection, or this node itself.</summary>
internal abstract class Asker(ulong id)
{
    /// <summary>Never reused within a process.</summary>
    public ulong Id { get; } = id;

    /// <summary>Requests taken in and not answered yet.</summary>
    public int Pending { get; set; }

    /// <summary>The node that asks; <c>default</c> for a client.</summary>
    public virtual NodeId Node => default;

    /// <summary>Whether what the asker proved of itself allows it to speak for a node.</summary>
    public virtual bool MaySpeakFor(NodeId node) => node == Node;

    public abstract void Respond(in ClientResponse response, ReadOnlyMemory<byte> proof = default);
}

/// <summary>The requests that one connection of a peer brings. It ends with the connection: a later run of the peer must not hear answers to this one's.</summary>
internal sealed class PeerAsker(ulong id, NodeId node, PeerConnections peers) : Asker(id), IFrameEncoder<ProvenResponse>
{
    // A frame's proofs are counted by whoever writes into it.
    private (FrameWriter Frames, ClientResponseBatch Batch)? _output;

    public override NodeId Node { get; } = node;

    public override void Respond(in ClientResponse response, ReadOnlyMemory<byte> proof = default)
    {
        if (peers.TrySend(Node, new ProvenResponse(response, proof), this) == SendResult.TooLong)
        {
            var tooLong = new ClientResponse
            {
                RequestId = response.RequestId,
                Outcome = ResponseOutcome.ResultTooLarge,
                Coordinate = response.Coordinate,
                Frontier = response.Frontier,
                Level = response.Level,
            };
            peers.TrySend(Node, new ProvenResponse(tooLong, default), this);
        }

        // What the peer does not take is lost: it asks again when its patience ends.
    }

    public void Encode(in ProvenResponse message, FrameWriter frames)
    {
        if (_output?.Frames != frames)
        {
            _output = (frames, new ClientResponseBatch(frames));
        }

        _output.Value.Batch.Add(message.Response, message.Proof);
    }
}

/// <summary>A response with the proof that its frame carries for it.</summary>
internal readonly ref struct ProvenResponse(ClientResponse response, ReadOnlyMemory<byte> proof)
{
    public ClientResponse Response { get; } = response;
    public ReadOnlyMemory<byte> Proof { get; } = proof;
}
