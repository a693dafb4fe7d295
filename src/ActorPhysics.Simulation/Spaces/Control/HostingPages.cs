using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.ControlPlane;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>What a node remembers of a group over all its processes.</summary>
/// <param name="Charter">What the group was founded as; null before it was told.</param>
/// <param name="Resident">The replica that lives here; none when none does.</param>
/// <param name="Highest">The highest id of a replica that was ever ordered here.</param>
/// <param name="End">The incarnation that is over; null while the group may live here.</param>
internal sealed record HostingPage(GroupCharter? Charter, ReplicaId Resident, ReplicaId Highest, GroupIncarnation? End)
{
    public static HostingPage Empty { get; } = new(null, ReplicaId.None, ReplicaId.None, null);
}

/// <summary>The book in which a node notes which replicas live on it, before it says so. It outlives the node's processes.</summary>
internal sealed class HostingPages
{
    private readonly SortedDictionary<GroupId, HostingPage> _pages = [];

    public IReadOnlyDictionary<GroupId, HostingPage> All => _pages;

    public HostingPage Of(GroupId group) => _pages.GetValueOrDefault(group, HostingPage.Empty)!;

    public void Write(GroupId group, HostingPage page) => _pages[group] = page;
}
