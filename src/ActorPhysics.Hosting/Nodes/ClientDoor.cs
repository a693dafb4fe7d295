using System.Text;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.Runtime;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Transport;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>Where the requests of clients and of other nodes come in and their answers go out. It routes, checks and bounds; it decides nothing about the history. On the loop.</summary>
internal sealed class ClientDoor : IClientHost, IRequestReplies
{
    /// <summary>Tokens of this source belong to the node itself.</summary>
    public const ulong NodeSource = 0;

    private const uint OverloadedRetryMs = 25;
    private const uint NoLeaderRetryMs = 50;

    private readonly Dictionary<ulong, Asker> _askers = [];
    private readonly NodeOptions _options;
    private readonly IReadOnlyDictionary<GroupId, HostedGroup> _groups;
    private readonly NodeMetrics _metrics;
    private readonly NodeDirectory _directory;
    private ulong _nextAsker = NodeSource + 1;

    public ClientDoor(NodeOptions options, IReadOnlyDictionary<GroupId, HostedGroup> groups, NodeDirectory directory, NodeMetrics metrics)
    {
        _options = options;
        _groups = groups;
        _directory = directory;
        _metrics = metrics;
    }

    /// <summary>Answers status requests; set once the node is whole.</summary>
    public required StatusDesk Status { get; init; }

    /// <summary>Hears how transfers that the node itself asked for ended.</summary>
    public required Action<RequestToken> NodeRequestEnded { get; init; }

    /// <summary>Whether what a client's connection proved allows it to speak for a node.</summary>
    public required Func<Connection, NodeId, bool> Proves { get; init; }

    /// <summary>Takes what is asked of the node itself; set before anybody is heard.</summary>
    public NodeOrders Orders { get; set; } = null!;

    public void ClientConnected(Connection connection, Hello hello, ProtocolVersion version) =>
        connection.Handler = Admit(id => new ClientConnection(id, connection, this));

    /// <summary>Takes somebody in who will ask.</summary>
    /// <param name="make">Makes him, under the id that is his.</param>
    public TAsker Admit<TAsker>(Func<ulong, TAsker> make)
        where TAsker : Asker
    {
        TAsker asker = make(_nextAsker++);
        _askers.Add(asker.Id, asker);
        return asker;
    }

    public void Forget(Asker asker) => _askers.Remove(asker.Id);

    public void Accept(Asker client, in ClientRequest request)
    {
        if (client.Pending >= _options.Limits.MaxPendingRequestsPerConnection)
        {
            Overloaded(client, request.RequestId, "too many requests of this connection are under way");
            return;
        }

        switch (request.Kind)
        {
            case RequestKind.Status:
                AcceptStatus(client, request);
                return;
            case var kind when NodeOrders.AreOfKind(kind):
                Orders.Accept(client, request);
                return;
            default:
                break;
        }

        if (!_groups.TryGetValue(request.Group, out HostedGroup? group))
        {
            Refuse(client, request.RequestId, ResponseOutcome.NoSuchGroup, "no replica of that group lives here");
            return;
        }

        switch (request.Kind)
        {
            case RequestKind.Command:
                AcceptCommand(client, group, request);
                break;
            case RequestKind.Read:
                AcceptRead(client, group, request);
                break;
            case RequestKind.TransferLeadership:
                AcceptTransfer(client, group, request);
                break;
            case RequestKind.ChangeMembership:
                AcceptMembership(client, group, request);
                break;
            default:
                Refuse(client, request.RequestId, ResponseOutcome.BadRequest, "the operation is unknown to this version");
                break;
        }
    }

    public void Applied(RequestToken request, in AppliedCommand outcome, Coordinate frontier, ReadOnlyMemory<byte> proof)
    {
        if (!TryEnd(request, out Asker? client))
        {
            return;
        }

        client.Respond(ResponseOutcomes.Answer(new RequestId(request.Request), outcome, frontier), proof);
    }

    public void Served(
        RequestToken request, QueryOutcome outcome, ReadOnlySpan<byte> answer, ConsistencyLevel level, Coordinate frontier, ulong knownLagEntries, ReadOnlyMemory<byte> proof)
    {
        if (!TryEnd(request, out Asker? client))
        {
            return;
        }

        client.Respond(ResponseOutcomes.Answer(new RequestId(request.Request), outcome, answer, level, frontier, knownLagEntries), proof);
    }

