using ActorPhysics.Client.Requests;
using ActorPhysics.Client.Routing;
using ActorPhysics.Core.Time;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Frames;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Connections;

/// <summary>
/// One connection, shared by all callers. Requests are encoded into a buffer under the gate; whoever finds no sender at work starts one,
/// which sends everything that gathered meanwhile in one piece, so batches form under load and nothing waits when idle. One loop receives.
/// </summary>
internal sealed class NodeConnection : IThreadPoolWorkItem
{
    private const int KeepBytes = 256 * 1024;

    private readonly ClientCore _core;
    private readonly DialledNode _node;
    private readonly ClientResponseBatchReader _responses = new();
    private readonly List<PendingRequest> _completed = [];
    private readonly int _maxBufferedBytes;

    // Guarded by the gate: what is being filled. The sender alone owns the other one.
    private Outgoing _filling;
    private Outgoing _sending;
    private bool _isSending;

    public NodeConnection(ClientCore core, NodeLink link, DialledNode node)
    {
        _core = core;
        Link = link;
        _node = node;
        _maxBufferedBytes = 2 * node.MaxBodyBytes;
        _filling = new Outgoing(node.MaxBodyBytes);
        _sending = new Outgoing(node.MaxBodyBytes);
        LastHeard = core.Now;
    }

    public NodeLink Link { get; }
    public Hello Peer => _node.Peer;

    /// <summary>Requests sent and not answered, oldest first.</summary>
    public RequestList InFlight { get; } = new();

    /// <summary>When the node last said anything.</summary>
    public MonotonicTime LastHeard { get; private set; }

    /// <summary>When its silence was last looked into.</summary>
    public MonotonicTime DoubtedAt { get; set; }

    public bool IsClosed { get; private set; }

    public void Start() => _ = ReceiveAsync();

