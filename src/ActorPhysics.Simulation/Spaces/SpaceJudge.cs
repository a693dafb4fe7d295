using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Specifications;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.Workloads;
using ActorPhysics.Simulation.World;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Simulation.Spaces;

/// <summary>
/// Leads a model of the whole space along the trunks of all its groups, a taker's after what its giver did before, and compares: each key belongs to one
/// group at each place or is on its way, every command takes effect once wherever its retries went, none that was refused does, and every answer is the one
/// that the place gives. The rules of ownership are its own: it shares no code with what it judges but the reading of bytes.
/// </summary>
internal sealed class SpaceJudge
{
    private readonly List<Evidence> _evidence = [];
    private readonly SortedDictionary<GroupId, ModelGroup> _groups = [];
    private readonly SortedDictionary<HandoffId, ModelParcel> _parcels = [];
    private readonly Dictionary<(SessionId Session, CommandSequence Sequence), OperationRecord> _commands = [];
    private readonly Dictionary<ulong, Effect> _executed = [];

    // Where commands stood that found no owner there; the last place of each.
    private readonly Dictionary<ulong, CommandPlace> _unowned = [];
    private readonly IReadOnlyDictionary<ulong, SessionId> _sessions;
    private readonly SpaceRun _run;

    // What the end of the run found: earlier symptoms are nearer to the cause.
    private readonly TimeSpan _end;

    public SpaceJudge(SpaceRun run, IReadOnlyDictionary<ulong, SessionId> sessions)
    {
        _run = run;
        _end = run.Events.Now.SinceBeginning;
        _sessions = sessions;
        foreach (SimulatedGroup group in run.Groups.Where(group => group.Settings.Keys is { } keys && (run.Driver.Map is not { } map || keys.Space == map.Space)))
        {
            _groups.Add(group.Founding.Group, new ModelGroup(group));
        }

        IEnumerable<OperationRecord> answered = run.History.Operations.Where(operation => operation.Drawn.IsQuery && operation.Outcome == OperationOutcome.Ok);
        foreach (OperationRecord query in answered.OrderBy(query => query.Frontier.Index).ThenBy(query => query.Number))
        {
            _groups[query.Frontier.Group].Queries.Enqueue(query);
        }
    }

    public IReadOnlyList<Evidence> Judge()
    {
        foreach (OperationRecord operation in _run.History.Operations.Where(operation => !operation.Session.IsNone))
        {
            _commands[(operation.Session, operation.Sequence)] = operation;
        }

        foreach (ModelGroup group in _groups.Values)
        {
            Lead(group, until: null);
        }

        RequireEveryKeyOnce();
        foreach (OperationRecord operation in _run.History.Operations.Where(operation => !operation.Drawn.IsQuery))
        {
            JudgeCommand(operation);
        }

        return _evidence;
    }

    /// <summary>Replays a group's trunk to its end, or until it has handed out a parcel.</summary>
    private void Lead(ModelGroup group, HandoffId? until)
    {
        if (group.Next == 0)
        {
            // Later it may be in the middle of an entry, which waits for what another group did before.
            Settle(group);
        }

        while (group.Next < group.Trunk.Count && (until is not { } parcel || !_parcels.ContainsKey(parcel)))
        {
            TimeSpan at = group.CommittedAt[group.Next];
            LogEntry entry = group.Trunk[group.Next++];
            if (entry is CommandEntry commands)
            {
                Apply(group, commands, at);
            }
            else if (entry is ConfigurationEntry changed)
            {
                group.Configuration = changed.Configuration.Epoch;
            }

            CompareOwnership(group);
            Settle(group);
        }
    }

