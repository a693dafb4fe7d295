using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Handshake;
using ActorPhysics.Wire.Protobuf;
using ActorPhysics.Wire.Space;
using Google.Protobuf;

namespace ActorPhysics.Wire.Requests;

/// <summary>What a node reports of itself and its groups.</summary>
public sealed record NodeStatus(NodeId Node, ClusterId Cluster, ProcessRun Run, string Software, ImmutableArray<GroupStatus> Groups)
{
    /// <summary>All nodes of the cluster as this one is configured; empty when it does not say.</summary>
    public ImmutableArray<ClusterNodeStatus> Nodes { get; init; } = [];

    /// <summary>The group that knows the cluster's spaces; <c>default</c> when there is none.</summary>
    public GroupId ConfigGroup { get; init; }

    /// <summary>How many of the replicas that the node had when it started have begun, and how many those are; the node starts a few at a time.</summary>
    public int GroupsStarted { get; init; }
    public int GroupsToStart { get; init; }

    /// <summary>How many of the node's replicas take part in the silence of a group that nobody asks anything.</summary>
    public int GroupsSilent { get; init; }

    /// <summary>Appends the status as a response's result.</summary>
    public void WriteTo(IBufferWriter<byte> output) => MessageExtensions.WriteTo(StatusMapping.ToMessage(this), output);

    /// <summary>Reads a response's result; false when it is not a well-formed status.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out NodeStatus? status)
    {
        status = GeneratedMessages.TryParse(Protos.NodeStatus.Parser, bytes, out Protos.NodeStatus? message)
            ? StatusMapping.FromMessage(message)
            : null;
        return status is not null;
    }
}

/// <summary>A node of the cluster.</summary>
/// <param name="Address">Where it is reached, as <c>host:port</c>.</param>
public readonly record struct ClusterNodeStatus(NodeId Node, string Name, string Address);

/// <summary>What a node knows of one group.</summary>
/// <param name="LeaderReplica"><see cref="ReplicaId.None"/> while no leader is known.</param>
/// <param name="LeaderAddress">Where clients reach the leader's node, as <c>host:port</c>; empty when not known.</param>
/// <param name="Replicas">
/// The node's own replica, on a leader what it knows of its peers, and what the node keeps of replicas that retired here.
/// </param>
public sealed record GroupStatus(
    GroupId Group,
    GroupIncarnation Incarnation,
    string Name,
    ConfigEpoch ConfigEpoch,
    LeaderEpoch LeaderEpoch,
    ReplicaId LeaderReplica,
    NodeId LeaderNode,
    string LeaderAddress,
    ImmutableArray<ReplicaStatus> Replicas)
{
    /// <summary>The configuration in force, by which certificates can be proven again; null when the node does not say, or it cannot be.</summary>
    public GroupConfiguration? Configuration { get; init; }

    /// <summary>Whether <see cref="Configuration"/> is on the trunk as far as this node knows; before, its entry may still be pruned.</summary>
    public bool IsConfigurationCommitted { get; init; }

    /// <summary>How far a membership change has come; null without a configuration.</summary>
    public MembershipStage? Stage => Configuration?.Stage;

    /// <summary>No replica above this one ever lived on this node, so none at or below may come to it.</summary>
    public ReplicaId HighestReplicaHere { get; init; }

    /// <summary>What the group owns of its space, as the node's own replica has applied it; null for a group outside of any space.</summary>
    public KeyOwnership? Ownership { get; init; }

    /// <summary>Of the newest snapshot and the entries kept, on this node: what a new replica is sent, at most.</summary>
    public ulong SizeBytes { get; init; }
}

/// <summary>What is known of one replica: its role and its frontiers E, D, A, C, T, S (seed §2.5).</summary>
/// <param name="IsLocal">Whether the node reports its own replica; others are reported as the leader last heard of them.</param>
/// <param name="LagEntries">How far <paramref name="Durable"/> lies behind the leader's append frontier.</param>
/// <param name="StateHash">The applied state's hash, when it was asked for.</param>
/// <param name="StoppedBecause">Why the supervisor stopped the replica, or why it is retired; empty while it takes part.</param>
public sealed record ReplicaStatus(
    ReplicaId Replica,
    NodeId Node,
    ReplicaRole Role,
    bool IsLocal,
    LogIndex Appended,
    LogIndex Durable,
    LogIndex Applied,
    LogIndex Committed,
    LogIndex TrimmedThrough,
    LogIndex StableRead,
    ulong LagEntries,
    AppliedStateHash? StateHash,
    string StoppedBecause)
{
    /// <summary>The epoch of the last entry of the node's own replica; <see cref="LeaderEpoch.None"/> of others, and while there is none.</summary>
    public LeaderEpoch TailEpoch { get; init; }
}

/// <summary>The hash of the state that applying the trunk through <paramref name="At"/> gives; equal on every replica that applied as far.</summary>
public readonly record struct AppliedStateHash(ulong Value, LogIndex At)
{
    public override string ToString() => $"{Value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture)}@{At}";
}

/// <summary>What a replica is at the moment, as reported; numbers as in status.proto.</summary>
public enum ReplicaRole
{
    Unknown = 0,
    Starting = 1,
    Follower = 2,
    PreCandidate = 3,
    Candidate = 4,
    Leader = 5,
    Learner = 6,
    Witness = 7,
    Repairing = 8,
    Retired = 9,
    Stopped = 10,
}

