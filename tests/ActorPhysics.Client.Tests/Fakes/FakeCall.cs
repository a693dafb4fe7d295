using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Client.Tests.Fakes;

/// <summary>A request as a fake node received it.</summary>
internal sealed class FakeCall
{
    private readonly FakeConnection _connection;

    public FakeCall(FakeConnection connection, in ClientRequest request)
    {
        _connection = connection;
        Id = request.RequestId;
        Group = request.Group;
        Kind = request.Kind;
        PatienceMs = request.PatienceMs;
        switch (Kind)
        {
            case RequestKind.Command:
                Assert.True(CommandView.TryRead(request.Operation, out CommandView command, out string? refusal), refusal);
                Session = command.Session;
                Sequence = command.Sequence;
                CompletedThrough = command.CompletedThrough;
                CommandKind = command.Kind;
                Payload = command.Payload.ToArray();
                break;
            case RequestKind.Read:
                Assert.True(ReadOperation.TryRead(request.Operation, out ReadOperation read));
                Level = read.Level;
                MaxLagEntries = read.MaxLagEntries;
                MaxLagMs = read.MaxLagMs;
                Payload = read.Query.ToArray();
                Scope = KeyScopeCodec.TryDecode(read.Scope, out KeyRange scope) ? scope : null;
                break;
            case RequestKind.TransferLeadership:
                Assert.True(TransferOperation.TryRead(request.Operation, out TransferOperation transfer));
                Target = transfer.Target;
                break;
            case RequestKind.Status:
                Assert.True(StatusOperation.TryRead(request.Operation, out StatusOperation status));
                WithStateHash = status.WithStateHash;
                break;
        }
    }

    public FakeNode Node => _connection.Node;
    public RequestId Id { get; }
    public GroupId Group { get; }
    public RequestKind Kind { get; }
    public uint PatienceMs { get; }
    public SessionId Session { get; }
    public CommandSequence Sequence { get; }
    public CommandSequence CompletedThrough { get; }
    public CommandKind CommandKind { get; }
    public ConsistencyLevel Level { get; }
    public ulong MaxLagEntries { get; }
    public uint MaxLagMs { get; }
    public NodeId Target { get; }
    public bool WithStateHash { get; }

    /// <summary>The range that a read of many keys believes the group to own.</summary>
    public KeyRange? Scope { get; }
    public byte[] Payload { get; } = [];

    /// <summary>Whether it is a command for the state machine.</summary>
    public bool IsUserCommand => Kind == RequestKind.Command && CommandKind == CommandKind.User;

    public void Answer(in ClientResponse response, ReadOnlyMemory<byte> proof = default) => _connection.Send(response, proof);

    public void Answer(ResponseOutcome outcome, uint retryAfterMs = 0) =>
        Answer(new ClientResponse { RequestId = Id, Outcome = outcome, RetryAfterMs = retryAfterMs });

    public void Succeed(ReadOnlySpan<byte> result) => Answer(new ClientResponse { RequestId = Id, Result = result });

    /// <summary>Cuts the connection without a word.</summary>
    public void Drop() => _connection.Drop();

    /// <summary>Sends bytes that are no frame.</summary>
    public void AnswerGarbage() => _connection.SendRaw([0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}