    /// <summary>What the replicas take for the group's own where they have applied so much is what its trunk gives it.</summary>
    private void CompareOwnership(ModelGroup group)
    {
        while (group.Compared < group.Taken.Count && group.Taken[group.Compared].At.Value <= (ulong)group.Next)
        {
            (LogIndex at, KeyRange? owned, TimeSpan since) = group.Taken[group.Compared++];
            if (at.Value == (ulong)group.Next && owned != group.Owned)
            {
                Add(Symptom.OwnershipApart, InvariantNames.KeyOwnership, $"{group.Id} takes {owned} for its own at {at}, where its trunk leaves it {group.Owned}", since);
            }
        }
    }

    /// <summary>
    /// A query is answered from a state that includes everything through its frontier, and perhaps more, but nothing that was committed after the answer; at
    /// a follower, from that at the frontier.
    /// </summary>
    private void Settle(ModelGroup group)
    {
        var at = new LogIndex((ulong)group.Next);
        while (group.Queries.TryPeek(out OperationRecord? next) && next.Frontier.Index <= at)
        {
            group.Open.Add(group.Queries.Dequeue());
        }

        group.Open.RemoveAll(query => IsSettled(group, query, at));
    }

    private bool IsSettled(ModelGroup group, OperationRecord query, LogIndex at)
    {
        var what = (KeyValueSpecification.KeyOperation)query.Drawn.Operation;
        KeyValueSpecification.Result answered = KeyValueWorkload.Sharded.Decode(what, query.Status, query.Result);
        KeyValueSpecification.Result expected = KeyValueSpecification.Instance.Apply(group.Keys.GetValueOrDefault(what.Key, KeyValueState.Empty), what).Result;
        if (group.Owns(what.Key) && answered.Equals(expected))
        {
            return true;
        }

        if (at < query.TrunkAtCompletion && query.Level != ConsistencyLevel.FollowerRead)
        {
            return false;
        }

        Symptom symptom = !group.Owns(what.Key) ? Symptom.StaleRead
            : group.Came.Contains(what.Key) && answered.Equals(KeyValueSpecification.Instance.Apply(KeyValueState.Empty, what).Result) ? Symptom.KeyLost
            : Symptom.WrongRead;
        Add(symptom, InvariantNames.KeyOwnership, $"{query} at {query.Frontier} saw {answered}, which no state of {group.Id} from there on gives while it owns the key; the last gives {expected}",
            query.Completed.SinceBeginning);
        return true;
    }

    private void Apply(ModelGroup group, CommandEntry entry, TimeSpan since)
    {
        var reader = new CommandBatchReader(entry.Commands.Span);
        var at = new Coordinate(group.Id, group.Configuration, entry.Position.Epoch, entry.Position.Index);
        while (reader.TryRead(out CommandView command))
        {
            switch (command.Kind)
            {
                case CommandKind.OpenSession when _sessions.TryGetValue(command.Nonce.Value, out SessionId opened):
                    group.Completed.TryAdd(opened, CommandSequence.None);
                    break;
                case CommandKind.User:
                    Execute(group, command, new CommandPlace(at, reader.Ordinal), since);
                    break;
                case CommandKind.HandOut when HandoffCodec.TryDecode(command.Payload, out HandOut? order):
                    HandOut(group, order);
                    break;
                case CommandKind.TakeIn when HandoffCodec.TryDecode(command.Payload, out TakeIn? order, out ReadOnlyMemory<byte> piece):
                    TakeIn(group, order, piece.Length, since);
                    break;
                case CommandKind.Release when HandoffCodec.TryDecode(command.Payload, out Release? order) && group.Outgoing == order.Id:
                    group.Outgoing = default;
                    break;
                default:
                    break;
            }
        }
    }

