using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>
/// What the config group has decided: nodes, spaces, shard maps, groups, and the changes under way (seed §5.1: the control plane is itself a history).
/// Immutable; a command leads to a next state or a refusal, as a function of state, command and place in the log alone.
/// </summary>
/// <remarks>
/// Invariant: every shard's group is on record and serves or is being founded; a space has at most one handoff under way; a group has at most one move, and
/// none while it takes part in a handoff; ids are given in ascending order and never twice.
/// </remarks>
public sealed record ConfigState
{
    private ConfigState()
    {
    }

    /// <summary>A config group that has decided nothing yet.</summary>
    public static ConfigState Empty { get; } = new();

    public ImmutableSortedDictionary<NodeId, NodeRecord> Nodes { get; private init; } = ImmutableSortedDictionary<NodeId, NodeRecord>.Empty;

    /// <summary>By name.</summary>
    public ImmutableSortedDictionary<string, SpaceRecord> Spaces { get; private init; } =
        ImmutableSortedDictionary.Create<string, SpaceRecord>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<GroupId, GroupRecord> Groups { get; private init; } = ImmutableSortedDictionary<GroupId, GroupRecord>.Empty;

    /// <summary>The handoffs under way.</summary>
    public ImmutableSortedDictionary<HandoffId, Handoff> Handoffs { get; private init; } = ImmutableSortedDictionary<HandoffId, Handoff>.Empty;

    /// <summary>The groups of which something is to be done: founded, retired or moved.</summary>
    public ImmutableSortedSet<GroupId> InMotion { get; private init; } = [];

    public SpaceId LastSpace { get; private init; }

    public GroupId LastGroup { get; private init; }

    public ChangeId LastChange { get; private init; }

    public HandoffId LastHandoff { get; private init; }

    /// <summary>The state as plain data.</summary>
    public ConfigParts Parts => new()
    {
        Nodes = [.. Nodes.Values],
        Spaces = [.. Spaces.Values.OrderBy(space => space.Space)],
        Groups = [.. Groups.Values],
        Handoffs = [.. Handoffs.Values],
        LastSpace = LastSpace,
        LastGroup = LastGroup,
        LastChange = LastChange,
        LastHandoff = LastHandoff,
    };

    /// <summary>The state of which these are the parts, or null with a reason when they contradict each other.</summary>
    public static ConfigState? TryRestore(ConfigParts parts, out string? refusal)
    {
        ArgumentNullException.ThrowIfNull(parts);
        refusal = ConfigPartsRules.ComplaintAbout(parts);
        if (refusal is not null)
        {
            return null;
        }

        return new ConfigState
        {
            Nodes = parts.Nodes.ToImmutableSortedDictionary(node => node.Node, node => node),
            Spaces = parts.Spaces.ToImmutableSortedDictionary(space => space.Description.Name, space => space, StringComparer.Ordinal),
            Groups = parts.Groups.ToImmutableSortedDictionary(group => group.Group, group => group),
            Handoffs = parts.Handoffs.ToImmutableSortedDictionary(handoff => handoff.Id, handoff => handoff),
            InMotion = [.. parts.Groups.Where(IsMoving).Select(group => group.Group)],
            LastSpace = parts.LastSpace,
            LastGroup = parts.LastGroup,
            LastChange = parts.LastChange,
            LastHandoff = parts.LastHandoff,
        };
    }

    /// <summary>Decides about a command.</summary>
    /// <param name="command">What is asked.</param>
    /// <param name="place">The command's place in the log: it makes the incarnations of new groups unique.</param>
    public (ConfigState Next, ConfigResult Result) Apply(ConfigCommand command, in CommandPlace place) => command switch
    {
        RegisterNode register => NodeRules.Register(this, register),
        DrainNode drain => NodeRules.Drain(this, drain),
        RemoveNode remove => NodeRules.Remove(this, remove),
        NoteNode note => NodeRules.Note(this, note),
        CreateSpace create => SpaceRules.Create(this, create, place),
        DeleteSpace delete => SpaceRules.Delete(this, delete),
        SplitShard split => HandoffRules.Split(this, split, place),
        MergeShards merge => HandoffRules.Merge(this, merge),
        NoteFrozen frozen => HandoffRules.Freeze(this, frozen),
        PublishHandoff publish => HandoffRules.Publish(this, publish),
        FinishHandoff finish => HandoffRules.Finish(this, finish),
        CancelHandoff cancel => HandoffRules.Cancel(this, cancel),
        BeginMove begin => GroupRules.Begin(this, begin),
        FinishMove finish => GroupRules.Finish(this, finish),
        NoteServing serving => GroupRules.Serve(this, serving),
        NoteConfiguration note => GroupRules.Note(this, note),
        ForgetGroup forget => GroupRules.Forget(this, forget),
        _ => (this, ConfigResult.Refused($"{command?.GetType().Name} is no command of this version")),
    };

    /// <summary>Answers from this state.</summary>
    public ConfigAnswer Answer(ConfigQuery query) => ConfigAnswers.Answer(this, query);

    /// <summary>The space with this id, or null.</summary>
    public SpaceRecord? Find(SpaceId space)
    {
        foreach (SpaceRecord record in Spaces.Values)
        {
            if (record.Space == space)
            {
                return record;
            }
        }

        return null;
    }

    /// <summary>The handoff under way in a space, or null: there is never more than one, so that versions of the map are made in order.</summary>
    public Handoff? HandoffIn(SpaceId space)
    {
        foreach (Handoff handoff in Handoffs.Values)
        {
            if (handoff.Space == space)
            {
                return handoff;
            }
        }

        return null;
    }

    /// <summary>The handoff in which a group gives or takes, or null.</summary>
    public Handoff? HandoffOf(GroupId group)
    {
        foreach (Handoff handoff in Handoffs.Values)
        {
            if (handoff.Giver == group || handoff.Taker == group)
            {
                return handoff;
            }
        }

        return null;
    }

    internal ConfigState With(NodeRecord node) => this with { Nodes = Nodes.SetItem(node.Node, node) };

    internal ConfigState Without(NodeId node) => this with { Nodes = Nodes.Remove(node) };

    internal ConfigState With(SpaceRecord space) => this with
    {
        Spaces = Spaces.SetItem(space.Description.Name, space),
        LastSpace = space.Space.CompareTo(LastSpace) > 0 ? space.Space : LastSpace,
    };

    internal ConfigState Without(SpaceRecord space) => this with { Spaces = Spaces.Remove(space.Description.Name) };

    internal ConfigState With(GroupRecord group) => this with
    {
        Groups = Groups.SetItem(group.Group, group),
        InMotion = IsMoving(group) ? InMotion.Add(group.Group) : InMotion.Remove(group.Group),
        LastGroup = group.Group.CompareTo(LastGroup) > 0 ? group.Group : LastGroup,
        LastChange = group.Move is { } move && move.Id.CompareTo(LastChange) > 0 ? move.Id : LastChange,
    };

    internal ConfigState Without(GroupId group) => this with { Groups = Groups.Remove(group), InMotion = InMotion.Remove(group) };

    internal ConfigState With(Handoff handoff) => this with
    {
        Handoffs = Handoffs.SetItem(handoff.Id, handoff),
        LastHandoff = handoff.Id.CompareTo(LastHandoff) > 0 ? handoff.Id : LastHandoff,
    };

    internal ConfigState Without(HandoffId handoff) => this with { Handoffs = Handoffs.Remove(handoff) };

    private static bool IsMoving(GroupRecord group) => group.Stage != GroupStage.Serving || group.Move is not null;
}
