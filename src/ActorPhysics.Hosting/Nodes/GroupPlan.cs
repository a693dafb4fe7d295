using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>A node cannot start as configured. The message is one sentence for the operator.</summary>
public sealed class NodeStartException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>What a group is in the protocol's terms. Every node derives the same from the same settings.</summary>
public static class GroupPlan
{
    /// <summary>The cluster's number in handshakes, derived from its name.</summary>
    public static ClusterId ClusterOf(ClusterSettings cluster) => new(NumberOf($"cluster:{cluster.Id}"));

    /// <summary>The founding configuration of a group: each member node holds the replica of its own number.</summary>
    /// <exception cref="NodeStartException">Its quorums do not intersect, or its parts contradict each other; the message has the counterexample.</exception>
    public static GroupConfiguration FoundingOf(NodeOptions options, GroupSettings group)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(group);
        ImmutableArray<Member> members = [.. options.MembersOf(group).Select(node => new Member(ReplicaOn(node), node, MemberRole.Voter))];
        FailureModel model = group.ToFailureModel();
        QuorumRule rule = group.Quorum.ToRule(members.Select(member => member.Node), ReplicaOn);
        if (QuorumSystem.TryCreate(rule, model, out QuorumRefusal? refusal) is not { } quorums)
        {
            throw new NodeStartException($"group '{group.Name}' cannot have such quorums: {refusal!.Explanation}");
        }

        var incarnation = new GroupIncarnation(NumberOf($"group:{options.Cluster.Id}/{group.Id.Value}/{group.Name}"));
        return GroupConfiguration.TryCreate(group.Id, incarnation, ConfigEpoch.Founding, members, quorums, model, out string? complaint)
            ?? throw new NodeStartException($"group '{group.Name}' cannot be founded: {complaint}");
    }

    /// <summary>The replica of the founding that lives on a node. Replicas that come later have higher ids than all of these.</summary>
    public static ReplicaId ReplicaOn(NodeId node) => new(node.Value);

    internal static ReplicaSettings SettingsOf(NodeOptions options, GroupOrigin group, StateMachineRegistry machines, ReplicaId self)
    {
        if (!machines.TryGet(group.Machine, out StateMachineDefinition? machine))
        {
            throw new NodeStartException(
                $"group '{group.Name}' wants the state machine '{group.Machine}', which is not registered; registered are: {string.Join(", ", machines.Names)}");
        }

        KeysAtBirth? keys = group.Charter?.Keys;
        if (keys is not null && machine.ComplaintAbout(keys) is { } complaint)
        {
            throw new NodeStartException($"group '{group.Name}' cannot be hosted: {complaint}");
        }

        ProtocolSettings protocol = options.Protocol;
        var sessions = new SessionLimits
        {
            MaxSessions = protocol.Session.MaxSessions,
            WindowCommands = protocol.Session.Window,
            IdleTimeoutMs = (ulong)protocol.Session.Timeout.TotalMilliseconds,
            MaxRetainedBytesPerSession = protocol.Session.MaxRetainedBytesPerSession,
            MaxRetainedBytes = protocol.Session.MaxRetainedBytes,
            MaxResultBytes = options.Limits.MaxResultBytes,
        };
        var intake = new IntakeBounds(options.Limits.MaxWaitingRequests, protocol.MaxBatchBytes, protocol.MaxBatchCommands);
        return new ReplicaSettings(self, machine, sessions, LineOptionsOf(options), intake, options.Snapshots.Keep, keys);
    }

    internal static LineOptions LineOptionsOf(NodeOptions options)
    {
        ProtocolSettings protocol = options.Protocol;
        var line = new LineOptions
        {
            HeartbeatInterval = protocol.HeartbeatInterval,
            ElectionTimeoutMinimum = protocol.ElectionTimeout.Min,
            ElectionTimeoutMaximum = protocol.ElectionTimeout.Max,
            LeaseDuration = protocol.Lease.Duration,
            LeaseReads = protocol.Lease.Enabled,
            ClockDrift = protocol.Lease.MaxClockDrift,
            AlignsHeartbeats = true,
            QuiesceAfter = protocol.Quiescence.Enabled ? protocol.Quiescence.After : null,
            WakeSpread = protocol.Quiescence.WakeSpreadPerGroup * options.Groups.Length,
            MaximumBatchBytes = Math.Min(protocol.MaxAppendBytes, options.Transport.MaxFrameBytes / 2),
            MaximumBatchEntries = protocol.MaxAppendEntries,
            MaximumInFlightBatches = protocol.MaxInflightAppends,
            MaximumInFlightBytes = protocol.MaxInflightBytes,
            MaximumUncommittedBytes = protocol.MaxUncommittedBytes,
            MaximumApplyEntries = protocol.MaxApplyEntries,
            SnapshotEveryBytes = options.Snapshots.EveryLogBytes,
            SnapshotEveryEntries = options.Snapshots.EveryEntries ?? long.MaxValue,
            SnapshotChunkBytes = Math.Min(options.Snapshots.ChunkBytes, options.Transport.MaxFrameBytes / 2),
        };
        return line.Validate() is { } wrong ? throw new NodeStartException($"the protocol cannot run as configured: {wrong}") : line;
    }

    private static ulong NumberOf(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash) | 1;
    }
}
