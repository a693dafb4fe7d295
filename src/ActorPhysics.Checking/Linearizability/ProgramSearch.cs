using System.Collections.Immutable;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>
/// Searches an interleaving of programs depth first, each configuration once. A pure call at the head of its program is taken at once: it
/// hinders nothing. Of the others those come first after which a pure call that waits can go on, and among equals the one that was invoked
/// first, for most histories follow real time nearly.
/// </summary>
/// <remarks>
/// Each part of the object has a state of its own. A configuration is how many calls of each program are done, a bit for each optional call,
/// and the state of each part.
/// </remarks>
internal sealed class ProgramSearch
{
    private readonly ImmutableArray<ProcessProgram> _programs;
    private readonly InterleavedCalls _calls;
    private readonly StateGraph _graph;
    private readonly SearchMeter _meter;
    private readonly ImmutableArray<(int Call, int Program, int After)> _optional;
    private readonly ConfigurationSet _seen;
    private readonly int[] _words;
    private readonly int _firstState;
    private readonly List<Step> _path = [];
    private readonly List<int> _choices = [];
    private readonly List<Frame> _frames = [];
    private readonly List<(int Rank, int Call, int Choice)> _ranked = [];

    public ProgramSearch(ImmutableArray<ProcessProgram> programs, InterleavedCalls calls, StateGraph graph, SearchMeter meter)
    {
        (_programs, _calls, _graph, _meter) = (programs, calls, graph, meter);
        _optional = [.. programs.SelectMany((program, number) => program.Optional.Select(entry => (entry.Call, number, entry.After)))];
        _firstState = programs.Length + ((_optional.Length + 31) / 32);
        _words = new int[_firstState + calls.Parts];
        _words.AsSpan(_firstState).Fill(StateGraph.Initial);
        _seen = new ConfigurationSet(_words.Length, meter);
    }

    /// <summary>An order, or null where there is none or the budget ended.</summary>
    public IEnumerable<int>? Find()
    {
        TakePure();
        Open();
        while (_meter.Exhausted is null && _frames.Count > 0)
        {
            if (IsComplete())
            {
                return _path.Select(step => step.Call);
            }

            Frame top = _frames[^1];
            UndoTo(top.PathLength);
            if (top.Next == _choices.Count)
            {
                _meter.Release(BytesOf(_choices.Count - top.First));
                _choices.RemoveRange(top.First, _choices.Count - top.First);
                _frames.RemoveAt(_frames.Count - 1);
                continue;
            }

            _frames[^1] = top with { Next = top.Next + 1 };
            Take(_choices[top.Next]);
            TakePure();
            if (_seen.Add(_words))
            {
                Open();
            }
        }

        return null;
    }

    private bool IsComplete()
    {
        for (int program = 0; program < _programs.Length; program++)
        {
            if (_words[program] < _programs[program].Calls.Length)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Lists what can come next, the best guess first.</summary>
    private void Open()
    {
        _ranked.Clear();
        for (int choice = 0; choice < _programs.Length + _optional.Length; choice++)
        {
            if (CallOf(choice) is { } call && Next(call) is var after && after != StateGraph.Refused)
            {
                // An optional call is offered after all that must take effect, unless it frees one.
                int rank = Frees(choice, call, after) ? 0 : choice < _programs.Length ? 1 : 2;
                _ranked.Add((rank, call, choice));
            }
        }

        _ranked.Sort();
        _meter.Allocate(BytesOf(_ranked.Count));
        _frames.Add(new Frame(_path.Count, _choices.Count, _choices.Count));
        _choices.AddRange(_ranked.Select(ranked => ranked.Choice));
    }

    /// <summary>What a frame with so many choices takes, and its step of the path.</summary>
    private static long BytesOf(int choices) => 32 + (sizeof(int) * (long)choices);

    /// <summary>Whether a pure call waits at the head of a program, or right behind this one, for the state that comes.</summary>
    private bool Frees(int choice, int call, int after)
    {
        int part = _calls.PartOf(call);
        for (int program = 0; program < _programs.Length; program++)
        {
            int place = _words[program] + (program == choice ? 1 : 0);
            ImmutableArray<int> calls = _programs[program].Calls;
            if (place < calls.Length && _calls.PartOf(calls[place]) == part && _graph.IsPure(_calls.KindOf(calls[place]))
                && _graph.Next(after, _calls.KindOf(calls[place])) == after)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The call that a choice stands for, null where it cannot be made now.</summary>
    private int? CallOf(int choice)
    {
        if (choice < _programs.Length)
        {
            ProcessProgram program = _programs[choice];
            return _words[choice] < program.Calls.Length ? program.Calls[_words[choice]] : null;
        }

        (int call, int number, int after) = _optional[choice - _programs.Length];
        bool used = (_words[WordOf(choice)] & BitOf(choice)) != 0;
        return used || _words[number] < after ? null : call;
    }

    private int Next(int call) => _graph.Next(_words[_firstState + _calls.PartOf(call)], _calls.KindOf(call));

    private void TakePure()
    {
        bool again = true;
        while (again)
        {
            again = false;
            for (int program = 0; program < _programs.Length; program++)
            {
                while (CallOf(program) is { } call && _graph.IsPure(_calls.KindOf(call)) && Next(call) == _words[_firstState + _calls.PartOf(call)])
                {
                    Take(program);
                    again = true;
                }
            }
        }
    }

    private void Take(int choice)
    {
        _meter.Step();
        int call = CallOf(choice)!.Value;
        ref int state = ref _words[_firstState + _calls.PartOf(call)];
        _path.Add(new Step(call, choice, state));
        state = Next(call);
        if (choice < _programs.Length)
        {
            _words[choice]++;
        }
        else
        {
            _words[WordOf(choice)] |= BitOf(choice);
        }
    }

    private void UndoTo(int length)
    {
        for (int i = _path.Count - 1; i >= length; i--)
        {
            Step step = _path[i];
            _words[_firstState + _calls.PartOf(step.Call)] = step.StateBefore;
            if (step.Choice < _programs.Length)
            {
                _words[step.Choice]--;
            }
            else
            {
                _words[WordOf(step.Choice)] &= ~BitOf(step.Choice);
            }
        }

        _path.RemoveRange(length, _path.Count - length);
    }

    private int WordOf(int choice) => _programs.Length + ((choice - _programs.Length) >> 5);

    private int BitOf(int choice) => 1 << (choice - _programs.Length);

    /// <param name="Choice">The program, or the optional call after all programs.</param>
    /// <param name="StateBefore">Of the call's part.</param>
    private readonly record struct Step(int Call, int Choice, int StateBefore);

    /// <summary>A configuration with the choices that are open there, the last of all in <c>_choices</c>.</summary>
    private readonly record struct Frame(int PathLength, int First, int Next);
}
