using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Membership;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>What a node knows of a group before any log of it: from the node's settings, or from the charter that came with an order.</summary>
internal sealed class GroupOrigin
{
    private GroupOrigin(string name, string machine, GroupConfiguration founding, GroupCharter? charter, GroupRecovery? recovery) =>
        (Name, Machine, Founding, Charter, Recovery) = (name, machine, founding, charter, recovery);

    public GroupId Id => Founding.Group;
    public string Name { get; }
    public string Machine { get; }

    /// <summary>What replicas without a log begin from.</summary>
    public GroupConfiguration Founding { get; }

    /// <summary>Null for a group of the settings.</summary>
    public GroupCharter? Charter { get; }

    /// <summary>How the group began anew; null while it is what it was founded as.</summary>
    public GroupRecovery? Recovery { get; }

    /// <summary>Whether a replica that stopped may not come back.</summary>
    public bool IsCrashStop => Founding.FailureModel is CrashStop;

    /// <exception cref="NodeStartException">The settings contradict themselves.</exception>
    public static GroupOrigin Of(NodeOptions options, GroupSettings group) =>
        new(group.Name, group.Machine, GroupPlan.FoundingOf(options, group), charter: null, recovery: null);

    public static GroupOrigin Of(GroupCharter charter) => new(charter.Name, charter.Machine, charter.Founding, charter, recovery: null);

    /// <summary>The same group in the incarnation that a recovery began.</summary>
    public static GroupOrigin Of(GroupOrigin group, GroupRecovery recovery) =>
        new(group.Name, group.Machine, recovery.Configuration, group.Charter, recovery);

    /// <summary>The founding replica that has its place on a node; <see cref="ReplicaId.None"/> when none has.</summary>
    public ReplicaId FounderOn(NodeId node) => Founding.Members.FirstOrDefault(member => member.Node == node).Replica;
}

/// <summary>The groups that a node can say anything of: those of its settings, and those whose charter is in its book. From any thread.</summary>
internal sealed class GroupOrigins
{
    private readonly SortedDictionary<GroupId, GroupOrigin> _configured = [];
    private readonly HostingBook _book;

    /// <exception cref="NodeStartException">The settings contradict themselves.</exception>
    public GroupOrigins(NodeOptions options, HostingBook book)
    {
        _book = book;
        foreach (GroupSettings group in options.Groups)
        {
            _configured.Add(group.Id, GroupOrigin.Of(options, group));
        }
    }

    /// <summary>The groups of the settings and those that were ordered, in the order of their ids.</summary>
    public IEnumerable<GroupOrigin> All => _configured.Values
        .Concat(_book.Pages.Values.Where(page => page.Charter is not null).Select(page => GroupOrigin.Of(page.Charter!)))
        .Select(Now);

    /// <summary>Whether the settings name the group.</summary>
    public bool IsConfigured(GroupId group) => _configured.ContainsKey(group);

    public bool TryFind(GroupId group, [NotNullWhen(true)] out GroupOrigin? origin)
    {
        if (!_configured.TryGetValue(group, out origin) && _book.Of(group).Charter is { } charter)
        {
            origin = GroupOrigin.Of(charter);
        }

        origin = origin is null ? null : Now(origin);
        return origin is not null;
    }

    /// <summary>What an order brings the charter of. The node may have heard of the group's recovery without ever having had a replica of it.</summary>
    public GroupOrigin Of(GroupCharter charter) => Now(GroupOrigin.Of(charter));

    private GroupOrigin Now(GroupOrigin group) => _book.Of(group.Id).Recovery is { } recovery ? GroupOrigin.Of(group, recovery) : group;
}