    private void Execute(ModelGroup group, in CommandView command, CommandPlace place, TimeSpan since)
    {
        if (!_commands.TryGetValue((command.Session, command.Sequence), out OperationRecord? operation))
        {
            Add(Symptom.PhantomAcknowledgement, InvariantNames.TrunkMonotonicity, $"{place} holds a command of {command.Session} that no client sent", since);
            return;
        }

        if (!group.Completed.TryGetValue(command.Session, out CommandSequence completed))
        {
            return;
        }

        completed = command.CompletedThrough > completed ? command.CompletedThrough : completed;
        group.Completed[command.Session] = completed;
        var what = (KeyValueSpecification.KeyOperation)operation.Drawn.Operation;
        if (command.Sequence <= completed || _executed.ContainsKey(operation.Number))
        {
            return;
        }

        if (!group.Owns(what.Key))
        {
            _unowned[operation.Number] = place;
            return;
        }

        SpecificationStep<KeyValueState, KeyValueSpecification.Result> step =
            KeyValueSpecification.Instance.Apply(group.Keys.GetValueOrDefault(what.Key, KeyValueState.Empty), what);
        bool came = group.Came.Contains(what.Key);
        group.Keys[what.Key] = step.State;
        _executed.Add(operation.Number, new Effect(place, step.Result, came ? KeyValueSpecification.Instance.Apply(KeyValueState.Empty, what).Result : null));
    }

    private void HandOut(ModelGroup group, HandOut order)
    {
        bool isOneEnd = group.Owned is { } owned && (owned.From == order.Range.From || owned.To == order.Range.To) && owned.Intersect(order.Range) == order.Range;
        if (_parcels.ContainsKey(order.Id) || order.Expected != group.Configuration || order.Version <= group.Since || !group.Outgoing.IsNone || !group.Incoming.IsNone || !isOneEnd)
        {
            return;
        }

        var keys = new SortedDictionary<string, KeyValueState>(StringComparer.Ordinal);
        foreach (string key in KeyValueWorkload.Sharded.Keys.Where(key => Contains(order.Range, key)))
        {
            if (group.Keys.Remove(key, out KeyValueState? state))
            {
                keys.Add(key, state);
            }
        }

        group.Owned = Without(group.Owned!.Value, order.Range);
        (group.Since, group.Outgoing) = (order.Version, order.Id);
        _parcels.Add(order.Id, new ModelParcel(order, group.Id, keys, new SortedDictionary<SessionId, CommandSequence>(group.Completed)));
    }

    private void TakeIn(ModelGroup group, TakeIn order, int pieceBytes, TimeSpan since)
    {
        bool begins = group.Incoming.IsNone && group.LastTaken != order.Id && order.OffsetBytes == 0 && order.Version > group.Since
            && (group.Owned is not { } owned || owned.IsFollowedBy(order.Range) || order.Range.IsFollowedBy(owned));
        if (!begins && (group.Incoming != order.Id || order.OffsetBytes != group.ReceivedBytes))
        {
            return;
        }

        group.Incoming = order.Id;
        group.ReceivedBytes = order.OffsetBytes + pieceBytes;
        if (group.ReceivedBytes < order.Seal.LengthBytes)
        {
            return;
        }

        (group.Incoming, group.ReceivedBytes, group.LastTaken, group.Since) = (default, 0, order.Id, order.Version);
        Lead(_groups[order.Giver.Group], until: order.Id);
        if (!_parcels.TryGetValue(order.Id, out ModelParcel? parcel) || parcel.IsTaken || parcel.Order.Range != order.Range || parcel.Order.Taker.Group != group.Id)
        {
            Add(Symptom.KeyOwnedTwice, InvariantNames.KeyOwnership,
                $"{group.Id} takes {order.Range} for its own by {order.Id}, which {order.Giver.Group} {(parcel?.IsTaken == true ? "gave once before" : "did not give")}", since);
            return;
        }

        parcel.IsTaken = true;
        group.Owned = group.Owned is { } had ? had.TryJoin(order.Range) : order.Range;
        foreach ((string key, KeyValueState state) in parcel.Keys)
        {
            group.Keys[key] = state;
            group.Came.Add(key);
        }

        foreach ((SessionId session, CommandSequence through) in parcel.Sessions)
        {
            CommandSequence known = group.Completed.GetValueOrDefault(session);
            group.Completed[session] = through > known ? through : known;
        }
    }

