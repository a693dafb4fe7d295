using System.Collections.Immutable;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Membership;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>What a node knows of a replica beyond its settings.</summary>
internal enum HostingState : byte
{
    /// <summary>It lives here: it was ordered.</summary>
    Hosted = 1,

    /// <summary>It lived here and never will again; its data is kept.</summary>
    Retired = 2,

    /// <summary>As retired, and its data is gone.</summary>
    Discarded = 3,
}

/// <summary>One thing that the book can be told.</summary>
internal abstract record HostingItem;

/// <summary>What became of a replica.</summary>
/// <param name="Reason">Why it is retired; empty while it is hosted.</param>
internal sealed record HostingEntry(JournalStreamId Replica, HostingState State, string Reason) : HostingItem;

/// <summary>What a group is that the settings do not name.</summary>
internal sealed record CharterItem(GroupCharter Charter) : HostingItem;

/// <summary>A group is over: no replica of it may ever live here again.</summary>
internal sealed record GroupEnd(GroupId Group, GroupIncarnation Incarnation, string Reason) : HostingItem;

/// <summary>The group lost its quorum and began anew: what is told of it before is over.</summary>
internal sealed record RecoveryItem(GroupRecovery Recovery) : HostingItem;

/// <summary>A node of the cluster, as the config group last said.</summary>
internal sealed record NodeItem(ClusterNodeStatus Node) : HostingItem;

/// <summary>All that the book says of one group. Immutable.</summary>
/// <param name="Entries">By ascending replica id.</param>
internal sealed record GroupPage(ImmutableArray<HostingEntry> Entries, GroupCharter? Charter, GroupRecovery? Recovery, GroupEnd? End)
{
    public static GroupPage Empty { get; } = new([], null, null, null);

    /// <summary>The replica that was ordered here and lives; null when none does.</summary>
    public HostingEntry? Resident => Entries.FirstOrDefault(entry => entry.State == HostingState.Hosted);

    public HostingEntry? Find(ReplicaId replica) => Entries.FirstOrDefault(entry => entry.Replica.Replica == replica);

    public GroupPage With(HostingItem item) => item switch
    {
        HostingEntry entry => (this with
        {
            Entries = [.. Entries.Where(known => known.Replica != entry.Replica).Append(entry).OrderBy(known => known.Replica.Replica)],
        }).WithoutLeftovers(),
        CharterItem charter => this with { Charter = charter.Charter },
        RecoveryItem recovery => this with { Recovery = recovery.Recovery },
        GroupEnd end => (this with { End = end }).WithoutLeftovers(),
        _ => throw new ArgumentException($"no page for {item.GetType().Name}", nameof(item)),
    };

    /// <summary>What the page is made of, in an order in which it can be read again.</summary>
    public IEnumerable<HostingItem> Items()
    {
        if (Charter is not null)
        {
            yield return new CharterItem(Charter);
        }

        if (Recovery is not null)
        {
            yield return new RecoveryItem(Recovery);
        }

        foreach (HostingEntry entry in Entries)
        {
            yield return entry;
        }

        if (End is not null)
        {
            yield return End;
        }
    }

    // Of a group that is over and whose data is gone only that needs to be remembered: the book grows by what lives, and a line for what is dead.
    private GroupPage WithoutLeftovers() =>
        End is not null && Entries.All(entry => entry.State == HostingState.Discarded) ? new GroupPage([], null, null, End) : this;
}
