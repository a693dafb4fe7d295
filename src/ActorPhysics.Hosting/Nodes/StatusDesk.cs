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
    Transport.LocalNode local,
    NodeDirectory directory,
    GroupId configGroup,
    GroupOrigins origins,
    IReadOnlyDictionary<GroupId, HostedGroup> groups,
    HostingBook book,
    IBackgroundWorker worker,
    IEventLoop loop)
{
    /// <summary>Knows how far the node's start has come.</summary>
    public required StagedStart Start { get; init; }

    /// <summary>Takes the picture now; <paramref name="answer"/> is called on the loop, at once or when the hashes are there.</summary>
    /// <param name="only">The group that is asked about; <c>default</c> for all. A client that looks for one group's leader among thousands asks about that one.</param>
    public void Answer(GroupId only, bool withStateHash, Action<ReadOnlyMemory<byte>> answer)
    {
        NodeStatus status = Picture(only);
        if (!withStateHash)
        {
            answer(Encode(status));
            return;
        }

        var captures = new List<(GroupId Group, ReplicatedStateCapture Capture)>();
        foreach (HostedGroup group in groups.Values)
        {
            if (!group.Actor.IsStopped && group.Actor.KeepsState && (only == default || group.Id == only))
            {
                captures.Add((group.Id, group.Actor.CaptureState()));
            }
        }

        worker.Start(new HashJob(status, captures, answer), loop);
    }

    public NodeStatus Picture(GroupId only = default) => new(
        local.Node, local.Cluster, local.Run, local.Software, [.. OriginsOf(only).Select(PictureOf).OfType<GroupStatus>()])
    {
        Nodes = directory.Nodes,
        ConfigGroup = configGroup,
        GroupsStarted = Start.Progress.Started,
        GroupsToStart = Start.Progress.Total,
        GroupsSilent = only == default ? groups.Values.Count(group => group.Actor.IsQuiescent) : 0,
    };

    private IEnumerable<GroupOrigin> OriginsOf(GroupId only) =>
        only == default ? origins.All : origins.TryFind(only, out GroupOrigin? origin) ? [origin] : [];

    private GroupStatus? PictureOf(GroupOrigin origin)
    {
        ImmutableArray<ReplicaStatus> retired = [.. book.Of(origin.Id).Entries.Where(entry => entry.State == HostingState.Retired).Select(Retired)];
        if (groups.TryGetValue(origin.Id, out HostedGroup? group))
        {
            return PictureOf(group, retired);
        }

        // Of a group of which nothing is left here but the memory that it was, the configuration would be a guess.
        return retired.IsEmpty
            ? null
            : new GroupStatus(origin.Id, origin.Founding.Incarnation, origin.Name, default, default, ReplicaId.None, default, "", retired)
            {
                HighestReplicaHere = ReplicaHosting.HighestHere(book, origin.Id, present: null),
            };
    }

    private GroupStatus PictureOf(HostedGroup group, ImmutableArray<ReplicaStatus> retired)
    {
        LineStatus status = group.Actor.Status;
        ConfigurationTrail trail = group.Actor.Configurations;
        ImmutableArray<ReplicaStatus>.Builder replicas = ImmutableArray.CreateBuilder<ReplicaStatus>();
        replicas.Add(Own(group, status));
        foreach (PeerStatus peer in status.Peers)
        {
            replicas.Add(new ReplicaStatus(
                peer.Replica, group.Actor.NodeOf(peer.Replica), RoleOf(trail.Newest, peer.Replica), IsLocal: false,
                default, peer.Match, default, default, default, default, peer.LagEntries, StateHash: null, StoppedBecause: ""));
        }

        replicas.AddRange(retired.Where(replica => replica.Replica != status.Replica));
        NodeId leader = group.Actor.NodeOf(status.Leader);
        return new GroupStatus(
            status.Group, status.Incarnation, group.Name, status.ConfigEpoch, status.LeaderEpoch, status.Leader,
            leader, directory.TextOf(leader), replicas.ToImmutable())
        {
            Configuration = trail.Newest,
            IsConfigurationCommitted = trail.NewestFrom <= status.Boundaries.Committed,
            HighestReplicaHere = ReplicaHosting.HighestHere(book, status.Group, group),
            Ownership = group.Actor.Ownership,
            SizeBytes = (ulong)status.SizeBytes,
        };
    }

    private ReplicaStatus Own(HostedGroup group, LineStatus status) => new(
        status.Replica, local.Node, RoleOf(group, status), IsLocal: true,
        status.Boundaries.Appended, status.Boundaries.Durable, status.Boundaries.Applied, status.Boundaries.Committed,
        status.Boundaries.TrimmedThrough.Index, status.Boundaries.StableRead,
        LagEntries: 0, StateHash: null, StoppedBecause: group.StoppedBecause ?? group.RetiredBecause ?? "")
    {
        TailEpoch = status.Tail.Epoch,
    };

    private ReplicaStatus Retired(HostingEntry entry) => new(
        entry.Replica.Replica, local.Node, ReplicaRole.Retired, IsLocal: true,
        default, default, default, default, default, default, LagEntries: 0, StateHash: null, StoppedBecause: entry.Reason);

    /// <summary>What a leader knows of a peer is its place in the group; what it does there only itself can tell.</summary>
    private static ReplicaRole RoleOf(GroupConfiguration configuration, ReplicaId replica) => configuration.Find(replica)?.Role switch
    {
        MemberRole.Learner => ReplicaRole.Learner,
        MemberRole.Witness => ReplicaRole.Witness,
        _ => ReplicaRole.Unknown,
    };

    private static ReplicaRole RoleOf(HostedGroup group, LineStatus status) => status.Role switch
    {
        _ when group.Actor.IsStopped => ReplicaRole.Stopped,
        LineRole.Retired => ReplicaRole.Retired,
        _ when status.Damage is not null => ReplicaRole.Repairing,
        LineRole.Starting => ReplicaRole.Starting,
        LineRole.Follower => RoleOf(status.Configuration, status.Replica) is var place and not ReplicaRole.Unknown ? place : ReplicaRole.Follower,
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
                ? group with { Replicas = [.. group.Replicas.Select(replica => replica is { IsLocal: true, Role: not ReplicaRole.Retired } ? replica with { StateHash = hash } : replica)] }
                : group;
    }
}