    /// <summary>What the model and the replicas hold about who owns what, at the ends of all trunks, is one thing, and covers each key once.</summary>
    private void RequireEveryKeyOnce()
    {
        foreach (string key in _run.Driver.Map is null ? [] : KeyValueWorkload.Sharded.Keys)
        {
            List<string> owners = [.. _groups.Values.Where(group => group.Owns(key)).Select(group => $"{group.Id}")];
            owners.AddRange(_parcels.Values.Where(parcel => !parcel.IsTaken && Contains(parcel.Order.Range, key)).Select(parcel => $"{parcel.Order.Id} on its way"));
            if (owners.Count != 1)
            {
                Add(owners.Count == 0 ? Symptom.KeyLost : Symptom.KeyOwnedTwice, InvariantNames.KeyOwnership,
                    $"'{key}' belongs to {(owners.Count == 0 ? "nobody" : string.Join(" and ", owners))}", _end);
            }
        }

        RequireMap();
        foreach (ModelGroup group in _groups.Values)
        {
            foreach (SimulatedReplica replica in _run.ReplicasOf(group.Id).Where(replica => replica.Actor is { KeepsState: true } actor && actor.Boundaries.Applied.Value == (ulong)group.Trunk.Count))
            {
                KeyRange? owned = replica.Actor!.Ownership!.Owned;
                if (owned != group.Owned)
                {
                    Add(Symptom.OwnershipApart, InvariantNames.KeyOwnership,
                        $"{replica.Subject.Id} of {group.Id} takes {owned} for the group's own at the end of the trunk, which says {group.Owned}", _end);
                }
            }
        }
    }

    /// <summary>When no change is under way each shard of the newest map is what its group owns.</summary>
    private void RequireMap()
    {
        foreach (Shard shard in _run.Driver.IsIdle ? _run.Driver.Map!.Shards : [])
        {
            KeyRange? owned = _groups.TryGetValue(shard.Group, out ModelGroup? group) ? group.Owned : null;
            if (owned != shard.Range)
            {
                Add(Symptom.KeyLost, InvariantNames.KeyOwnership, $"the map gives {shard.Range} to {shard.Group}, which owns {owned}", _end);
            }
        }
    }

    private void JudgeCommand(OperationRecord operation)
    {
        bool executed = _executed.TryGetValue(operation.Number, out Effect? effect);
        // An operation that the end of the run found open has not ended.
        TimeSpan at = operation.Completed == WorldTime.Never ? _end : operation.Completed.SinceBeginning;
        switch (operation.Outcome)
        {
            case OperationOutcome.Fail when executed:
                Add(Symptom.FalseRefusal, InvariantNames.TruthfulRefusal, $"{operation} and yet it took effect at {effect!.Place}", at);
                break;
            case OperationOutcome.Ok when !executed && _unowned.TryGetValue(operation.Number, out CommandPlace place) && IsSamePlace(operation.Place, place):
                Add(Symptom.KeyOwnedTwice, InvariantNames.KeyOwnership, $"{operation} took effect at {place}, in a group that did not own its key there", at);
                break;
            case OperationOutcome.Ok when !executed:
                Add(Symptom.PhantomAcknowledgement, InvariantNames.TrunkMonotonicity, $"{operation} at {operation.Place}, and no trunk gives it an effect", at);
                break;
            case OperationOutcome.Ok when !IsSamePlace(operation.Place, effect!.Place):
                Add(Symptom.ExecutedTwice, InvariantNames.ExactlyOnce, $"{operation} is said to stand at {operation.Place}; it had taken effect at {effect.Place}", at);
                break;
            case OperationOutcome.Ok:
                KeyValueSpecification.Result answered =
                    KeyValueWorkload.Sharded.Decode((KeyValueSpecification.Operation)operation.Drawn.Operation, operation.Status, operation.Result);
                if (!answered.Equals(effect!.Result))
                {
                    // As if nothing had come with the key.
                    bool isLost = answered.Equals(effect.WithoutParcel);
                    Add(isLost ? Symptom.KeyLost : Symptom.WrongResult, isLost ? InvariantNames.KeyOwnership : InvariantNames.StateMachineSafety,
                        $"{operation} at {effect.Place} answers {answered}, where the state gives {effect.Result}", at);
                }

                break;
            default:
                break;
        }
    }

