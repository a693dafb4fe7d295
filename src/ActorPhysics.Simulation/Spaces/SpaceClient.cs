using System.Buffers;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Specifications;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Workloads;
using ActorPhysics.Simulation.World;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.ControlPlane;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Simulation.Spaces;

/// <summary>
/// One client of a sharded space with one operation at a time. It routes by key with a map of its own, which may be old, follows what groups say of keys
/// that they do not own, and takes an unanswered command to the new owner under the same session and sequence.
/// </summary>
internal sealed class SpaceClient(int index, ClientPlan plan, SpaceRun world, SeededRandom random)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(40);
    private const long MostPatience = 4;

    // A session of one group, or of several that have it from that one.
    private readonly SortedDictionary<GroupId, Conversation> _conversations = [];
    private readonly SortedDictionary<GroupId, int> _leaders = [];
    private ShardMap? _map = world.Map;
    private OperationRecord? _current;
    private SortedDictionary<GroupId, (LogIndex Known, LeaderEpoch Led)> _before = [];
    private Conversation? _conversation;
    private SpaceKey _key;
    private GroupId _group;
    private byte[] _encoded = [];
    private int _unknown;
    private ulong _attempt;
    private bool _attemptOpen;
    private int _asked;
    private bool _ambiguous;
    private long _patience = 1;
    private WorldTime _deadline;

    // It reads the map before it goes on.
    private bool _looks;
    private int _misses;

    public int Index => index;
    public OperationRecord? Current => _current;

    /// <summary>Begins, and goes on until the world ends.</summary>
    public void Begin()
    {
        if (_current is null && world.MayBegin)
        {
            NextOperation();
        }
    }

    public void OnReply(ulong attempt, int node, GroupId group, ClientReply reply)
    {
        if (attempt != _attempt || !_attemptOpen || _current is null)
        {
            return;
        }

        _attemptOpen = false;
        if (_looks)
        {
            OnMap(node, reply);
            return;
        }

        switch (reply)
        {
            case ClientReply.Applied { Status: CommandStatus.WrongShard } elsewhere:
                Redirect(elsewhere.Result);
                break;
            case ClientReply.Served { Outcome: QueryOutcome.WrongShard } elsewhere:
                Redirect(elsewhere.Answer);
                break;
            case ClientReply.Applied applied when _conversation is { IsOpen: false }:
                _leaders[group] = node;
                SessionOpens(applied);
                break;
            case ClientReply.Applied applied:
                _leaders[group] = node;
                FinishCommand(_current, applied, group);
                break;
            case ClientReply.Served served:
                _leaders[group] = served.Level == ConsistencyLevel.FollowerRead ? _leaders.GetValueOrDefault(group, -1) : node;
                FinishQuery(_current, served, group);
                break;
            case ClientReply.Refused { Refusal: Refusal.OutcomeUnknown } or ClientReply.Broken:
                _ambiguous = true;
                _leaders[group] = -1;
                Retry(RetryPause);
                break;
            case ClientReply.Refused { Refusal: Refusal.NoLease }:
                _current.Level = ConsistencyLevel.StrongRead;
                Retry(TimeSpan.Zero);
                break;
            case ClientReply.Refused { Leader.Node: var hint } when hint != default && (int)hint.Value - 1 != node:
                _leaders[group] = (int)hint.Value - 1;
                Retry(TimeSpan.Zero);
                break;
            case ClientReply.Unreachable when world.Map is null && ++_misses % 3 == 0:
                // The group may be over.
                LookUp();
                break;
            default:
                _leaders[group] = -1;
                Retry(RetryPause);
                break;
        }
    }

    private void OnMap(int node, ClientReply reply)
    {
        switch (reply)
        {
            case ClientReply.Served { Outcome: QueryOutcome.Answered } served
                when ConfigCodec.TryRead(served.Answer, out ConfigAnswer? answer, out _) && answer is SpaceAnswer told && (told.Map ?? _map) is { } map:
                _looks = false;
                _map = _map is { } known && known.Version >= map.Version ? known : map;
                GoOn(_map.Find(_key).Group);
                break;
            case ClientReply.Refused { Leader.Node: var hint } when hint != default && (int)hint.Value - 1 != node:
                _leaders[SpaceRun.ConfigGroup] = (int)hint.Value - 1;
                Retry(TimeSpan.Zero);
                break;
            default:
                _leaders[SpaceRun.ConfigGroup] = -1;
                Retry(RetryPause);
                break;
        }
    }

    private void NextOperation()
    {
        ulong number = world.NextOperationNumber();
        DrawnOperation drawn = KeyValueWorkload.Sharded.Draw(random, index, number, random.Below(100) < plan.ReadsPercent);
        _current = new OperationRecord(number, index, index + (_unknown * plan.Count), drawn, drawn.IsQuery ? DrawLevel() : ConsistencyLevel.StrongWrite, world.Events.Now);
        world.History.Add(_current);
        _before = world.KnownNow();
        _key = SpaceKey.OfText(((KeyValueSpecification.KeyOperation)drawn.Operation).Key);
        _deadline = world.Events.Now + plan.OperationDeadline;
        _ambiguous = false;
        _patience = 1;
        _conversation = null;
        _looks = false;
        _group = default;
        if (_map is null)
        {
            LookUp();
        }
        else
        {
            Route(_map.Find(_key).Group);
        }
    }

    private ConsistencyLevel DrawLevel()
    {
        int draw = random.Below(100);
        return draw < plan.FollowerReadsPercent ? ConsistencyLevel.FollowerRead
            : draw < plan.FollowerReadsPercent + plan.LeaseReadsPercent ? ConsistencyLevel.LeaseRead
            : ConsistencyLevel.StrongRead;
    }

    /// <summary>The operation goes to this group from now on: under the name it has already, or under one that is made now.</summary>
    private void Route(GroupId group)
    {
        _group = group;
        OperationRecord current = _current!;
        if (current.Drawn.IsQuery)
        {
            _encoded = current.Drawn.Payload;
        }
        else if (_conversation is null or { IsOpen: false })
        {
            Name(current, group);
        }

        Attempt();
    }

    private void Name(OperationRecord command, GroupId group)
    {
        if (!_conversations.TryGetValue(group, out Conversation? known))
        {
            _conversation = new Conversation(random.NextBits() | 1);
            _encoded = Encode(new CommandView { Session = new SessionId(_conversation.Nonce), Kind = CommandKind.OpenSession });
            return;
        }

        _conversation = known;
        command.Session = known.Session;
        command.Sequence = known.Next;
        known.Next = known.Next.Next;
        _encoded = Encode(new CommandView { Session = command.Session, Sequence = command.Sequence, CompletedThrough = known.Completed, Payload = command.Drawn.Payload });
    }

    private void SessionOpens(ClientReply.Applied applied)
    {
        if (applied.Status == CommandStatus.Applied && SessionOpened.TryRead(applied.Result, out SessionOpened opened))
        {
            _conversation!.Session = opened.Session;
            world.SessionOf(_conversation.Nonce, opened.Session);
            _conversations[_group] = _conversation;
        }

        // What was ambiguous was only the opening.
        _ambiguous = false;
        _conversation = null;
        Route(_group);
    }

    /// <summary>The group does not own the key: it may know who does, or somebody has a newer map.</summary>
    private void Redirect(ReadOnlySpan<byte> told)
    {
        bool isKnown = WrongShard.TryDecode(told, out WrongShard? elsewhere);
        world.Redirected++;
        if (isKnown && elsewhere!.Given is { } given && !random.OneIn(8))
        {
            GoOn(given.To);
        }
        else
        {
            LookUp();
        }
    }

    private void GoOn(GroupId next)
    {
        if (world.Events.Now >= _deadline)
        {
            GiveUp(_current!);
        }
        else if (next != _group)
        {
            Route(next);
        }
        else
        {
            Retry(RetryPause);
        }
    }

    /// <summary>Reads the map, where it lies open or by asking the config group, perhaps at a replica that is behind.</summary>
    private void LookUp()
    {
        if (world.Map is { } map)
        {
            _map = map;
            GoOn(map.Find(_key).Group);
            return;
        }

        _looks = true;
        Attempt();
    }

    private void Attempt()
    {
        if (_looks)
        {
            Attempt(SpaceRun.ConfigGroup, ConfigCodec.Encode(new AskSpace(world.SpaceSettings.Name, _map?.Version ?? default)), random.OneIn(2) ? ConsistencyLevel.FollowerRead : ConsistencyLevel.StrongRead);
        }
        else
        {
            Attempt(_group, _encoded, _conversation is { IsOpen: false } ? ConsistencyLevel.StrongWrite : _current!.Level);
        }
    }

    private void Attempt(GroupId group, byte[] encoded, ConsistencyLevel level)
    {
        int leader = _leaders.GetValueOrDefault(group, -1);
        _asked = leader < 0 || random.Below(100) < plan.MisdirectedPercent ? random.Below(world.Plan.Nodes) : leader;
        ulong attempt = ++_attempt;
        _attemptOpen = true;
        _current!.Attempts++;
        world.Ask(index, attempt, _asked, group, encoded, level);
        world.After(plan.AttemptTimeout * _patience, () => OnTimeout(attempt));
    }

    private void OnTimeout(ulong attempt)
    {
        if (attempt == _attempt && _attemptOpen)
        {
            _attemptOpen = false;
            _ambiguous |= !_looks;
            _leaders[_looks ? SpaceRun.ConfigGroup : _group] = (_asked + 1) % world.Plan.Nodes;
            _patience = Math.Min(_patience * 2, MostPatience);
            Retry(TimeSpan.Zero);
        }
    }

    private void Retry(TimeSpan pause)
    {
        if (world.Events.Now >= _deadline)
        {
            GiveUp(_current!);
            return;
        }

        ulong attempt = _attempt;
        world.After(pause, () =>
        {
            if (attempt == _attempt && !_attemptOpen && _current is not null)
            {
                Attempt();
            }
        });
    }

    private void GiveUp(OperationRecord operation)
    {
        bool harmless = operation.Drawn.IsQuery || !_ambiguous || _conversation is { IsOpen: false };
        End(operation, harmless ? OperationOutcome.Fail : OperationOutcome.Unknown);
    }

    private void FinishCommand(OperationRecord operation, ClientReply.Applied applied, GroupId group)
    {
        if (applied.Status is CommandStatus.SessionExpired or CommandStatus.SessionWindowFull or CommandStatus.Malformed)
        {
            if (_conversations.GetValueOrDefault(group) == _conversation)
            {
                _conversations.Remove(group);
            }

            End(operation, _ambiguous ? OperationOutcome.Unknown : OperationOutcome.Fail);
            return;
        }

        operation.Status = applied.Status;
        operation.Result = applied.Result;
        operation.Place = applied.Place;
        operation.Frontier = applied.Frontier;
        _conversation!.Completed = operation.Sequence;
        if (_conversations.TryAdd(group, _conversation))
        {
            world.SessionsShared++;
        }

        Complete(operation, applied.Proof, group, applied.Place.Coordinate.Group == group ? applied.Place.Coordinate.Index : LogIndex.Zero, applied.Repeated);
    }

    private void FinishQuery(OperationRecord operation, ClientReply.Served served, GroupId group)
    {
        operation.Status = served.Outcome == QueryOutcome.Answered ? CommandStatus.Applied : CommandStatus.Refused;
        operation.Result = served.Answer;
        operation.Frontier = served.Frontier;
        Complete(operation, served.Proof, group, operation.Level == ConsistencyLevel.FollowerRead ? LogIndex.Zero : served.Frontier.Index, repeated: false);
    }

    private void Complete(OperationRecord operation, ReadOnlyMemory<byte> proof, GroupId group, LogIndex known, bool repeated)
    {
        (operation.KnownBefore, operation.LedBefore) = _before.GetValueOrDefault(group);
        operation.Outcome = OperationOutcome.Ok;
        operation.Completed = world.Events.Now;
        world.Completed(operation, proof, group, known, repeated);
        End(operation, OperationOutcome.Ok);
    }

    private void End(OperationRecord operation, OperationOutcome outcome)
    {
        operation.Outcome = outcome;
        operation.Completed = world.Events.Now;
        if (outcome == OperationOutcome.Unknown)
        {
            // In a history an unknown operation may take effect at any later time, so its process cannot go on.
            _unknown++;
        }

        _current = null;
        world.After(random.Exponential(plan.ThinkTime), Begin);
    }

    private static byte[] Encode(in CommandView command)
    {
        var bytes = new ArrayBufferWriter<byte>(command.EncodedBytes);
        command.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private sealed class Conversation(ulong nonce)
    {
        public ulong Nonce { get; } = nonce;
        public SessionId Session { get; set; }
        public bool IsOpen => !Session.IsNone;
        public CommandSequence Next { get; set; } = new(1);
        public CommandSequence Completed { get; set; }
    }
}
