using System.Collections.Immutable;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>
/// What is to be told of the groups that this node leads: everything once to whoever leads the config group, then what changed since it was told. How
/// much a group holds and costs is told again when it has changed a good deal. On the loop.
/// </summary>
internal sealed class LedGroups(IReadOnlyDictionary<GroupId, HostedGroup> groups)
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
        foreach (HostedGroup group in groups.Values)
        {
            if (group.Actor.Role != LineRole.Leader)
            {
                continue;
            }

            GroupReport now = ReportOf(group);
            if (isWhole || !_told.TryGetValue(group.Id, out GroupReport? before) || IsNews(before, now))
            {
                led.Add(now);
            }
        }

        return new Picture(isWhole, led.ToImmutable(), isWhole ? [.. groups.Values.Where(group => group.RetiredBecause is null).Select(Hosted)] : []);
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

    private static HostedReplica Hosted(HostedGroup group) => new(group.Id, group.Configuration.Incarnation, group.Actor.Replica);

    private static KeysReport? KeysOf(ReplicaActor replica) => replica.Ownership is not { } keys
        ? null
        : new KeysReport(keys.Since, keys.Owned, keys.Outgoing?.Id ?? default, keys.Incoming?.Id ?? default, replica.DividesByKeys);

    private GroupReport ReportOf(HostedGroup group)
    {
        ConfigurationTrail trail = group.Actor.Configurations;
        long commands = group.Commands;
        long load = commands - _commands.GetValueOrDefault(group.Id);
        _commands[group.Id] = commands;
        return new GroupReport(
            group.Actor.Epoch,
            trail.Newest,
            trail.NewestFrom <= group.Actor.Boundaries.Committed,
            KeysOf(group.Actor),
            new ByteSize(group.Actor.Status.SizeBytes),
            (int)Math.Clamp(load, 1, int.MaxValue));
    }
}