    private static bool IsSamePlace(CommandPlace said, CommandPlace place) =>
        said.Coordinate.Group == place.Coordinate.Group && said.Coordinate.Index == place.Coordinate.Index
        && said.Coordinate.LeaderEpoch == place.Coordinate.LeaderEpoch && said.Ordinal == place.Ordinal;

    private bool Contains(KeyRange range, string key) => range.Contains(KeyPoint.Of(_run.Plan.Kind, SpaceKey.OfText(key)));

    private static KeyRange? Without(KeyRange owned, KeyRange part) => owned == part ? null
        : owned.From == part.From ? KeyRange.TryCreate(part.To, owned.To)
        : KeyRange.TryCreate(owned.From, part.From);

    private void Add(Symptom symptom, string invariant, string detail, TimeSpan after) => _evidence.Add(new Evidence(symptom, invariant, detail, after));

    /// <summary>Where and how a command took effect.</summary>
    /// <param name="WithoutParcel">The result if the key had come without its value; null where it did not come from another group.</param>
    private sealed record Effect(CommandPlace Place, KeyValueSpecification.Result Result, KeyValueSpecification.Result? WithoutParcel);

    /// <summary>A group as its trunk tells it.</summary>
    private sealed class ModelGroup(SimulatedGroup group)
    {
        private readonly ShardingKind _kind = group.Settings.Keys!.Kind;

        public GroupId Id { get; } = group.Founding.Group;
        public IReadOnlyList<LogEntry> Trunk { get; } = group.Observatory.Trunk.Entries;
        public IReadOnlyList<TimeSpan> CommittedAt { get; } = group.Observatory.Trunk.CommittedAt;
        public int Next { get; set; }
        public IReadOnlyList<(LogIndex At, KeyRange? Owned, TimeSpan Since)> Taken { get; } = group.Observatory.Ownership.Taken;
        public int Compared { get; set; }
        public ConfigEpoch Configuration { get; set; } = ConfigEpoch.Founding;
        public KeyRange? Owned { get; set; } = group.Settings.Keys!.Range;
        public ShardMapVersion Since { get; set; } = group.Settings.Keys!.Range is null ? default : group.Settings.Keys!.Version;
        public HandoffId Outgoing { get; set; }
        public HandoffId Incoming { get; set; }
        public HandoffId LastTaken { get; set; }
        public long ReceivedBytes { get; set; }
        public SortedDictionary<string, KeyValueState> Keys { get; } = new(StringComparer.Ordinal);

        /// <summary>The reads that the group answered, by frontier: those still to come, and those that no state so far explains.</summary>
        public Queue<OperationRecord> Queries { get; } = new();
        public List<OperationRecord> Open { get; } = [];

        /// <summary>The keys that came with a parcel.</summary>
        public SortedSet<string> Came { get; } = new(StringComparer.Ordinal);

        /// <summary>The sessions that the group knows, each with what its client declared to be finished.</summary>
        public SortedDictionary<SessionId, CommandSequence> Completed { get; } = [];

        public bool Owns(string key) => Owned is { } owned && owned.Contains(KeyPoint.Of(_kind, SpaceKey.OfText(key)));
    }

    /// <summary>What a giver handed out.</summary>
    private sealed class ModelParcel(
        HandOut order, GroupId giver, SortedDictionary<string, KeyValueState> keys, SortedDictionary<SessionId, CommandSequence> sessions)
    {
        public HandOut Order { get; } = order;
        public GroupId Giver { get; } = giver;
        public SortedDictionary<string, KeyValueState> Keys { get; } = keys;
        public SortedDictionary<SessionId, CommandSequence> Sessions { get; } = sessions;
        public bool IsTaken { get; set; }
    }
}
