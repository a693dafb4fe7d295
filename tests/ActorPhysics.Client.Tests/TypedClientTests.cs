using System.Text;
using System.Text.Json;
using ActorPhysics.Client.Tests.Fakes;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Machines;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client.Tests;

public class TypedClientTests
{
    [Fact]
    public async Task Users_types_travel_as_JSON()
    {
        await using var cluster = new FakeCluster();
        cluster.Intercept = call =>
        {
            if (call.IsUserCommand)
            {
                Deposit deposit = JsonSerializer.Deserialize<Deposit>(call.Payload, JsonPayload.Strict)!;
                call.Answer(new ClientResponse { RequestId = call.Id, Result = Encoding.UTF8.GetBytes($$"""{"account":"{{deposit.Account}}","amount":{{deposit.Amount + 1}}}""") });
                return true;
            }

            return call.Kind == RequestKind.Read && WriteTests.Answered(() => call.Succeed("12"u8));
        };
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var machine = new MachineClient<Deposit, Deposit, string, int>(client, FakeCluster.Group);

        Assert.Equal(new Deposit("ann", 8), (await machine.ApplyAsync(new Deposit("ann", 7)).Soon()).Result);
        Assert.Equal(12, (await machine.QueryAsync("ann").Soon()).Result);
    }

    [Fact]
    public async Task Key_value_operations_reach_the_machine_as_it_reads_them()
    {
        await using var cluster = new FakeCluster();
        var seen = new List<KvOperation>();
        cluster.Intercept = call =>
        {
            if (!call.IsUserCommand && call.Kind != RequestKind.Read)
            {
                return false;
            }

            Assert.True(KvRequest.TryRead(call.Payload, out KvRequest request, out string? refusal), refusal);
            seen.Add(request.Operation);
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            KvResults.Write(output, KvOutcome.Found, default, request.Key);
            call.Succeed(output.WrittenSpan);
            return true;
        };
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var kv = new KvClient(client, FakeCluster.Group);

        await kv.PutAsync("k", new byte[1]).Soon();
        await kv.PutIfAbsentAsync("k", new byte[1]).Soon();
        await kv.DeleteAsync("k").Soon();
        await kv.CompareAndSetAsync("k", new byte[1], new byte[2]).Soon();
        await kv.CompareAndSetAsync("k", null, new byte[2]).Soon();
        Reply<KvResult> found = await kv.GetAsync("k", ReadLevel.Lease).Soon();
        await kv.RangeAsync("a", "b", "a", 5).Soon();

        Assert.Equal("k"u8.ToArray(), found.Result.Value!.Value.ToArray());
        Assert.Equal(
            [
                KvOperation.Put, KvOperation.Put, KvOperation.Delete, KvOperation.CompareAndSet, KvOperation.CompareAndSet, KvOperation.Get, KvOperation.Range,
            ],
            seen);
        await Assert.ThrowsAsync<ArgumentException>(async () => await kv.PutAsync(string.Empty, new byte[1]));
    }

    [Fact]
    public async Task Register_operations_reach_the_machine_as_it_reads_them()
    {
        await using var cluster = new FakeCluster();
        var seen = new List<(RegisterOperation, bool)>();
        cluster.Intercept = call =>
        {
            if (!call.IsUserCommand && call.Kind != RequestKind.Read)
            {
                return false;
            }

            Assert.True(RegisterRequest.TryRead(call.Payload, out RegisterRequest request, out string? refusal), refusal);
            seen.Add((request.Operation, request.ExpectsValue));
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            RegisterResult.Write(output, RegisterOutcome.Stored, default);
            call.Succeed(output.WrittenSpan);
            return true;
        };
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var register = new RegisterClient(client, FakeCluster.Group);

        await register.WriteAsync(new byte[1]).Soon();
        await register.CompareAndSetAsync(new byte[1], new byte[2]).Soon();
        await register.CompareAndSetAsync(null, new byte[2]).Soon();
        Assert.Equal(RegisterOutcome.Stored, (await register.ReadAsync().Soon()).Result.Outcome);

        Assert.Equal(
            [
                (RegisterOperation.Write, false), (RegisterOperation.CompareAndSet, true), (RegisterOperation.CompareAndSet, false), (RegisterOperation.Read, false),
            ],
            seen);
    }

    [Fact]
    public async Task Result_of_another_type_is_no_failed_command()
    {
        await using var cluster = new FakeCluster();
        await using ActorPhysicsClient client = await cluster.ConnectAsync();
        var machine = new MachineClient<string, int, string, int>(client, FakeCluster.Group);

        var failure = await Assert.ThrowsAsync<ReplyUnreadableException>(() => machine.ApplyAsync("a").Soon());

        Assert.True(failure.MayHaveTakenEffect);
        Assert.NotEqual(default, failure.Coordinate);
    }

    [Fact]
    [Trait("Seed", "3.2")]
    public async Task Certificate_of_a_reply_is_proven_by_the_client_itself()
    {
        QuorumSystem quorums = QuorumSystem.Majority(new ReplicaId(1), new ReplicaId(2), new ReplicaId(3));
        GroupConfiguration configuration = GroupConfiguration.Create(
            FakeCluster.Group,
            new GroupIncarnation(1),
            ConfigEpoch.Founding,
            [.. quorums.Members.Select(replica => new Member(replica, new NodeId(replica.Value), MemberRole.Voter))],
            quorums,
            CrashRecovery.Instance);
        var frontier = new LogPosition(new LeaderEpoch(1), new LogIndex(9));
        CommitEvidence evidence = CommitEvidence.Gather(configuration, frontier, new ReplicaId(1), [frontier.Index, frontier.Index, LogIndex.Zero]);
        ReadOnlyMemory<byte> proof = ProofCodec.Encode(
            CommitCertificate.TryProve(evidence, configuration)!, EpochRuns.Empty.With(new LogPosition(frontier.Epoch, new LogIndex(2))));
        await using var cluster = new FakeCluster();
        cluster.Intercept = call => call.IsUserCommand && WriteTests.Answered(() => call.Answer(
            new ClientResponse { RequestId = call.Id, Coordinate = new Coordinate(FakeCluster.Group, new ConfigEpoch(1), frontier.Epoch, new LogIndex(7)) }, proof));
        await using ActorPhysicsClient client = await cluster.ConnectAsync();

        Reply<ReadOnlyMemory<byte>> reply = await client.WriteText("a").Soon();

        Assert.Equal(frontier, Assert.IsType<CommitCertificate>(reply.TryProve(configuration)).Frontier);
        Assert.True(reply.ProvesItsCommit(configuration));
        Assert.False((reply with { Coordinate = reply.Coordinate with { Index = new LogIndex(10) } }).ProvesItsCommit(configuration));
        Assert.False((reply with { Coordinate = reply.Coordinate with { LeaderEpoch = new LeaderEpoch(2) } }).ProvesItsCommit(configuration));
    }

    private sealed record Deposit(string Account, int Amount);
}
