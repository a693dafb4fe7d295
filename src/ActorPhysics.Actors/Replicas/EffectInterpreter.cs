using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Protocol.Reads;
using ActorPhysics.Wire.Buffers;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Journal;

namespace ActorPhysics.Actors.Replicas;

/// <summary>
/// Runs the effects of a replica over its ports: the only place where they meet the world. The records of a batch become one append; a
/// message that waits for a record is held here until that record is durable.
/// </summary>
internal sealed class EffectInterpreter(
    ReplicaEngine engine, ReplicaId self, ConfigurationTrail configurations, ReplicatedState state, RequestIntake intake, ReplicaPorts ports)
{
    private readonly Queue<(RecordNumber After, IReadOnlyList<LineMessage> Messages)> _gated = new();
    private readonly List<HistoryEvent> _records = [];
    private readonly AppliedBatch _results = new();
    private readonly PooledBuffer _answer = new(maxBytes: Array.MaxLength);
    private RecordNumber _firstRecord;
    private RecordNumber _durable;
    private readonly ReplicaNodes _nodes = new(configurations);
    private GroupConfiguration _configuration = configurations.Newest;

    // States that stand ready until the end of the batch, when the effects that adopt them are interpreted; what is not adopted then never will be.
    private readonly List<(SnapshotDescription Snapshot, ReplicatedState State)> _prepared = [];

    public ReplicatedState State { get; private set; } = state;

    public void Interpret(List<LineEffect> effects)
    {
        foreach (LineEffect effect in effects)
        {
            Interpret(effect);
        }

        AppendCollected();
        _prepared.Clear();

        // Back to the pool: thousands of silent replicas would keep theirs for nothing.
        _results.Dispose();
        _answer.Dispose();
    }

    /// <summary>Sends what waited for the records through this one.</summary>
    public void ReleaseGated(RecordNumber through)
    {
        _durable = through > _durable ? through : _durable;
        while (_gated.TryPeek(out (RecordNumber After, IReadOnlyList<LineMessage> Messages) first) && first.After <= through)
        {
            foreach (LineMessage message in _gated.Dequeue().Messages)
            {
                Send(message);
            }
        }
    }

    public void Prepare(SnapshotDescription snapshot, ReplicatedState prepared) => _prepared.Add((snapshot, prepared));

    private void Interpret(LineEffect effect)
    {
        switch (effect)
        {
            case Persist persist:
                Collect(persist);
                break;
            case Send send:
                Send(send.Message);
                break;
            case ApplyEntries apply:
                Apply(apply);
                break;
            case ServeReads serve:
                Serve(serve);
                break;
            case RefuseRequests refuse:
                Refuse(refuse);
                break;
            case TransferCompleted transfer:
                ports.Replies.TransferCompleted(transfer.Request, HintAt(transfer.Leader));
                break;
            case ConfigurationChanged changed:
                Configure(changed.Configuration);
                break;
            case SetTimer timer:
                ports.Timers.Set(timer.Timer, timer.Due);
                break;
            case CaptureSnapshot capture:
                Capture(capture);
                break;
            case ReadSnapshotChunk read:
                ports.Snapshots.Read(read);
                break;
            case StoreSnapshotChunk store:
                ports.Snapshots.Store(store);
                break;
            case AdoptSnapshot adopt:
                Adopt(adopt);
                break;
            case DiscardRecords discard:
                ports.Log.DiscardThrough(discard.Through);
                break;
            case DiscardSnapshots discard:
                ports.Snapshots.Discard(discard);
                break;
            case RoleChanged change:
                ports.Observer.RoleChanged(_configuration, change);
                break;
            default:
                throw new InvariantViolationException("ClosedEffects", $"no interpretation for {effect.GetType().Name}");
        }
    }

    private void Collect(Persist persist)
    {
        if (_records.Count == 0)
        {
            _firstRecord = persist.First;
        }

        _records.AddRange(persist.Records);
        if (persist.ThenSend.Count == 0)
        {
            return;
        }

        _gated.Enqueue((persist.Last, persist.ThenSend));
        if (persist.Last <= _durable)
        {
            // The record it waits for became durable between the step and now.
            ReleaseGated(_durable);
        }
    }

    private void AppendCollected()
    {
        if (_records.Count == 0)
        {
            return;
        }

        HistoryEvent[] records = [.. _records];
        _records.Clear();
        ports.Log.Append(_firstRecord, records);
    }

    private void Send(LineMessage message)
    {
        // A message that cannot leave is lost, like any other: the protocol sends again what matters.
        ports.Transport.TrySend(NodeOf(message.Envelope.To), message);
    }

    private void Apply(ApplyEntries apply)
    {
        ReadOnlyMemory<byte> proof = default;
        Coordinate frontier = apply.Certificate.Coordinate;
        int commands = 0;
        foreach (EntryToApply item in apply.Entries)
        {
            LogPosition position = item.Entry.Position;
            var at = new Coordinate(_configuration.Group, item.ConfigEpoch, position.Epoch, position.Index);
            if (item.Entry is not CommandEntry entry)
            {
                Pass(item, at);
                continue;
            }

            if (State.IsLogOnly)
            {
                Invariant.Require(item.Waiting.Count == 0, "StateMachineSafety", at, static x => $"somebody waits at a witness for what {x} results in");
                State.PassEntry(at);
                continue;
            }

            State.ApplyCommands(at, entry.Time, entry.Commands.Span, _results);
            Invariant.Require(_results.Count == entry.CommandCount, "EntryDecodable", (at, entry, _results),
                static x => $"entry {x.at} holds {x._results.Count} commands and says {x.entry.CommandCount}");
            commands += entry.CommandCount;
            if (item.Waiting.Count == 0)
            {
                continue;
            }

            if (proof.IsEmpty)
            {
                proof = ProofCodec.Encode(apply.Certificate, apply.Runs);
            }

            Reply(item.Waiting, frontier, proof);
        }

        ports.Observer.Applied(apply.Entries.Count, commands);
        engine.Step(new EntriesApplied(ports.Clock.Now, apply.Entries[^1].Entry.Position.Index));
    }

    /// <summary>
    /// An entry without commands. Whoever is made a witness by it has no use for the state any more: it is trunk by now, and a witness never becomes a voter.
    /// </summary>
    private void Pass(EntryToApply item, in Coordinate at)
    {
        State.PassEntry(at);
        if (item.Entry is not ConfigurationEntry { Configuration: var configuration })
        {
            return;
        }

        foreach (RequestToken waiting in item.Waiting)
        {
            ports.Replies.MembershipChanged(waiting, at, configuration);
        }

        if (!State.IsLogOnly && configuration.Find(self) is { Role: MemberRole.Witness })
        {
            State = ReplicatedState.LogOnly(State.Definition, at);
        }
    }

    private void Reply(IReadOnlyList<RequestToken> waiting, Coordinate frontier, ReadOnlyMemory<byte> proof)
    {
        var ordinal = EntryOrdinal.First;
        for (int i = 0; i < waiting.Count; i++)
        {
            ports.Replies.Applied(waiting[i], _results[ordinal], frontier, proof);
            ordinal = ordinal.Next;
        }
    }

    private void Serve(ServeReads serve)
    {
        Invariant.Require(State.Applied.Index >= serve.Frontier, "ReadFrontier", (serve, State),
            static x => $"a read of frontier {x.serve.Frontier} meets a state at {x.State.Applied}");
        ReadOnlyMemory<byte> proof = serve.Certificate is { } certificate ? ProofCodec.Encode(certificate) : default;
        Coordinate frontier = serve.Certificate?.Coordinate ?? State.Applied;
        ulong lag = serve.Level == ReadLevel.Follower ? engine.Boundaries.Committed.DistanceFrom(serve.Frontier) : 0;
        foreach (RequestToken token in serve.Requests)
        {
            if (!intake.TryTakeRead(token, out RequestIntake.PendingRead read))
            {
                throw new InvariantViolationException("ClosedEffects", "a command's request was served as a read");
            }

            if (State.IsLogOnly)
            {
                ports.Replies.Refused(read.Request, Refusal.Unavailable, HintAt(engine.Leader), "a witness keeps no state");
                continue;
            }

            _answer.Clear();
            QueryOutcome outcome = State.Query(read.Query.Span, read.Scope, _answer);
            if (!serve.AnswerBefore.IsNever && ports.Clock.Now >= serve.AnswerBefore)
            {
                ports.Replies.Refused(read.Request, Refusal.NoLease, HintAt(engine.Leader), detail: null);
                continue;
            }

            ports.Replies.Served(read.Request, outcome, _answer.WrittenSpan, read.Level, frontier, lag, proof);
        }
    }

    private void Refuse(RefuseRequests refuse)
    {
        LeaderHint leader = HintAt(refuse.LeaderHint);
        foreach (RequestToken token in refuse.Requests)
        {
            RequestToken request = intake.TryTakeRead(token, out RequestIntake.PendingRead read) ? read.Request : token;
            ports.Replies.Refused(request, refuse.Refusal, leader, refuse.Detail);
        }
    }

    private void Configure(GroupConfiguration configuration)
    {
        _configuration = configuration;
        _nodes.Learn(configuration);
        ports.Observer.ConfigurationChanged(configuration);
    }

    private void Capture(CaptureSnapshot capture)
    {
        Invariant.Require(State.Applied.Index == capture.Position.Index, "StateMachineSafety", (capture, State),
            static x => $"a capture at {x.capture.Position} meets a state at {x.State.Applied}");
        ports.Snapshots.Save(State.Capture(SnapshotHeaderCodec.EncodeConfiguration(capture.Configuration)), capture);
    }

    private void Adopt(AdoptSnapshot adopt)
    {
        int ready = _prepared.FindIndex(prepared => prepared.Snapshot.IsSameAs(adopt.Snapshot));
        Invariant.Require(ready >= 0, "StateMachineSafety", adopt, static x => $"no state stands ready for the snapshot at {x.Snapshot.Position}");
        State = _prepared[ready].State;
    }

    private LeaderHint HintAt(ReplicaId leader) => leader.IsNone ? default : new LeaderHint(NodeOf(leader), engine.Epoch);

    public NodeId NodeOf(ReplicaId replica) => _nodes.NodeOf(replica);

    public void NoteNode(ReplicaId replica, NodeId node) => _nodes.Learn(replica, node);
}