    /// <summary>Encodes the request into the next batch; false when too much is waiting to be sent already. Call under the gate.</summary>
    public bool TrySend(PendingRequest request, MonotonicTime now)
    {
        if (_filling.Buffer.Count + request.Payload.Length > _maxBufferedBytes)
        {
            return false;
        }

        var envelope = new ClientRequest
        {
            RequestId = _core.Pending.BeginAttempt(request),
            Group = request.Group,
            PatienceMs = (uint)Math.Clamp((request.Deadline - now).TotalMilliseconds, 1, uint.MaxValue),
            Kind = request.Kind,
        };
        Encode(request, envelope);
        request.Connection = this;
        request.SentAt = now;
        request.Attempts++;
        request.OpenAttempts++;
        InFlight.Add(request);
        if (!_isSending)
        {
            _isSending = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return true;
    }

    /// <summary>Those that went one way. Call under the gate.</summary>
    public List<PendingRequest> UnansweredOf(GroupRoute route)
    {
        var unanswered = new List<PendingRequest>();
        for (PendingRequest? request = InFlight.First; request is not null; request = request.Next)
        {
            if (request.Route == route)
            {
                unanswered.Add(request);
            }
        }

        return unanswered;
    }

    /// <summary>Closes the connection; its requests go other ways. May be called any number of times, not under the gate.</summary>
    public void Close(string reason)
    {
        _core.ConnectionLost(this, reason);
        _node.Stream.Dispose();
    }

    /// <summary>Marks the connection closed; false when it was. Call under the gate.</summary>
    public bool MarkClosed()
    {
        bool was = IsClosed;
        IsClosed = true;
        return !was;
    }

    void IThreadPoolWorkItem.Execute() => _ = SendAsync();

    private void Encode(PendingRequest request, in ClientRequest envelope)
    {
        ClientRequestBatch batch = _filling.Batch;
        switch (request.Kind)
        {
            case RequestKind.Command:
                batch.Add(envelope, new CommandView
                {
                    Session = request.CommandKind == CommandKind.OpenSession ? new(request.Nonce.Value) : request.Session?.Id ?? default,
                    Sequence = request.Sequence,
                    CompletedThrough = request.Session?.CompletedThrough ?? default,
                    Kind = request.CommandKind,
                    Payload = request.Payload.Span,
                });
                break;
            case RequestKind.Read:
                batch.Add<ReadOperation.Encoder, ReadOperation>(envelope, new ReadOperation
                {
                    Query = request.Payload.Span,
                    Level = request.ReadLevel.Level,
                    MaxLagEntries = request.ReadLevel.MaxLagEntries,
                    MaxLagMs = request.ReadLevel.MaxLagMs,
                    Scope = request.Scope.Span,
                });
                break;
            case RequestKind.Status:
                batch.Add<StatusOperation.Encoder, StatusOperation>(envelope, new StatusOperation(request.WithStateHash));
                break;
            case RequestKind.TransferLeadership:
                batch.Add<TransferOperation.Encoder, TransferOperation>(envelope, new TransferOperation(request.TransferTarget));
                break;
            case RequestKind.ChangeMembership or RequestKind.HostReplica or RequestKind.DiscardReplica or RequestKind.RetireGroup
                or RequestKind.RecoverGroup or RequestKind.GroupRecovered:
                // Rare, so the payload is the whole operation.
                batch.Add(new ClientRequest
                {
                    RequestId = envelope.RequestId,
                    Group = envelope.Group,
                    PatienceMs = envelope.PatienceMs,
                    Kind = envelope.Kind,
                    Operation = request.Payload.Span,
                });
                break;
            default:
                throw new InvalidOperationException($"A request of kind {request.Kind} cannot be sent.");
        }
    }

    private async Task SendAsync()
    {
        try
        {
            while (TakeBatch())
            {
                await _node.Stream.WriteAsync(_sending.Buffer.WrittenMemory, CancellationToken.None).ConfigureAwait(false);
                _sending.Buffer.Clear();
                _sending.Buffer.ReleaseIfIdle(KeepBytes);
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            Close(fault.Message);
        }
    }

    private bool TakeBatch()
    {
        lock (_core.Gate)
        {
            _filling.Batch.Flush();
            if (_filling.Buffer.IsEmpty || IsClosed)
            {
                _isSending = false;
                return false;
            }

            (_filling, _sending) = (_sending, _filling);
            return true;
        }
    }

    // Neither loop is given a token: closing disposes the stream, which ends them without a registration per call.
    private async Task ReceiveAsync()
    {
        string reason = "The node closed the connection.";
        try
        {
            while (DispatchFrames(ref reason))
            {
                int received = await _node.Stream.ReadAsync(_node.Reader.GetReceiveMemory(), CancellationToken.None).ConfigureAwait(false);
                if (received == 0)
                {
                    break;
                }

                _node.Reader.Received(received);
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            reason = fault.Message;
        }
        finally
        {
            Close($"{Link.Address}: {reason}");
            _node.Reader.Dispose();
        }
    }

    /// <summary>Handles every whole frame that has arrived; false with the reason when the connection is of no use any more.</summary>
    private bool DispatchFrames(ref string reason)
    {
        while (true)
        {
            switch (_node.Reader.TryRead(out Frame frame))
            {
                case FrameReadResult.NeedsMore:
                    return true;
                case FrameReadResult.Malformed:
                    reason = $"The node sent what is no frame ({_node.Reader.Fault}).";
                    return false;
                default:
                    if (!Dispatch(frame, ref reason))
                    {
                        return false;
                    }

                    break;
            }
        }
    }

    private bool Dispatch(in Frame frame, ref string reason)
    {
        switch (frame.Kind)
        {
            case FrameKind.ClientResponses:
                if (TakeResponses(frame.Body))
                {
                    return true;
                }

                reason = "The node sent malformed responses.";
                return false;
            case FrameKind.KeepAlive:
                LastHeard = _core.Now;
                return true;
            case FrameKind.Goodbye when Goodbye.TryRead(frame.Body.Span, out Goodbye? goodbye):
                reason = $"The node said goodbye: {goodbye.Reason}. {goodbye.Detail}";
                return false;
            default:
                reason = $"The node sent a frame of kind {frame.Kind}, which no client expects.";
                return false;
        }
    }

    private bool TakeResponses(ReadOnlyMemory<byte> body)
    {
        _responses.Start(body);
        lock (_core.Gate)
        {
            LastHeard = _core.Now;
            while (_responses.TryNext(out ClientResponse response))
            {
                _core.Responses.Take(this, response, _responses, _completed);
            }
        }

        ClientCore.Complete(_completed);
        return !_responses.Failed;
    }

    private sealed class Outgoing
    {
        public Outgoing(int maxBodyBytes)
        {
            Buffer = new PooledBuffer(16 * 1024, maxBytes: 4 * maxBodyBytes);
            Batch = new ClientRequestBatch(new FrameWriter(Buffer, new FrameLimits(maxBodyBytes)));
        }

        public PooledBuffer Buffer { get; }
        public ClientRequestBatch Batch { get; }
    }
}
