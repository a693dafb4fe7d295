using ActorPhysics.Client.Connections;
using ActorPhysics.Client.Requests;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Client.Routing;

/// <summary>What serves a group's requests.</summary>
internal enum RouteKind
{
    /// <summary>The group's leader.</summary>
    Leader,

    /// <summary>Any node that hosts a replica.</summary>
    AnyReplica,
}

/// <summary>
/// What this client knows of the way to one group: the node to ask, or the requests that wait until one is found. While nothing is known
/// one search at a time runs, however many requests wait: a client never storms a cluster that has just lost its leader. Guarded by the gate.
/// </summary>
internal sealed class GroupRoute(GroupId group, RouteKind kind)
{
    public GroupId Group { get; } = group;
    public RouteKind Kind { get; } = kind;

    /// <summary>The node to ask; null while it is searched for. Invariant: connected, or about to be found broken.</summary>
    public NodeLink? Target { get; private set; }

    /// <summary>The era in which the target was found to lead; of the last target while there is none.</summary>
    public LeaderEpoch TargetEpoch { get; private set; }

    /// <summary>The newest era of which any node has told; what an older one says is stale.</summary>
    public LeaderEpoch NewestEpoch { get; private set; }

    /// <summary>Requests that wait for a target.</summary>
    public RequestList Parked { get; } = new();

    /// <summary>What the last search ran into, for whoever gives up waiting.</summary>
    public string LastTrouble { get; set; } = string.Empty;

    /// <summary>Whether a search is running.</summary>
    public bool Searching { get; set; }

    /// <summary>Where the last hint points; consumed by the search.</summary>
    public NodeAddress? Hint { get; private set; }

    /// <summary>The node that could not serve, which the next search tries last.</summary>
    public NodeLink? Avoided { get; private set; }

    /// <summary>
    /// How many targets were lost since one last served. A search after the first pauses before it begins, or a node that wrongly takes
    /// itself for the leader would keep client and cluster busy.
    /// </summary>
    public int Losses { get; private set; }

    /// <summary>The target has answered a request.</summary>
    public void Served() => Losses = 0;

    public void Found(NodeLink target, LeaderEpoch epoch)
    {
        Target = target;
        TargetEpoch = epoch;
        NewestEpoch = epoch > NewestEpoch ? epoch : NewestEpoch;
        Hint = null;
        Avoided = null;
    }

    /// <summary>The target does not serve any more. Nothing happens when another one has been found meanwhile.</summary>
    public void Lost(NodeLink target)
    {
        if (Target == target)
        {
            Target = null;
            Avoided = target;
            Losses++;
        }
    }

    /// <summary>
    /// Takes a hint, unless it is of an older era than one already known. One that does not say its era is taken, too: it is only where the
    /// search asks first.
    /// </summary>
    public void Advise(NodeAddress address, LeaderEpoch epoch)
    {
        if (epoch == LeaderEpoch.None || epoch >= NewestEpoch)
        {
            NewestEpoch = epoch > NewestEpoch ? epoch : NewestEpoch;
            Hint = address;
        }
    }

    /// <summary>Takes the hint for one try: a hint that leads nowhere is not followed twice.</summary>
    public NodeAddress? TakeHint()
    {
        NodeAddress? hint = Hint;
        Hint = null;
        return hint;
    }
}
