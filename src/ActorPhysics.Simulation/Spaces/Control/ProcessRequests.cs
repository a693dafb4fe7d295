using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Requests;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>
/// What one process asks other nodes, in the shipped encoding, over the simulated links: with the promises of <see cref="INodeRequests"/>. Nobody hears an answer
/// that was meant for an earlier process.
/// </summary>
internal sealed class ProcessRequests(ControlledNode node, IEventLoop loop) : INodeRequests
{
    private readonly OpenRequests _open = new(loop);
    private readonly SortedSet<NodeId> _down = [.. node.Space.Nodes.Where(peer => peer is { Run: > 0, IsRunning: false }).Select(peer => peer.Node)];

    /// <summary>The own door; set before anything is asked.</summary>
    public ProcessDoor Door { get; set; } = null!;

    public void Ask(NodeId to, GroupId group, RequestKind kind, ReadOnlySpan<byte> operation, TimeSpan patience, Action<PeerAnswer> answer)
    {
        if (!_open.TryBegin(to, patience, answer, out RequestId id))
        {
            return;
        }

        var request = new ClientRequest
        {
            RequestId = id,
            Group = group,
            PatienceMs = (uint)Math.Clamp(patience.TotalMilliseconds, 1, uint.MaxValue),
            Kind = kind,
            Operation = operation,
        };
        byte[] bytes = ProtoEncoding.ToArray<ClientRequest.Encoder, ClientRequest>(request);
        if (to == node.Node)
        {
            Door.Accept(node.Node, bytes, (response, proof) => Heard(to, response, proof));
        }
        else if (_down.Contains(to) || to.Value > (ulong)node.Space.Nodes.Count)
        {
            _open.End(id, to, PeerAnswer.Failed(ResponseOutcome.Unavailable, $"there is no connection with {to}"));
        }
        else
        {
            node.Space.Post(node, to, receiver => receiver.OwnDoor.Accept(node.Node, bytes, AnswerOver(to)));
        }
    }

    public void LinkChanged(NodeId peer, bool up)
    {
        if (up)
        {
            _down.Remove(peer);
        }
        else
        {
            _down.Add(peer);
            _open.Lost(peer, $"the connection with {peer} was lost");
        }
    }

    private Action<byte[], ReadOnlyMemory<byte>> AnswerOver(NodeId to)
    {
        int run = node.Run;
        return (response, proof) => node.Space.Post((ControlledNode)node.Space.Nodes[(int)to.Value - 1], node.Node, receiver =>
        {
            if (node.Run == run)
            {
                receiver.Requests.Heard(to, response, proof);
            }
        });
    }

    private void Heard(NodeId from, byte[] bytes, ReadOnlyMemory<byte> proof)
    {
        if (!ClientResponse.TryRead(bytes, out ClientResponse response))
        {
            throw new InvalidDataException("a response cannot be read");
        }

        _open.End(response.RequestId, from, PeerAnswer.Of(response, proof));
    }
}
