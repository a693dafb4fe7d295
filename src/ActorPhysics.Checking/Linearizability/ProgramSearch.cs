using System.Collections.Immutable;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>Searches an interleaving of programs depth first. A pure call at the head of its program is taken at once: it hinders nothing.</summary>
internal sealed class ProgramSearch
{
    private readonly ImmutableArray<ProcessProgram> _programs;
    private readonly int[] _kinds;
    private readonly StateGraph _graph;
    private readonly SearchMeter _meter;
    private readonly ImmutableArray<(int Call, int Program, int After)> _optional;
    private readonly HashSet<Configuration> _seen = [];

    // A configuration in the making: how many calls of each program are done, then a bit for each optional call.
    private readonly int[] _done;

    public ProgramSearch(ImmutableArray<ProcessProgram> programs, int[] kinds, StateGraph graph, SearchMeter meter)
    {
        (_programs, _kinds, _graph, _meter) = (programs, kinds, graph, meter);
        _optional = [.. programs.SelectMany((program, number) => program.Optional.Select(entry => (entry.Call, number, entry.After)))];
        _done = new int[programs.Length + ((_optional.Length + 31) / 32)];
    }

    /// <summary>An order, or null where there is none or the budget ended.</summary>
    public IEnumerable<int>? Find()
    {
        List<Step> path = [];
        int state = TakePure(StateGraph.Initial, path);
        int next = 0;
        while (_meter.Exhausted is null)
        {
            if (IsComplete())
            {
                return path.Select(step => step.Call);
            }

            if (TryFollow(ref state, ref next, path))
            {
                continue;
            }

            // Back to the latest choice; what was taken at once after it goes with it.
            int choice = path.FindLastIndex(step => step.Choice >= 0);
            if (choice < 0)
            {
                return null;
            }

            (state, next) = (path[choice].StateBefore, path[choice].Choice + 1);
            for (int i = path.Count - 1; i >= choice; i--)
            {
                Undo(path[i]);
            }

            path.RemoveRange(choice, path.Count - choice);
        }

        return null;
    }

    private bool IsComplete()
    {
        for (int program = 0; program < _programs.Length; program++)
        {
            if (_done[program] < _programs[program].Calls.Length)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Takes the first choice from <paramref name="next"/> on that leads to a configuration not seen before.</summary>
    private bool TryFollow(ref int state, ref int next, List<Step> path)
    {
        for (int choice = next; choice < _programs.Length + _optional.Length; choice++)
        {
            _meter.Step();
            if (CallOf(choice) is not { } call || _graph.Next(state, _kinds[call]) is var after && after == StateGraph.Refused)
            {
                continue;
            }

            int length = path.Count;
            path.Add(new Step(call, choice, choice, state));
            Do(choice);
            int settled = TakePure(after, path);
            if (_seen.Add(new Configuration(settled, [.. _done])))
            {
                _meter.Allocate(sizeof(int) * (_done.Length + 16L));
                (state, next) = (settled, 0);
                return true;
            }

            for (int i = path.Count - 1; i >= length; i--)
            {
                Undo(path[i]);
            }

            path.RemoveRange(length, path.Count - length);
        }

        return false;
    }

    /// <summary>The call that a choice stands for, null where it cannot be made now. An optional call is offered after all others.</summary>
    private int? CallOf(int choice)
    {
        if (choice < _programs.Length)
        {
            ProcessProgram program = _programs[choice];
            return _done[choice] < program.Calls.Length ? program.Calls[_done[choice]] : null;
        }

        (int call, int number, int after) = _optional[choice - _programs.Length];
        bool used = (_done[WordOf(choice)] & BitOf(choice)) != 0;
        return used || _done[number] < after ? null : call;
    }

    private int TakePure(int state, List<Step> path)
    {
        bool again = true;
        while (again)
        {
            again = false;
            for (int program = 0; program < _programs.Length; program++)
            {
                while (CallOf(program) is { } call && _graph.IsPure(_kinds[call]) && _graph.Next(state, _kinds[call]) == state)
                {
                    path.Add(new Step(call, Choice: -1, program, state));
                    Do(program);
                    again = true;
                }
            }
        }

        return state;
    }

    private void Do(int choice)
    {
        if (choice < _programs.Length)
        {
            _done[choice]++;
        }
        else
        {
            _done[WordOf(choice)] |= BitOf(choice);
        }
    }

    private void Undo(Step step)
    {
        if (step.Source < _programs.Length)
        {
            _done[step.Source]--;
        }
        else
        {
            _done[WordOf(step.Source)] &= ~BitOf(step.Source);
        }
    }

    private int WordOf(int choice) => _programs.Length + ((choice - _programs.Length) >> 5);

    private int BitOf(int choice) => 1 << (choice - _programs.Length);

    /// <param name="Choice">The number of the choice; -1 for a call that was taken at once.</param>
    /// <param name="Source">The program, or the optional call after all programs.</param>
    private readonly record struct Step(int Call, int Choice, int Source, int StateBefore);

    private sealed class Configuration(int state, int[] done) : IEquatable<Configuration>
    {
        private readonly int _state = state;
        private readonly int[] _done = done;

        public bool Equals(Configuration? other) => other is not null && _state == other._state && _done.AsSpan().SequenceEqual(other._done);

        public override bool Equals(object? obj) => Equals(obj as Configuration);

        public override int GetHashCode()
        {
            ulong hash = (uint)_state;
            foreach (int word in _done)
            {
                hash = (hash ^ (uint)word) * 0x9E37_79B9_7F4A_7C15;
                hash ^= hash >> 29;
            }

            return (int)(hash >> 32);
        }
    }
}