    public void Refused(RequestToken request, Refusal refusal, LeaderHint leader, string? detail)
    {
        _metrics.RequestRefused(refusal);
        if (request.Source == NodeSource)
        {
            NodeRequestEnded(request);
            return;
        }

        if (TryEnd(request, out Asker? client))
        {
            Respond(client, new RequestId(request.Request), refusal, leader, detail);
        }
    }

    public void MembershipChanged(RequestToken request, Coordinate coordinate, GroupConfiguration configuration)
    {
        if (TryEnd(request, out Asker? client))
        {
            client.Respond(new ClientResponse { RequestId = new RequestId(request.Request), Coordinate = coordinate, Frontier = coordinate });
        }
    }

    public void TransferCompleted(RequestToken request, LeaderHint leader)
    {
        if (request.Source == NodeSource)
        {
            NodeRequestEnded(request);
        }
        else if (TryEnd(request, out Asker? client))
        {
            client.Respond(new ClientResponse { RequestId = new RequestId(request.Request), LeaderNode = leader.Node, LeaderAddress = AddressOf(leader.Node), LeaderEpoch = leader.Epoch });
        }
    }

    private void AcceptCommand(Asker client, HostedGroup group, in ClientRequest request)
    {
        if (request.Operation.Length > _options.Limits.MaxCommandBytes)
        {
            Refuse(client, request.RequestId, ResponseOutcome.TooLarge, $"a command may have {_options.Limits.MaxCommandBytes} bytes");
            return;
        }

        // What enters the log must be readable by every replica, so it is read here first.
        if (!CommandView.TryRead(request.Operation, out CommandView command, out string? refusal) || !Enum.IsDefined(command.Kind))
        {
            Refuse(client, request.RequestId, ResponseOutcome.BadRequest, refusal ?? "the kind of command is unknown to this version");
            return;
        }

        if (command.Kind is CommandKind.HandOut or CommandKind.TakeIn or CommandKind.Release && client.Node == default)
        {
            // Keys change their group by the config group's word only, which comes from a node.
            Refuse(client, request.RequestId, ResponseOutcome.NotAuthorized, "only nodes order handoffs");
            return;
        }

        Begin(client, group, request.RequestId, group.Actor.TryOfferCommand(new RequestToken(client.Id, request.RequestId.Value), request.Operation));
    }

    private void AcceptRead(Asker client, HostedGroup group, in ClientRequest request)
    {
        if (!ReadOperation.TryRead(request.Operation, out ReadOperation read))
        {
            Refuse(client, request.RequestId, ResponseOutcome.BadRequest, "the read is malformed");
            return;
        }

        ReadLevel? level = read.Level switch
        {
            ConsistencyLevel.StrongRead => ReadLevel.Strong,
            ConsistencyLevel.LeaseRead => ReadLevel.Lease,
            ConsistencyLevel.FollowerRead => ReadLevel.Follower,
            _ => null,
        };
        if (level is null)
        {
            Refuse(client, request.RequestId, ResponseOutcome.BadRequest, $"this version does not serve reads of level {read.Level}");
            return;
        }

        KeyRange scope = default;
        if (!read.Scope.IsEmpty && !KeyScopeCodec.TryDecode(read.Scope, out scope))
        {
            Refuse(client, request.RequestId, ResponseOutcome.BadRequest, "the range that the read names is malformed");
            return;
        }

        var token = new RequestToken(client.Id, request.RequestId.Value);
        KeyRange? named = read.Scope.IsEmpty ? null : scope;
        Begin(client, group, request.RequestId, group.Actor.TryOfferRead(token, read.Query, level.Value, read.Level, named));
    }

    private void AcceptTransfer(Asker client, HostedGroup group, in ClientRequest request)
    {
        if (!TransferOperation.TryRead(request.Operation, out TransferOperation transfer))
        {
            Refuse(client, request.RequestId, ResponseOutcome.BadRequest, "the transfer names no node");
            return;
        }

        // Inside, no node means any: a stranger must not pass for that. Who is a stranger only the leader knows for sure.
        if (!group.Configuration.Members.Any(member => member.Node == transfer.Target))
        {
            if (group.Actor.Role == LineRole.Leader)
            {
                Refuse(client, request.RequestId, ResponseOutcome.BadRequest, $"{transfer.Target} holds no replica of the group");
            }
            else
            {
                var leader = new LeaderHint(group.Actor.LeaderNode, group.Actor.Epoch);
                Respond(client, request.RequestId, leader.Node == default ? Refusal.Unavailable : Refusal.NotLeader, leader, exactly: null);
            }

            return;
        }

        var mail = new TransferMail(new RequestToken(client.Id, request.RequestId.Value), transfer.Target);
        Begin(client, group, request.RequestId, group.Actor.TryTell(mail, MailClass.Request));
    }

