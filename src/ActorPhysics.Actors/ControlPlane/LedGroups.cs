using System.Collections.Immutable;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Actors.ControlPlane;

/// <summary>A replica that lives on the node and takes part.</summary>
/// <param name="Commands">How many it has applied in this run of the node.</param>
public readonly record struct ReportedReplica(ReplicaActor Actor, long Commands);

/// <summary>
/// What is to be told of the groups that this node leads: everything once to whoever leads the config group, then what changed since it was told. How
/// much a group holds and costs is told again when it has changed a good deal. On the loop.
/// </summary>
internal sealed class LedGroups(Func<IEnumerable<ReportedReplica>> replicas)
{
    private readonly SortedDictionary<GroupId, GroupReport> _told = [];
    private readonly SortedDictionary<GroupId, long> _commands = [];
    private NodeId _toldTo;

    /// <summary>What one report holds.</summary>
    internal sealed record Picture(bool IsWhole, ImmutableArray<GroupReport> Led, ImmutableArray<HostedReplica> Hosted);

    /// <param name="toldTo">Whose report it will be.</param>
    public Picture Take(NodeId toldTo)
    {
        bool isWhole = toldTo != _toldTo;
        ImmutableArray<GroupReport>.Builder led = ImmutableArray.CreateBuilder<GroupReport>();
        foreach (ReportedReplica replica in replicas())
        {
            if (replica.Actor.Role != LineRole.Leader)
            {
                continue;
            }

            GroupReport now = ReportOf(replica);
            if (isWhole || !_told.TryGetValue(replica.Actor.Group, out GroupReport? before) || IsNews(before, now))
            {
                led.Add(now);
            }
        }

        return new Picture(isWhole, led.ToImmutable(), isWhole ? [.. replicas().Select(replica => Hosted(replica.Actor))] : []);
    }

    /// <summary>The picture arrived.</summary>
    /// <param name="sendEverything">Whether the receiver lacks more.</param>
    public void WasTold(Picture picture, NodeId receiver, bool sendEverything)
    {
        if (picture.IsWhole)
        {
            _told.Clear();
        }

        foreach (GroupReport report in picture.Led)
        {
            _told[report.Group] = report;
        }

        _toldTo = sendEverything ? default : receiver;
    }

    private static bool IsNews(GroupReport before, GroupReport now) =>
        before.Epoch != now.Epoch
        || !ReferenceEquals(before.Configuration, now.Configuration)
        || before.IsCommitted != now.IsCommitted
        || before.Keys != now.Keys
        || HasMoved(before.Size.Bytes, now.Size.Bytes)
        || HasMoved(before.Load, now.Load);

    // By a quarter, and by something that is worth a word.
    private static bool HasMoved(long before, long now) => Math.Abs(now - before) > 16 + (before / 4);

    private static HostedReplica Hosted(ReplicaActor replica) => new(replica.Group, replica.Configurations.Newest.Incarnation, replica.Replica);

    private static KeysReport? KeysOf(ReplicaActor replica) => replica.Ownership is not { } keys
        ? null
        : new KeysReport(keys.Since, keys.Owned, keys.Outgoing?.Id ?? default, keys.Incoming?.Id ?? default, replica.DividesByKeys);

    private GroupReport ReportOf(in ReportedReplica replica)
    {
        ReplicaActor actor = replica.Actor;
        ConfigurationTrail trail = actor.Configurations;
        long load = replica.Commands - _commands.GetValueOrDefault(actor.Group);
        _commands[actor.Group] = replica.Commands;
        return new GroupReport(
            actor.Epoch,
            trail.Newest,
            trail.NewestFrom <= actor.Boundaries.Committed,
            KeysOf(actor),
            new ByteSize(actor.Status.SizeBytes),
            (int)Math.Clamp(load, 1, int.MaxValue));
    }
}
