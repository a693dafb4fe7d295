using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;

namespace ActorPhysics.Actors.Replicas;

/// <summary>
/// Where the replicas of a group live, former members and not yet known ones included. A replica never moves, so what is known stays true; ids are
/// never used again, so the list grows by what ever belonged to the group.
/// </summary>
internal sealed class ReplicaNodes
{
    private readonly SortedDictionary<ReplicaId, NodeId> _nodes = [];

    public ReplicaNodes(ConfigurationTrail configurations)
    {
        foreach (PlacedConfiguration placed in configurations.Placed)
        {
            Learn(placed.Configuration);
        }
    }

    public void Learn(GroupConfiguration configuration)
    {
        foreach (Member member in configuration.Members)
        {
            _nodes[member.Replica] = member.Node;
        }
    }

    /// <summary>A message came from there: what a configuration says counts for more.</summary>
    public void Learn(ReplicaId replica, NodeId node) => _nodes.TryAdd(replica, node);

    /// <summary><c>default</c> when nobody said.</summary>
    public NodeId NodeOf(ReplicaId replica) => _nodes.GetValueOrDefault(replica);
}
