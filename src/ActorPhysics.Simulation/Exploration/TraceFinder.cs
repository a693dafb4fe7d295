using System.Collections.Immutable;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>
/// Finds the way from the beginning to a violation. States know where they were come from, and not how: each parent on the way is expanded once
/// more. As the search is breadth-first, no way is shorter.
/// </summary>
internal sealed class TraceFinder(StateLayout layout, LocalSearch search, StateStore store, Expander expander)
{
    public ImmutableArray<TraceStep> Find(Finding finding)
    {
        var steps = new List<TraceStep>();
        int index = finding.Parent;
        steps.Add(Describe(StepAt(index, finding.Ordinal)));
        while (store[index][layout.Parent] is var parent and >= 0)
        {
            steps.Add(Describe(StepTo(parent, store[index])));
            index = parent;
        }

        steps.Reverse();
        return [.. steps];
    }

    private (SearchAction Action, int[]? After) StepAt(int parent, int ordinal)
    {
        var replay = new Replay(ordinal, null);
        expander.Expand(store[parent], parent, replay);
        return replay.Result;
    }

    private (SearchAction Action, int[]? After) StepTo(int parent, ReadOnlySpan<int> child)
    {
        var replay = new Replay(-1, child.ToArray());
        expander.Expand(store[parent], parent, replay);
        return replay.Result;
    }

    private TraceStep Describe((SearchAction Action, int[]? After) step)
    {
        SearchAction action = step.Action;
        var replica = new ReplicaId((ulong)action.Replica + 1);
        string after = step.After is { } words ? Describe(search.Replicas[words[action.Replica]]) : "";
        string death = action.Local.Surviving switch
        {
            _ when action.Fate == MessageFate.IsLost => "",
            LocalAction.Lives => "",
            0 => ", then crashes before anything is durable, and restarts",
            int surviving => $", then crashes when {surviving} of its records are durable, and restarts",
        };
        if (action.Message < 0)
        {
            return new TraceStep(TraceEvent.Local, replica, ReplicaId.None, Describe(action.Local) + death, after);
        }

        LineMessage message = search.Messages[action.Message].Message;
        TraceEvent what = action.Fate switch
        {
            MessageFate.IsLost => TraceEvent.Loss,
            MessageFate.ArrivesAndStays => TraceEvent.Duplicate,
            _ => TraceEvent.Delivery,
        };
        return new TraceStep(what, replica, message.Envelope.From, Describe(message) + death, after);
    }

    private static string Describe(LocalAction action) => action.Kind switch
    {
        LocalActionKind.Sync => action.Argument == 1 ? "the oldest write is durable" : $"{action.Argument} writes are durable",
        LocalActionKind.Campaign => "stands for election",
        LocalActionKind.Heartbeat => action.Argument == 0 ? "heartbeat" : "heartbeat, an election timeout late",
        LocalActionKind.Change => "an operator asks for the change",
        LocalActionKind.Write => "a client brings a command",
        LocalActionKind.Restart => action.Argument == 0 ? "crashes and restarts; unsynced records are lost" : $"crashes and restarts; {action.Argument} unsynced records survive",
        _ => action.Kind.ToString(),
    };

    private static string Describe(LineMessage message) => message switch
    {
        VoteRequest request => $"VoteRequest {message.Envelope.Epoch} tail {request.Tail}",
        VoteAnswer answer => $"VoteAnswer {message.Envelope.Epoch} {(answer.Granted ? "granted" : "refused")}",
        AppendEntries append => $"AppendEntries {message.Envelope.Epoch} after {append.Previous} [{string.Join(' ', append.Entries.Select(NameOf))}]"
            + (append.Commit is { } commit ? $" commit {commit.Frontier}" : ""),
        AppendAccepted accepted => $"AppendAccepted {message.Envelope.Epoch} through {accepted.Matched}",
        AppendConflict conflict => $"AppendConflict {message.Envelope.Epoch} at {conflict.Refused}, hint {conflict.Hint}",
        Heartbeat heartbeat => $"Heartbeat {message.Envelope.Epoch}" + (heartbeat.Commit is { } commit ? $" commit {commit.Frontier}" : ""),
        _ => $"{message.GetType().Name} {message.Envelope.Epoch}",
    };

    private static string NameOf(LogEntry entry) =>
        entry is ConfigurationEntry { Configuration.Stage: var stage } ? $"{entry.Position}{stage.ToString().ToLowerInvariant()}" : $"{entry.Position}";

    public static string Describe(LocalState state)
    {
        string log = string.Join(' ', state.Image.Log.Select(NameOf));
        string role = state.Role == LineRole.Follower ? "follows" : state.Role == LineRole.Leader ? "leads" : state.Role.ToString();
        return $"{role} {state.Epoch} [{log}] C {state.Committed} D {state.Durable}";
    }

    /// <summary>Looks for one step of an expansion: by its place, or by where it leads.</summary>
    private sealed class Replay(int ordinal, int[]? words) : IExpansionSink
    {
        private int _next;

        public (SearchAction Action, int[]? After) Result { get; private set; }

        public void OnState(ReadOnlySpan<int> found, ulong key, in SearchAction action)
        {
            bool sought = words is null ? _next == ordinal : found.SequenceEqual(words) && Result.After is null;
            if (sought)
            {
                Result = (action, found.ToArray());
            }

            _next++;
        }

        public void OnViolation(in SearchAction action, InvariantViolationException violation)
        {
            if (words is null && _next == ordinal)
            {
                Result = (action, null);
            }

            _next++;
        }
    }
}
