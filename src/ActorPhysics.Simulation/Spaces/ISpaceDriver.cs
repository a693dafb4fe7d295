using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Simulation.Clients;

namespace ActorPhysics.Simulation.Spaces;

/// <summary>Whoever decides what becomes of the shards of a simulated space, and sees to it.</summary>
internal interface ISpaceDriver
{
    /// <summary>Nothing that was begun is under way any more.</summary>
    bool IsIdle { get; }

    /// <summary>The newest shard map that was published; null before the first.</summary>
    ShardMap? Map { get; }

    /// <summary>How many changes of each kind came to their end.</summary>
    IEnumerable<KeyValuePair<string, int>> Counts { get; }
    int HandoffsDone { get; }
    int ReplicasMoved { get; }

    /// <summary>What is under way, for people.</summary>
    string Describe();

    void PlanAll();

    /// <summary>No more changes from now on; what was begun is seen to its end.</summary>
    void Rest();

    void OnReply(ulong attempt, int node, ClientReply reply);

    /// <summary>Whether a group is to live on; one that is over need not have a leader.</summary>
    bool IsLiving(GroupId group);

    /// <summary>Looks at what happened, after every moment of the run.</summary>
    void Watch();
}
