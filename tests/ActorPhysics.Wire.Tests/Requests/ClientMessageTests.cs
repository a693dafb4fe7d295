using System.Collections.Immutable;
using System.Text;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Requests;
using Google.Protobuf;

namespace ActorPhysics.Wire.Tests.Requests;

/// <summary>Our encoders and protoc's agree byte for byte, and read each other.</summary>
public class ClientMessageTests
{
    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 200).Select(i => (ulong)i)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Requests_are_the_bytes_that_generated_code_writes(ulong seed)
    {
        var values = new RandomValues(seed);
        byte[] query = values.Bytes(300);
        var read = new ReadOperation { Query = query, Level = (ConsistencyLevel)values.Below(7), MaxLagEntries = values.Number(), MaxLagMs = values.Number32() };
        byte[] operation = ProtoEncoding.ToArray<ReadOperation.Encoder, ReadOperation>(read);
        var request = new ClientRequest
        {
            RequestId = new RequestId(values.Number()),
            Group = new GroupId(values.Number()),
            PatienceMs = values.Number32(),
            Kind = RequestKind.Read,
            Operation = operation,
        };
        var generated = new Protos.ClientRequest
        {
            RequestId = request.RequestId.Value,
            Group = request.Group.Value,
            PatienceMs = request.PatienceMs,
            Read = new Protos.Read
            {
                Query = ByteString.CopyFrom(query),
                Level = (Protos.Consistency)read.Level,
                MaxLagEntries = read.MaxLagEntries,
                MaxLagMs = read.MaxLagMs,
            },
        };

        byte[] bytes = ProtoEncoding.ToArray<ClientRequest.Encoder, ClientRequest>(request);
        Assert.Equal(generated.ToByteArray(), bytes);

        Assert.True(ClientRequest.TryRead(bytes, out ClientRequest back));
        Assert.Equal(request.RequestId, back.RequestId);
        Assert.Equal(request.Group, back.Group);
        Assert.Equal(request.PatienceMs, back.PatienceMs);
        Assert.Equal(RequestKind.Read, back.Kind);
        Assert.Equal(operation, back.Operation.ToArray());
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Responses_are_the_bytes_that_generated_code_writes_and_survive(ulong seed)
    {
        var values = new RandomValues(seed);
        byte[] result = values.Bytes(300);
        byte[] address = Encoding.UTF8.GetBytes("localhost:" + values.Below(65536));
        byte[] detail = Encoding.UTF8.GetBytes(new string('é', (int)values.Below(50)));
        var response = new ClientResponse
        {
            RequestId = new RequestId(values.Number()),
            Outcome = (ResponseOutcome)values.Below(15),
            Result = result,
            Coordinate = values.Coordinate(),
            Ordinal = new EntryOrdinal(values.Number32()),
            Frontier = values.Coordinate(),
            Level = (ConsistencyLevel)values.Below(7),
            Proof = new ProofReference(values.Number32()),
            LeaderNode = new NodeId(values.Number() | 1),
            LeaderAddress = address,
            LeaderEpoch = new LeaderEpoch(values.Number()),
            RetryAfterMs = values.Number32(),
            Detail = detail,
            KnownLagEntries = values.Number(),
        };
        var generated = new Protos.ClientResponse
        {
            RequestId = response.RequestId.Value,
            Outcome = (Protos.ClientResponse.Types.Outcome)response.Outcome,
            Result = ByteString.CopyFrom(result),
            Coordinate = Message(response.Coordinate),
            Ordinal = response.Ordinal.Value,
            Frontier = Message(response.Frontier),
            Level = (Protos.Consistency)response.Level,
            Proof = response.Proof.Value,
            Leader = new Protos.LeaderHint { Node = response.LeaderNode.Value, Address = Encoding.UTF8.GetString(address), LeaderEpoch = response.LeaderEpoch.Value },
            RetryAfterMs = response.RetryAfterMs,
            Detail = Encoding.UTF8.GetString(detail),
            KnownLagEntries = response.KnownLagEntries,
        };

        byte[] bytes = ProtoEncoding.ToArray<ClientResponse.Encoder, ClientResponse>(response);
        Assert.Equal(generated.ToByteArray(), bytes);

        Assert.True(ClientResponse.TryRead(bytes, out ClientResponse back));
        Assert.Equal(bytes, ProtoEncoding.ToArray<ClientResponse.Encoder, ClientResponse>(back));
        Assert.Equal(response.Coordinate, back.Coordinate);
        Assert.Equal(response.Frontier, back.Frontier);
        Assert.Equal(address, back.LeaderAddress.ToArray());
    }

    [Fact]
    public void Default_response_is_empty_as_generated_code_has_it()
    {
        Assert.Empty(ProtoEncoding.ToArray<ClientResponse.Encoder, ClientResponse>(default));
        Assert.Empty(new Protos.ClientResponse().ToByteArray());
    }

    [Fact]
    public void Numbers_of_our_enums_are_those_of_the_schema()
    {
        AssertSame<ResponseOutcome, Protos.ClientResponse.Types.Outcome>();
        AssertSame<ConsistencyLevel, Protos.Consistency>();
        AssertSame<ReplicaRole, Protos.ReplicaStatus.Types.Role>();
        AssertSame<ActorPhysics.Wire.Handshake.GoodbyeReason, Protos.Goodbye.Types.Reason>();
        foreach (RequestKind kind in Enum.GetValues<RequestKind>().Where(kind => kind != RequestKind.Unknown))
        {
            Assert.Equal(kind.ToString(), ((Protos.ClientRequest.OperationOneofCase)kind).ToString());
        }
    }

    [Fact]
    [Trait("Pitfall", "68")]
    public void Operation_of_a_newer_version_reads_as_unknown_and_does_not_break_its_neighbours()
    {
        byte[] newer = [0x08, 0x07, 0xFA, 0x01, 0x02, 0x01, 0x02];
        Assert.True(ClientRequest.TryRead(newer, out ClientRequest request));
        Assert.Equal(new RequestId(7), request.RequestId);
        Assert.Equal(RequestKind.Unknown, request.Kind);
    }

    [Fact]
    public void Reads_without_a_read_level_or_without_a_bound_are_refused()
    {
        Assert.False(Accepts(new ReadOperation()));
        Assert.False(Accepts(new ReadOperation { Level = ConsistencyLevel.StrongWrite }));
        Assert.False(Accepts(new ReadOperation { Level = (ConsistencyLevel)99 }));
        Assert.False(Accepts(new ReadOperation { Level = ConsistencyLevel.BoundedStaleness }));
        Assert.True(Accepts(new ReadOperation { Level = ConsistencyLevel.BoundedStaleness, MaxLagMs = 5 }));
        Assert.True(Accepts(new ReadOperation { Level = ConsistencyLevel.StrongRead }));
    }

    [Fact]
    public void Small_operations_agree_with_generated_code()
    {
        byte[] transfer = ProtoEncoding.ToArray<TransferOperation.Encoder, TransferOperation>(new TransferOperation(new NodeId(300)));
        Assert.Equal(new Protos.TransferLeadership { TargetNode = 300 }.ToByteArray(), transfer);
        Assert.True(TransferOperation.TryRead(transfer, out TransferOperation target));
        Assert.Equal(new NodeId(300), target.Target);
        Assert.False(TransferOperation.TryRead([], out _));

        byte[] status = ProtoEncoding.ToArray<StatusOperation.Encoder, StatusOperation>(new StatusOperation(true));
        Assert.Equal(new Protos.Status { WithStateHash = true }.ToByteArray(), status);
        Assert.True(StatusOperation.TryRead(status, out StatusOperation asked));
        Assert.True(asked.WithStateHash);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    [Trait("Seed", "5.1")]
    public void Membership_changes_agree_with_generated_code_and_survive(ulong seed)
    {
        var values = new RandomValues(seed);
        MembershipTarget target = SomeTarget(values);
        var change = new ChangeMembershipOperation(new ConfigEpoch(values.Number() | 1), target);

        byte[] bytes = ProtoEncoding.ToArray<ChangeMembershipOperation.Encoder, ChangeMembershipOperation>(change);

        Protos.ChangeMembership generated = Protos.ChangeMembership.Parser.ParseFrom(bytes);
        Assert.Equal(generated.ToByteArray(), bytes);
        Assert.True(ChangeMembershipOperation.TryRead(bytes, out ChangeMembershipOperation? back));
        Assert.Equal(change, back);
    }

    [Fact]
    public void Membership_changes_that_name_no_epoch_no_target_or_an_unknown_role_are_refused()
    {
        var target = new Protos.MembershipTarget { Quorums = new Protos.QuorumRule { Majority = new() { Replicas = { 1 } } } };
        target.Members.Add(new Protos.GroupConfiguration.Types.Member { Replica = 1, Node = 1 });
        var sound = new Protos.ChangeMembership { ExpectedConfigEpoch = 3, Target = target };
        Assert.True(ChangeMembershipOperation.TryRead(sound.ToByteArray(), out _));

        Assert.False(ChangeMembershipOperation.TryRead([], out _));
        Assert.False(ChangeMembershipOperation.TryRead(new Protos.ChangeMembership { ExpectedConfigEpoch = 3 }.ToByteArray(), out _));
        Assert.False(ChangeMembershipOperation.TryRead(new Protos.ChangeMembership { Target = target }.ToByteArray(), out _));
        target.Members[0].Role = (Protos.GroupConfiguration.Types.Member.Types.Role)9;
        Assert.False(ChangeMembershipOperation.TryRead(sound.ToByteArray(), out _));
    }

    [Fact]
    public void Orders_to_a_node_agree_with_generated_code()
    {
        byte[] host = ProtoEncoding.ToArray<HostReplicaOperation.Encoder, HostReplicaOperation>(new HostReplicaOperation(new ReplicaId(300)));
        Assert.Equal(new Protos.HostReplica { Replica = 300 }.ToByteArray(), host);
        Assert.True(HostReplicaOperation.TryRead(host, out HostReplicaOperation hosted, out _));
        Assert.Equal(new ReplicaId(300), hosted.Replica);
        Assert.False(HostReplicaOperation.TryRead([], out _, out _));

        byte[] discard = ProtoEncoding.ToArray<DiscardReplicaOperation.Encoder, DiscardReplicaOperation>(new DiscardReplicaOperation(new ReplicaId(5)));
        Assert.Equal(new Protos.DiscardReplica { Replica = 5 }.ToByteArray(), discard);
        Assert.True(DiscardReplicaOperation.TryRead(discard, out DiscardReplicaOperation discarded));
        Assert.Equal(new ReplicaId(5), discarded.Replica);
        Assert.False(DiscardReplicaOperation.TryRead([], out _));
    }

    [Fact]
    public void Random_bytes_and_damaged_messages_never_throw()
    {
        var values = new RandomValues(11);
        byte[] sound = ProtoEncoding.ToArray<ClientResponse.Encoder, ClientResponse>(
            new ClientResponse { RequestId = new RequestId(9), Coordinate = values.Coordinate(), LeaderNode = new NodeId(4), Detail = new byte[20] });
        byte[] change = ProtoEncoding.ToArray<ChangeMembershipOperation.Encoder, ChangeMembershipOperation>(
            new ChangeMembershipOperation(new ConfigEpoch(4), SomeTarget(values)));
        for (int round = 0; round < 50_000; round++)
        {
            byte[] bytes = round % 2 == 0 ? values.Bytes(40) : [.. sound];
            if (round % 2 == 1)
            {
                bytes[values.Below((ulong)bytes.Length)] ^= (byte)(1 << (int)values.Below(8));
            }

            ClientRequest.TryRead(bytes, out _);
            ClientResponse.TryRead(bytes, out _);
            ReadOperation.TryRead(bytes, out _);
            TransferOperation.TryRead(bytes, out _);
            StatusOperation.TryRead(bytes, out _);
            HostReplicaOperation.TryRead(bytes, out _, out _);
            RetireGroupOperation.TryRead(bytes, out _);
            DiscardReplicaOperation.TryRead(bytes, out _);
            ChangeMembershipOperation.TryRead(round % 3 == 0 ? bytes : Flipped(change, values), out _);
            NodeStatus.TryRead(bytes, out _);
        }
    }

    private static MembershipTarget SomeTarget(RandomValues values)
    {
        ImmutableArray<Member> members =
            [.. Fabricator.Voters((int)values.Below(7) + 1).Select(replica => new Member(replica, new NodeId(values.Number() | 1), (MemberRole)values.Below(3)))];
        ImmutableArray<ReplicaId> voters = [.. members.Select(member => member.Replica)];
        return new MembershipTarget(members, values.Below(4) switch
        {
            0 => new MajorityRule(voters),
            1 => new FlexibleRule(voters, (int)values.Below(8), (int)values.Below(8)),
            2 => new WeightedRule([.. voters.Select(voter => new WeightedVoter(voter, (int)values.Below(256)))], (int)values.Below(500), (int)values.Below(500)),
            _ => new FailureDomainRule([.. voters.Select(voter => new PlacedVoter(voter, new FailureDomainId(values.Below(4))))], values.Coin() ? null : 2, 3),
        });
    }

    private static byte[] Flipped(byte[] sound, RandomValues values)
    {
        byte[] bytes = [.. sound];
        bytes[values.Below((ulong)bytes.Length)] ^= (byte)(1 << (int)values.Below(8));
        return bytes;
    }

    private static bool Accepts(ReadOperation read) =>
        ReadOperation.TryRead(ProtoEncoding.ToArray<ReadOperation.Encoder, ReadOperation>(read), out _);

    private static Protos.EntryCoordinate Message(Coordinate coordinate) => new()
    {
        Group = coordinate.Group.Value,
        ConfigEpoch = coordinate.ConfigEpoch.Value,
        LeaderEpoch = coordinate.LeaderEpoch.Value,
        Index = coordinate.Index.Value,
    };

    private static void AssertSame<TOurs, TGenerated>()
        where TOurs : struct, Enum
        where TGenerated : struct, Enum =>
        Assert.Equal(
            Enum.GetValues<TOurs>().ToDictionary(v => Convert.ToInt32(v, null), v => v.ToString()).Where(p => p.Key != 0),
            Enum.GetValues<TGenerated>().ToDictionary(v => Convert.ToInt32(v, null), v => v.ToString()).Where(p => p.Key != 0));
}
