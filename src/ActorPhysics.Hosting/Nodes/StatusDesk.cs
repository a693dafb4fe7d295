using System.Buffers;
using System.Collections.Immutable;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>Tells operators what the node's replicas are at; states are hashed off the loop.</summary>
internal sealed class StatusDesk(
    Transport.LocalNode local, Configuration.ClusterSettings cluster, IReadOnlyDictionary<GroupId, HostedGroup> groups, IBackgroundWorker worker, IEventLoop loop)
{
    /// <summary>Takes the picture now; <paramref name="answer"/> is called on the loop, at once or when the hashes are there.</summary>
    public void Answer(bool withStateHash, Action<ReadOnlyMemory<byte>> answer)
    {
        NodeStatus status = Picture();
        if (!withStateHash)
        {
            answer(Encode(status));
            return;
        }

        var captures = new List<(GroupId Group, ReplicatedStateCapture Capture)>();
        foreach (HostedGroup group in groups.Values)
        {
            if (!group.Actor.IsStopped)
            {
                captures.Add((group.Configuration.Group, group.Actor.CaptureState()));
            }
        }

        worker.Start(new HashJob(status, captures, answer), loop);
    }

    public NodeStatus Picture() => new(
        local.Node, local.Cluster, local.Run, local.Software, [.. groups.Values.OrderBy(group => group.Configuration.Group).Select(PictureOf)]);

    private GroupStatus PictureOf(HostedGroup group)
    {
        LineStatus status = group.Actor.Status;
        GroupConfiguration configuration = group.Configuration;
        ImmutableArray<ReplicaStatus>.Builder replicas = ImmutableArray.CreateBuilder<ReplicaStatus>();
        replicas.Add(Own(group, status));
        foreach (PeerStatus peer in status.Peers)
        {
            replicas.Add(new ReplicaStatus(
                peer.Replica, NodeOf(configuration, peer.Replica), ReplicaRole.Unknown, IsLocal: false,
                default, peer.Match, default, default, default, default, peer.LagEntries, StateHash: null, StoppedBecause: ""));
        }

        return new GroupStatus(
            status.Group, status.Incarnation, group.Settings.Name, status.ConfigEpoch, status.LeaderEpoch, status.Leader,
            NodeOf(configuration, status.Leader), AddressOf(NodeOf(configuration, status.Leader)), replicas.ToImmutable())
        {
            Configuration = configuration,
        };
    }

    private string AddressOf(NodeId node) => cluster.Nodes.FirstOrDefault(candidate => candidate.Id == node)?.Address.ToString() ?? "";

    private static ReplicaStatus Own(HostedGroup group, LineStatus status) => new(
        status.Replica, NodeOf(group.Configuration, status.Replica), RoleOf(group, status), IsLocal: true,
        status.Boundaries.Appended, status.Boundaries.Durable, status.Boundaries.Applied, status.Boundaries.Committed,
        status.Boundaries.TrimmedThrough.Index, status.Boundaries.StableRead,
        LagEntries: 0, StateHash: null, StoppedBecause: group.StoppedBecause ?? "");

    private static NodeId NodeOf(GroupConfiguration configuration, ReplicaId replica) => configuration.Find(replica)?.Node ?? default;

    private static ReplicaRole RoleOf(HostedGroup group, LineStatus status) => status.Role switch
    {
        _ when group.Actor.IsStopped => ReplicaRole.Stopped,
        LineRole.Retired => ReplicaRole.Retired,
        _ when status.Damage is not null => ReplicaRole.Repairing,
        LineRole.Starting => ReplicaRole.Starting,
        LineRole.Follower => ReplicaRole.Follower,
        LineRole.PreCandidate => ReplicaRole.PreCandidate,
        LineRole.Candidate => ReplicaRole.Candidate,
        LineRole.Leader => ReplicaRole.Leader,
        _ => ReplicaRole.Unknown,
    };

    private static ReadOnlyMemory<byte> Encode(NodeStatus status)
    {
        var output = new ArrayBufferWriter<byte>();
        status.WriteTo(output);
        return output.WrittenMemory;
    }

    private sealed class HashJob(
        NodeStatus status, List<(GroupId Group, ReplicatedStateCapture Capture)> captures, Action<ReadOnlyMemory<byte>> answer) : IBackgroundJob
    {
        private NodeStatus _status = status;

        public void Run()
        {
            var hashes = new SortedDictionary<GroupId, AppliedStateHash>();
            foreach ((GroupId group, ReplicatedStateCapture capture) in captures)
            {
                using (capture)
                {
                    hashes.Add(group, new AppliedStateHash(capture.ComputeHash().Value, capture.Applied.Index));
                }
            }

            _status = _status with { Groups = [.. _status.Groups.Select(group => WithHash(group, hashes))] };
        }

        // Without hashes the rest of the picture is still worth telling.
        public void Failed(Exception fault)
        {
        }

        public void RunOnLoop() => answer(Encode(_status));

        private static GroupStatus WithHash(GroupStatus group, SortedDictionary<GroupId, AppliedStateHash> hashes) =>
            hashes.TryGetValue(group.Group, out AppliedStateHash hash)
                ? group with { Replicas = [.. group.Replicas.Select(replica => replica.IsLocal ? replica with { StateHash = hash } : replica)] }
                : group;
    }
}
