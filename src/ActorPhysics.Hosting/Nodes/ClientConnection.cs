using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// One client's connection: its requests go to the door of their group's replica, its responses into shared frames. What is under way is
/// bounded; beyond that it is refused at once.
/// </summary>
internal sealed class ClientConnection : Asker, IConnectionHandler
{
    private readonly Connection _connection;
    private readonly ClientDoor _door;
    private readonly ClientResponseBatch _responses;

    public ClientConnection(ulong id, Connection connection, ClientDoor door)
        : base(id)
    {
        _connection = connection;
        _door = door;
        _responses = new ClientResponseBatch(connection.Frames);
    }

    public void FrameArrived(Connection connection, in Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.ClientRequests:
                var requests = new ClientRequestBatchReader(frame.Body.Span);
                while (connection.IsOpen && requests.TryNext(out ClientRequest request))
                {
                    _door.Accept(this, request);
                }

                if (requests.Failed)
                {
                    connection.Close(CloseReason.Malformed("the frame's body holds no client requests"));
                }

                break;
            case FrameKind.KeepAlive or FrameKind.Goodbye:
                break;
            default:
                connection.Close(CloseReason.Malformed($"a client may not send frames of kind {frame.Kind}"));
                break;
        }
    }

    public void OutputDrained(Connection connection)
    {
        // Nothing is ever refused as full: the connection is closed instead.
    }

    public void ConnectionClosed(Connection connection, CloseReason reason) => _door.Forget(this);

    public override bool MaySpeakFor(NodeId node) => node != default && _door.Proves(_connection, node);

    /// <summary>Writes a response. A client that does not take its responses is dropped: what it is owed is bounded by the output buffer.</summary>
    public override void Respond(in ClientResponse response, ReadOnlyMemory<byte> proof = default)
    {
        switch (_connection.TryBeginSend())
        {
            case SendResult.Accepted:
                Write(response, proof);
                break;
            case SendResult.Full:
                _connection.Close(new CloseReason(CloseKind.Local, "the client does not take its responses"));
                break;
            default:
                // It left; nobody waits for the response any more.
                break;
        }
    }

    private void Write(in ClientResponse response, ReadOnlyMemory<byte> proof)
    {
        try
        {
            _responses.Add(response, proof);
        }
        catch (Wire.Buffers.BufferLimitException)
        {
            // The outcome is known; only its result is longer than this client's frames may be.
            _responses.Add(new ClientResponse
            {
                RequestId = response.RequestId,
                Outcome = ResponseOutcome.ResultTooLarge,
                Coordinate = response.Coordinate,
                Frontier = response.Frontier,
                Level = response.Level,
            });
        }
    }
}
