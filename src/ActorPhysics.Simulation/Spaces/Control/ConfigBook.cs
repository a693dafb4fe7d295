using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.ControlPlane;

namespace ActorPhysics.Simulation.Spaces.Control;

/// <summary>
/// What the config group has decided, led along its trunk as soon as that grows. Every state on the way must keep the rules of <see cref="ConfigState"/>, which
/// are written down here once more; that replicas hold the same states is for the monitors of the group to say.
/// </summary>
internal sealed class ConfigBook(SimulatedGroup group)
{
    private readonly SortedSet<(SessionId Session, CommandSequence Sequence)> _executed = [];
    private readonly SortedDictionary<(LogIndex Index, EntryOrdinal Ordinal), ConfigResult> _results = [];
    private readonly SortedDictionary<string, int> _ends = new(StringComparer.Ordinal);
    private ConfigEpoch _configuration = ConfigEpoch.Founding;
    private int _next;

    public ConfigState State { get; private set; } = ConfigState.Empty;

    /// <summary>How often each kind of change came to its end.</summary>
    public IReadOnlyDictionary<string, int> Ends => _ends;

    /// <summary>What a command at a place led to; null where none took effect.</summary>
    public ConfigResult? ResultAt(in CommandPlace place) => _results.GetValueOrDefault((place.Coordinate.Index, place.Ordinal));

    /// <summary>Reads on to the end of the trunk.</summary>
    public void CatchUp()
    {
        IReadOnlyList<LogEntry> trunk = group.Observatory.Trunk.Entries;
        while (_next < trunk.Count)
        {
            LogEntry entry = trunk[_next++];
            if (entry is CommandEntry commands)
            {
                Apply(commands);
            }
            else if (entry is ConfigurationEntry changed)
            {
                _configuration = changed.Configuration.Epoch;
            }
        }
    }

    private void Apply(CommandEntry entry)
    {
        var at = new Coordinate(group.Founding.Group, _configuration, entry.Position.Epoch, entry.Position.Index);
        var reader = new CommandBatchReader(entry.Commands.Span);
        while (reader.TryRead(out CommandView command))
        {
            bool isNew = command.Kind == CommandKind.User && (command.Session.IsNone || _executed.Add((command.Session, command.Sequence)));
            if (!isNew || !ConfigCodec.TryRead(command.Payload, out ConfigCommand? asked, out _))
            {
                continue;
            }

            var place = new CommandPlace(at, reader.Ordinal);
            ConfigState before = State;
            (State, ConfigResult result) = before.Apply(asked, place);
            _results[(at.Index, reader.Ordinal)] = result;
            if (result.Outcome is ConfigOutcome.Refused or ConfigOutcome.Busy or ConfigOutcome.Unchanged)
            {
                Require(ReferenceEquals(before, State), $"{asked} ended as {result.Outcome} at {place} and changed the state");
            }
            else
            {
                group.Observatory.Trace?.Note($"-- {place.Coordinate.Index}: {asked}");
                Count(before, asked);
                RequireOrder(before, asked);
                RequireWhole(asked);
            }
        }
    }

    private void Count(ConfigState before, ConfigCommand asked)
    {
        string? kind = asked switch
        {
            FinishHandoff finish when before.Handoffs.TryGetValue(finish.Handoff, out Handoff? handoff) => handoff.IsMerge ? "Merge" : "Split",
            FinishMove { GivenUp: null } finish when before.Groups.TryGetValue(finish.Group, out GroupRecord? moved) && moved.Move is { } move => move.Move.GetType().Name,
            FinishMove => "MoveGivenUp",
            CancelHandoff => "HandoffGivenUp",
            ForgetGroup => "GroupForgotten",
            NoteNode { AbsentSince: not null } => "NodeAbsent",
            DrainNode { Drain: true } => "Drain",
            DeleteSpace => "SpaceDeleted",
            _ => null,
        };
        if (kind is not null)
        {
            _ends[kind] = _ends.GetValueOrDefault(kind) + 1;
        }
    }

    /// <summary>Versions of a map and the ids that were given never go back.</summary>
    private void RequireOrder(ConfigState before, ConfigCommand asked)
    {
        bool ascend = State.LastSpace.CompareTo(before.LastSpace) >= 0 && State.LastGroup.CompareTo(before.LastGroup) >= 0
            && State.LastChange.CompareTo(before.LastChange) >= 0 && State.LastHandoff.CompareTo(before.LastHandoff) >= 0;
        Require(ascend, $"{asked} gave an id back");
        foreach ((string name, SpaceRecord space) in before.Spaces)
        {
            if (State.Spaces.TryGetValue(name, out SpaceRecord? now) && now.Space == space.Space)
            {
                ulong step = now.Map.Version.Value - space.Map.Version.Value;
                Require(now.Map.Version >= space.Map.Version && step <= 1, $"{asked} takes the map of '{name}' from {space.Map.Version} to {now.Map.Version}");
            }
        }
    }

    private void RequireWhole(ConfigCommand asked)
    {
        foreach (SpaceRecord space in State.Spaces.Values)
        {
            foreach (Shard shard in space.Map.Shards)
            {
                GroupRecord? owner = State.Groups.GetValueOrDefault(shard.Group);
                Require(space.Stage == SpaceStage.Deleting || owner is { Stage: not GroupStage.Retiring }, $"after {asked} {shard} of '{space.Description.Name}' has no group that serves: {owner?.Stage}");
            }

            Require(State.Handoffs.Values.Count(handoff => handoff.Space == space.Space) <= 1, $"after {asked} two handoffs are under way in '{space.Description.Name}'");
        }

        foreach (Handoff handoff in State.Handoffs.Values)
        {
            Require(State.Groups.GetValueOrDefault(handoff.Giver) is { Move: null } && State.Groups.GetValueOrDefault(handoff.Taker) is { Move: null },
                $"after {asked} a group of {handoff.Id} is gone, or its members are to change meanwhile");
        }

        bool isRead = ConfigCodec.TryRead(ConfigCodec.Encode(State.Parts), out ConfigParts? parts, out string? complaint);
        Require(isRead && ConfigState.TryRestore(parts!, out complaint) is not null, $"after {asked} the state cannot be restored: {complaint}");
    }

    private void Require(bool holds, string detail)
    {
        if (!holds)
        {
            group.Observatory.Report(Symptom.WrongResult, InvariantNames.StateMachineSafety, detail);
        }
    }
}