    private void AcceptMembership(Asker client, HostedGroup group, in ClientRequest request)
    {
        if (!ChangeMembershipOperation.TryRead(request.Operation, out ChangeMembershipOperation? change))
        {
            Refuse(client, request.RequestId, ResponseOutcome.BadRequest, "the change is malformed, or names roles or quorums unknown to this version");
            return;
        }

        // A replica on a node that nobody can reach would never be heard of.
        foreach (Member member in change.Target.Members)
        {
            if (!_directory.Knows(member.Node))
            {
                Refuse(client, request.RequestId, ResponseOutcome.BadRequest, $"{member.Node} is no node of the cluster that {_options.OwnNode.Name} knows");
                return;
            }
        }

        var mail = new MembershipMail(new RequestToken(client.Id, request.RequestId.Value), change.Expected, change.Target);
        Begin(client, group, request.RequestId, group.Actor.TryTell(mail, MailClass.Request));
    }

    private void AcceptStatus(Asker client, in ClientRequest request)
    {
        if (!StatusOperation.TryRead(request.Operation, out StatusOperation operation))
        {
            Refuse(client, request.RequestId, ResponseOutcome.BadRequest, "the status request is malformed");
            return;
        }

        client.Pending++;
        ulong id = client.Id;
        RequestId requestId = request.RequestId;
        Status.Answer(request.Group, operation.WithStateHash, encoded =>
        {
            if (TryEnd(new RequestToken(id, requestId.Value), out Asker? asker))
            {
                asker.Respond(new ClientResponse { RequestId = requestId, Result = encoded.Span });
            }
        });
    }

    private void Begin(Asker client, HostedGroup group, RequestId request, bool taken)
    {
        if (taken)
        {
            client.Pending++;
        }
        else if (group.Actor.IsStopped)
        {
            Refuse(client, request, ResponseOutcome.Unavailable, group.StoppedBecause ?? "the replica is stopped");
        }
        else
        {
            Overloaded(client, request, "the replica has too much to do");
        }
    }

    internal void Respond(Asker client, RequestId request, Refusal refusal, LeaderHint leader, string? exactly)
    {
        (uint retryAfterMs, string detail) = refusal switch
        {
            Refusal.NotLeader => (leader.Node == default ? NoLeaderRetryMs : 0, "this replica does not lead"),
            Refusal.Overloaded => (OverloadedRetryMs, "too much is uncommitted"),
            Refusal.OutcomeUnknown => (NoLeaderRetryMs, "the leader was deposed before the command was committed; it may commit still"),
            Refusal.NoLease => (NoLeaderRetryMs, "the leader holds no lease"),
            Refusal.TransferFailed => (0u, "leadership was not handed over: the target is no voter, or it did not take over in time"),
            Refusal.ConfigurationConflict => (0u, exactly ?? "the group's configuration is another one"),
            Refusal.BadMembership => (0u, exactly ?? "the group cannot be configured like that"),
            _ => (NoLeaderRetryMs, exactly ?? "leadership could not be confirmed, or the replica is not in service"),
        };
        client.Respond(new ClientResponse
        {
            RequestId = request,
            Outcome = ResponseOutcomes.Of(refusal),
            RetryAfterMs = retryAfterMs,
            LeaderNode = leader.Node,
            LeaderAddress = AddressOf(leader.Node),
            LeaderEpoch = leader.Epoch,
            Detail = Encoding.UTF8.GetBytes(detail),
        });
    }

    private void Overloaded(Asker client, RequestId request, string detail)
    {
        _metrics.RequestRefused(Refusal.Overloaded);
        client.Respond(new ClientResponse
        {
            RequestId = request,
            Outcome = ResponseOutcome.Overloaded,
            RetryAfterMs = OverloadedRetryMs,
            Detail = Encoding.UTF8.GetBytes(detail),
        });
    }

    /// <summary>An answer that consists of its outcome.</summary>
    internal static void Refuse(Asker client, RequestId request, ResponseOutcome outcome, string detail) =>
        client.Respond(new ClientResponse { RequestId = request, Outcome = outcome, Detail = Encoding.UTF8.GetBytes(detail) });

    internal bool TryEnd(RequestToken request, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Asker? client)
    {
        bool known = _askers.TryGetValue(request.Source, out client);
        if (known)
        {
            client!.Pending--;
        }

        return known;
    }

    private ReadOnlySpan<byte> AddressOf(NodeId node) => _directory.AddressOf(node);
}