internal static class StatusMapping
{
    public static Protos.NodeStatus ToMessage(NodeStatus status)
    {
        var message = new Protos.NodeStatus
        {
            Node = status.Node.Value,
            Cluster = status.Cluster.Value,
            ProcessRun = status.Run.Value,
            Software = status.Software,
            ConfigGroup = status.ConfigGroup.Value,
            GroupsStarted = (uint)status.GroupsStarted,
            GroupsToStart = (uint)status.GroupsToStart,
            GroupsSilent = (uint)status.GroupsSilent,
        };
        message.Groups.AddRange(status.Groups.Select(ToMessage));
        message.Nodes.AddRange(status.Nodes.Select(node => new Protos.ClusterNode { Node = node.Node.Value, Name = node.Name, Address = node.Address }));
        return message;
    }

    public static NodeStatus FromMessage(Protos.NodeStatus message) => new(
        new NodeId(message.Node),
        new ClusterId(message.Cluster),
        new ProcessRun(message.ProcessRun),
        message.Software,
        [.. message.Groups.Select(FromMessage)])
    {
        Nodes = [.. message.Nodes.Select(node => new ClusterNodeStatus(new NodeId(node.Node), node.Name, node.Address))],
        ConfigGroup = new GroupId(message.ConfigGroup),
        GroupsStarted = (int)Math.Min(message.GroupsStarted, int.MaxValue),
        GroupsToStart = (int)Math.Min(message.GroupsToStart, int.MaxValue),
        GroupsSilent = (int)Math.Min(message.GroupsSilent, int.MaxValue),
    };

    private static Protos.GroupStatus ToMessage(GroupStatus status)
    {
        var message = new Protos.GroupStatus
        {
            Group = status.Group.Value,
            Incarnation = status.Incarnation.Value,
            Name = status.Name,
            ConfigEpoch = status.ConfigEpoch.Value,
            LeaderEpoch = status.LeaderEpoch.Value,
            LeaderReplica = status.LeaderReplica.Value,
            LeaderNode = status.LeaderNode.Value,
            LeaderAddress = status.LeaderAddress,
            Configuration = status.Configuration is { } configuration ? ConfigurationMapping.ToMessage(configuration) : null,
            ConfigurationCommitted = status.IsConfigurationCommitted,
            HighestReplicaHere = status.HighestReplicaHere.Value,
            Ownership = status.Ownership is { } ownership ? HandoffMapping.ToMessage(ownership) : null,
            SizeBytes = status.SizeBytes,
        };
        message.Replicas.AddRange(status.Replicas.Select(ToMessage));
        return message;
    }

    private static GroupStatus FromMessage(Protos.GroupStatus message) => new(
        new GroupId(message.Group),
        new GroupIncarnation(message.Incarnation),
        message.Name,
        new ConfigEpoch(message.ConfigEpoch),
        new LeaderEpoch(message.LeaderEpoch),
        new ReplicaId(message.LeaderReplica),
        new NodeId(message.LeaderNode),
        message.LeaderAddress,
        [.. message.Replicas.Select(FromMessage)])
    {
        Configuration = ConfigurationMapping.TryFromMessage(message.Configuration, out GroupConfiguration? configuration, out _) ? configuration : null,
        IsConfigurationCommitted = message.ConfigurationCommitted,
        HighestReplicaHere = new ReplicaId(message.HighestReplicaHere),
        Ownership = HandoffMapping.TryFromMessage(message.Ownership, out KeyOwnership? ownership, out _) ? ownership : null,
        SizeBytes = message.SizeBytes,
    };

    private static Protos.ReplicaStatus ToMessage(ReplicaStatus status)
    {
        var message = new Protos.ReplicaStatus
        {
            Replica = status.Replica.Value,
            Node = status.Node.Value,
            Role = (Protos.ReplicaStatus.Types.Role)status.Role,
            Local = status.IsLocal,
            Appended = status.Appended.Value,
            Durable = status.Durable.Value,
            Applied = status.Applied.Value,
            Committed = status.Committed.Value,
            TrimmedThrough = status.TrimmedThrough.Value,
            StableRead = status.StableRead.Value,
            LagEntries = status.LagEntries,
            StoppedBecause = status.StoppedBecause,
            TailEpoch = status.TailEpoch.Value,
        };
        if (status.StateHash is { } hash)
        {
            message.StateHash = new Protos.ReplicaStatus.Types.StateHash { Value = hash.Value, AtIndex = hash.At.Value };
        }

        return message;
    }

    private static ReplicaStatus FromMessage(Protos.ReplicaStatus message) => new(
        new ReplicaId(message.Replica),
        new NodeId(message.Node),
        Enum.IsDefined((ReplicaRole)message.Role) ? (ReplicaRole)message.Role : ReplicaRole.Unknown,
        message.Local,
        new LogIndex(message.Appended),
        new LogIndex(message.Durable),
        new LogIndex(message.Applied),
        new LogIndex(message.Committed),
        new LogIndex(message.TrimmedThrough),
        new LogIndex(message.StableRead),
        message.LagEntries,
        message.StateHash is { } hash ? new AppliedStateHash(hash.Value, new LogIndex(hash.AtIndex)) : null,
        message.StoppedBecause)
    {
        TailEpoch = new LeaderEpoch(message.TailEpoch),
    };
}
