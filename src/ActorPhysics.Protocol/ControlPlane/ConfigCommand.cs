using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>
/// What the config group can be asked to decide. What the config actor asks for is idempotent, or names its change, so that a repetition is refused or
/// unchanged; people's clients send theirs in a session, because splitting once more is another wish. The hierarchy is closed.
/// </summary>
public abstract record ConfigCommand
{
    private protected ConfigCommand()
    {
    }
}

/// <summary>A node is part of the cluster, with this name, address, zone and weight. Again with others: they are replaced.</summary>
public sealed record RegisterNode(NodeId Node, string Name, string Address, ZoneName Zone, int Weight) : ConfigCommand;

/// <summary>A node shall be emptied, or may be given replicas again.</summary>
public sealed record DrainNode(NodeId Node, bool Drain) : ConfigCommand;

/// <summary>A node is no part of the cluster any more. Refused while it holds anything.</summary>
public sealed record RemoveNode(NodeId Node) : ConfigCommand;

/// <summary>The config actor has not heard of a node since then, or hears of it again (null).</summary>
public sealed record NoteNode(NodeId Node, LogTime? AbsentSince) : ConfigCommand;

/// <summary>A space shall exist. Again with equal settings: unchanged.</summary>
public sealed record CreateSpace(SpaceSettings Settings) : ConfigCommand;

/// <summary>A space and everything in it shall be gone.</summary>
public sealed record DeleteSpace(string Name) : ConfigCommand;

/// <summary>A shard shall become two, the new one beginning at <paramref name="At"/>; null: in the middle, which only a space sharded by hash has.</summary>
public sealed record SplitShard(string Space, ShardId Shard, KeyPoint? At) : ConfigCommand;

/// <summary>A shard shall have the keys of its right neighbour, which ends.</summary>
public sealed record MergeShards(string Space, ShardId Left) : ConfigCommand;

/// <summary>A group's placement shall change.</summary>
/// <param name="ByOperator">Whether a person asked for it.</param>
public sealed record BeginMove(PlacementMove Move, bool ByOperator) : ConfigCommand;

/// <summary>A move ended; its group's configuration is now this one.</summary>
/// <param name="Configuration">The group's settled configuration.</param>
/// <param name="GivenUp">Why it was given up, for people; null when it was done.</param>
public sealed record FinishMove(GroupId Group, ChangeId Change, GroupConfiguration Configuration, string? GivenUp) : ConfigCommand;

/// <summary>Enough of a group's first replicas live: it serves. A handoff that waits for it as its taker goes on.</summary>
public sealed record NoteServing(GroupId Group) : ConfigCommand;

/// <summary>A group's settled configuration was seen to be another than the one on record: somebody changed it without the config group.</summary>
public sealed record NoteConfiguration(GroupConfiguration Configuration) : ConfigCommand;

/// <summary>The giver has handed out.</summary>
public sealed record NoteFrozen(HandoffId Handoff, HandoffFreeze Freeze) : ConfigCommand;

/// <summary>The taker owns the keys: the next version of the map says so.</summary>
public sealed record PublishHandoff(HandoffId Handoff) : ConfigCommand;

/// <summary>The giver has released the parcel.</summary>
public sealed record FinishHandoff(HandoffId Handoff) : ConfigCommand;

/// <summary>The taker could not be founded, or an operator thought better of it. Refused once the giver may have handed out.</summary>
public sealed record CancelHandoff(HandoffId Handoff) : ConfigCommand;

/// <summary>No replica of a retiring group is left.</summary>
public sealed record ForgetGroup(GroupId Group) : ConfigCommand;

/// <summary>How a command ended. All refusals leave the state untouched.</summary>
public enum ConfigOutcome
{
    Done = 0,

    /// <summary>It was so before.</summary>
    Unchanged = 1,

    /// <summary>It makes no sense, now or ever; the detail says why.</summary>
    Refused = 2,

    /// <summary>Another change is under way that must end first; the detail names it.</summary>
    Busy = 3,
}

/// <summary>What a command led to.</summary>
/// <param name="Change">The change that now carries it out, where it takes more than this entry: of a move a <see cref="ChangeId"/>, of a split or merge a <see cref="HandoffId"/>.</param>
/// <param name="Detail">One sentence for people where the outcome alone does not say it.</param>
public sealed record ConfigResult(ConfigOutcome Outcome, ulong Change, string Detail)
{
    public static ConfigResult Done { get; } = new(ConfigOutcome.Done, 0, "");

    public static ConfigResult Unchanged { get; } = new(ConfigOutcome.Unchanged, 0, "");

    public static ConfigResult Refused(string detail) => new(ConfigOutcome.Refused, 0, detail);

    public static ConfigResult Busy(string detail) => new(ConfigOutcome.Busy, 0, detail);

    public static ConfigResult Began(ulong change) => new(ConfigOutcome.Done, change, "");
}

/// <summary>What can be asked of the config group. The hierarchy is closed.</summary>
public abstract record ConfigQuery
{
    private protected ConfigQuery()
    {
    }
}

/// <summary>All nodes.</summary>
public sealed record AskNodes : ConfigQuery;

/// <summary>All spaces, with their maps' versions but without the maps.</summary>
public sealed record AskSpaces : ConfigQuery;

/// <summary>One space with its map, unless the asker has that version already.</summary>
public sealed record AskSpace(string Name, ShardMapVersion Known) : ConfigQuery;

/// <summary>The groups of a space (empty: all), from one id on, at most so many.</summary>
public sealed record AskGroups(string Space, GroupId From, int Most) : ConfigQuery;

/// <summary>The handoffs under way.</summary>
public sealed record AskHandoffs : ConfigQuery;

/// <summary>The answer to a <see cref="ConfigQuery"/>. The hierarchy is closed.</summary>
public abstract record ConfigAnswer
{
    private protected ConfigAnswer()
    {
    }
}

/// <summary>The answer to <see cref="AskNodes"/>, with the number of replicas that each node is to hold by the state of now.</summary>
public sealed record NodesAnswer(ImmutableArray<NodeAnswer> Nodes) : ConfigAnswer;

public sealed record NodeAnswer(NodeRecord Node, int Replicas);

/// <summary>The answer to <see cref="AskSpaces"/>.</summary>
public sealed record SpacesAnswer(ImmutableArray<SpaceSummary> Spaces) : ConfigAnswer;

public sealed record SpaceSummary(SpaceId Space, SpaceSettings Settings, SpaceStage Stage, ShardMapVersion Version, int Shards);

/// <summary>The answer to <see cref="AskSpace"/>; the map is null when the asker has it, and the summary too when there is no such space.</summary>
public sealed record SpaceAnswer(SpaceSummary? Summary, ShardMap? Map) : ConfigAnswer;

/// <summary>The answer to <see cref="AskGroups"/>.</summary>
/// <param name="More">Whether there are more behind the last.</param>
public sealed record GroupsAnswer(ImmutableArray<GroupRecord> Groups, bool More) : ConfigAnswer;

/// <summary>The answer to <see cref="AskHandoffs"/>.</summary>
public sealed record HandoffsAnswer(ImmutableArray<Handoff> Handoffs) : ConfigAnswer;
