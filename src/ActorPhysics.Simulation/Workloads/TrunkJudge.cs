using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Wire.Commands;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Workloads;

/// <summary>
/// Leads a model along the trunk and compares: every answer must be the one that the operation's own place gives, each command must
/// take effect once, and none that was refused may take effect at all. With the order of the places agreeing with real time, that is
/// linearizability, with the trunk itself as the witness.
/// </summary>
internal sealed class TrunkJudge(ISequentialModel model, ClientHistory history)
{
    private readonly List<Evidence> _evidence = [];
    private readonly Dictionary<(SessionId Session, CommandSequence Sequence), OperationRecord> _commands = [];
    private readonly Dictionary<ulong, (CommandPlace Place, object Result)> _executed = [];
    private readonly Dictionary<SessionId, CommandSequence> _completed = [];
    private readonly List<OperationRecord> _open = [];
    private LogTime _time;
    private ConfigEpoch _configuration = ConfigEpoch.Founding;

    public IReadOnlyList<Evidence> Judge()
    {
        var queries = new List<OperationRecord>();
        foreach (OperationRecord operation in history.Operations)
        {
            if (!operation.Drawn.IsQuery)
            {
                _commands[(operation.Session, operation.Sequence)] = operation;
            }
            else if (operation.Outcome == OperationOutcome.Ok)
            {
                queries.Add(operation);
            }
        }

        queries.Sort(static (a, b) => a.Frontier.Index != b.Frontier.Index ? a.Frontier.Index.CompareTo(b.Frontier.Index) : a.Number.CompareTo(b.Number));
        Replay(queries);
        foreach (OperationRecord operation in history.Operations)
        {
            if (!operation.Drawn.IsQuery)
            {
                JudgeCommand(operation);
            }
        }

        return _evidence;
    }

    private void Replay(List<OperationRecord> queries)
    {
        int next = 0;
        for (int index = 0; index <= history.Trunk.Count; index++)
        {
            switch (index > 0 ? history.Trunk[index - 1] : null)
            {
                case CommandEntry entry:
                    Apply(entry);
                    break;
                case ConfigurationEntry changed:
                    // Its own entry bears the former epoch.
                    _configuration = changed.Configuration.Epoch;
                    break;
                default:
                    break;
            }

            for (; next < queries.Count && queries[next].Frontier.Index.Value == (ulong)index; next++)
            {
                _open.Add(queries[next]);
            }

            _open.RemoveAll(operation => IsSettled(operation, new LogIndex((ulong)index)));
        }

        for (; next < queries.Count; next++)
        {
            Add(Symptom.WrongRead, InvariantNames.ReadFreshness, queries[next], $"{queries[next]} was answered at {queries[next].Frontier}, beyond the trunk");
        }
    }

    private void Apply(CommandEntry entry)
    {
        _time = LogTime.Max(_time, entry.Time);
        var reader = new CommandBatchReader(entry.Commands.Span);
        while (reader.TryRead(out CommandView command))
        {
            if (command.Kind != CommandKind.User)
            {
                continue;
            }

            if (!_commands.TryGetValue((command.Session, command.Sequence), out OperationRecord? operation))
            {
                _evidence.Add(new Evidence(Symptom.PhantomAcknowledgement, InvariantNames.TrunkMonotonicity,
                    $"{entry.Position} holds a command of {command.Session} that no client sent", TimeSpan.MaxValue));
                continue;
            }

            Execute(operation, entry.Position, reader.Ordinal, command.CompletedThrough);
        }
    }

    private void Execute(OperationRecord operation, LogPosition position, EntryOrdinal ordinal, CommandSequence completedThrough)
    {
        CommandSequence completed = _completed.GetValueOrDefault(operation.Session);
        completed = completedThrough > completed ? completedThrough : completed;
        _completed[operation.Session] = completed;
        if (operation.Sequence <= completed || _executed.ContainsKey(operation.Number))
        {
            // Its client has declared it finished, or it has taken effect before.
            return;
        }

        var at = new Coordinate(GroupShape.Group, _configuration, position.Epoch, position.Index);
        object result = model.Apply(operation.Drawn, new ApplyContext(at, ordinal, _time));
        _executed.Add(operation.Number, (new CommandPlace(at, ordinal), result));
        if (model.TakeBrokenRule() is { } broken)
        {
            _evidence.Add(new Evidence(Symptom.WrongResult, broken.Name, $"{operation} at {position}: {broken.Detail}", operation.Invoked.SinceBeginning));
        }
    }

    /// <summary>
    /// A query is answered from a state that includes everything through its frontier, and perhaps more, but nothing that was committed after
    /// the answer.
    /// </summary>
    private bool IsSettled(OperationRecord operation, LogIndex at)
    {
        object expected = model.Ask(operation.Drawn);
        object answered = model.Answered(operation);
        if (answered.Equals(expected))
        {
            return true;
        }

        if (at < operation.TrunkAtCompletion && operation.Level != ConsistencyLevel.FollowerRead)
        {
            return false;
        }

        Add(Symptom.WrongRead, InvariantNames.StateMachineSafety, operation,
            $"{operation} at {operation.Frontier} saw {answered}, which no state from there to the end of the trunk at its answer gives; the last would give {expected}");
        return true;
    }

    private void JudgeCommand(OperationRecord operation)
    {
        bool executed = _executed.TryGetValue(operation.Number, out (CommandPlace Place, object Result) first);
        switch (operation.Outcome)
        {
            case OperationOutcome.Fail when executed:
                Add(Symptom.FalseRefusal, InvariantNames.TruthfulRefusal, operation, $"{operation} and yet it took effect at {first.Place}");
                break;
            case OperationOutcome.Ok when !executed:
                Add(Symptom.PhantomAcknowledgement, InvariantNames.TrunkMonotonicity, operation, $"{operation} at {operation.Place}, and the trunk does not hold it");
                break;
            case OperationOutcome.Ok:
                JudgeAnswer(operation, first.Place, first.Result);
                break;
            default:
                break;
        }
    }

    private void JudgeAnswer(OperationRecord operation, CommandPlace place, object expected)
    {
        Coordinate said = operation.Place.Coordinate;
        if (said.Index != place.Coordinate.Index || said.LeaderEpoch != place.Coordinate.LeaderEpoch || operation.Place.Ordinal != place.Ordinal)
        {
            Add(Symptom.ExecutedTwice, InvariantNames.ExactlyOnce, operation, $"{operation} is said to stand at {operation.Place}; it had taken effect at {place}");
            return;
        }

        object answered = model.Answered(operation);
        if (!answered.Equals(expected))
        {
            Add(Symptom.WrongResult, InvariantNames.StateMachineSafety, operation, $"{operation} at {place} answers {answered}, where the state gives {expected}");
        }

        if (said.Index <= operation.KnownBefore)
        {
            Add(Symptom.WrongResult, InvariantNames.ReadFreshness, operation,
                $"{operation} stands at {place}; {operation.KnownBefore} was known to be finished before it was asked");
        }
    }

    private void Add(Symptom symptom, string invariant, OperationRecord operation, string detail) =>
        _evidence.Add(new Evidence(symptom, invariant, detail, operation.Completed.SinceBeginning));
}
