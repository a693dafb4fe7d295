using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Specifications;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Scenarios;
using ActorPhysics.Simulation.Shrinking;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Simulation.TestKit;

/// <summary>
/// Tests your state machine as a replicated one: on simulated nodes that crash, lose messages, fill their disks and drift apart in time, with
/// clients that retry, from any test framework:
/// <code>
/// SimulationTest.Of(() => new Counter())
///     .Drawing((random, client, number) => new Increment(random.Below(10)))
///     .Asking((random, client, number) => new Total())
///     .Seeds(1, 50)
///     .Run();
/// </code>
/// A seed is a world: the same seed and the same code give the same run. docs/testing-your-state-machine.md tells more.
/// </summary>
public static class SimulationTest
{
    /// <summary>A test of a machine. The payloads are JSON unless <paramref name="codecs"/> says otherwise.</summary>
    /// <param name="create">Makes a fresh machine; called for every replica, at every restart.</param>
    /// <param name="name">For reports and scenarios.</param>
    /// <param name="codecs">How commands, results, queries and answers travel.</param>
    public static SimulationTest<TCommand, TResult, TQuery, TAnswer> Of<TCommand, TResult, TQuery, TAnswer>(
        Func<StateMachine<TCommand, TResult, TQuery, TAnswer>> create,
        string name = "machine-under-test",
        StateMachineCodecs<TCommand, TResult, TQuery, TAnswer>? codecs = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        return new(new TestSetup<TCommand, TResult, TQuery, TAnswer>(TextForms.RequireName(name), create, codecs ?? StateMachineCodecs<TCommand, TResult, TQuery, TAnswer>.Json));
    }

    /// <summary>Judges the answers by a specification; see <see cref="SimulationTest{TCommand, TResult, TQuery, TAnswer}.JudgedBy"/>.</summary>
    public static SimulationTest<TCommand, TResult, TQuery, TAnswer> JudgedBy<TCommand, TResult, TQuery, TAnswer, TState>(
        this SimulationTest<TCommand, TResult, TQuery, TAnswer> test, Specification<TState, TCommand, TResult> specification, Func<TState, TQuery, TAnswer>? answer = null)
        where TState : IEquatable<TState>
        where TResult : IEquatable<TResult>
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(specification);
        return test.JudgedBy(
            specification.Initial,
            (state, command) =>
            {
                SpecificationStep<TState, TResult> step = specification.Apply(state, command);
                return (step.State, step.Result);
            },
            answer);
    }
}

/// <summary>A test of one state machine; see <see cref="SimulationTest"/>. Immutable: each call gives another test.</summary>
public sealed class SimulationTest<TCommand, TResult, TQuery, TAnswer>
{
    private readonly TestSetup<TCommand, TResult, TQuery, TAnswer> _setup;

    internal SimulationTest(TestSetup<TCommand, TResult, TQuery, TAnswer> setup) => _setup = setup;

    /// <summary>What clients command. The number differs for every operation of a run; take all that is random from the generator.</summary>
    public SimulationTest<TCommand, TResult, TQuery, TAnswer> Drawing(Func<SeededRandom, int, ulong, TCommand> draw) => new(_setup with { Draw = draw });

    /// <summary>What clients ask. Without this they only command.</summary>
    public SimulationTest<TCommand, TResult, TQuery, TAnswer> Asking(Func<SeededRandom, int, ulong, TQuery> ask) => new(_setup with { Ask = ask });

    /// <summary>
    /// Judges the answers by a specification of your own. Without one the machine is its own specification: a copy of it, applied to the same
    /// commands one after the other, without faults, must give the same answers.
    /// </summary>
    /// <param name="initial">The first state.</param>
    /// <param name="apply">What each command should do; it leaves the state that it is given as it is.</param>
    /// <param name="answer">What each query should be answered; without it the machine itself is asked.</param>
    public SimulationTest<TCommand, TResult, TQuery, TAnswer> JudgedBy<TState>(
        TState initial, Func<TState, TCommand, (TState State, TResult Result)> apply, Func<TState, TQuery, TAnswer>? answer = null)
    {
        ArgumentNullException.ThrowIfNull(apply);
        StateMachineCodecs<TCommand, TResult, TQuery, TAnswer> codecs = _setup.Codecs;
        return new(_setup with
        {
            Specify = machine => new SpecifiedModel<TCommand, TResult, TQuery, TAnswer, TState>(machine, initial, apply, answer, codecs),
        });
    }

    /// <summary>A rule about the state that must hold after every command, by what the machine answers to a query.</summary>
    public SimulationTest<TCommand, TResult, TQuery, TAnswer> Always(string rule, TQuery query, Func<TAnswer, bool> holds) =>
        Add(rule, machine => machine.Query(query) is var answer && holds(answer) ? null : $": the state answers {answer}");

    /// <summary>A rule about the machine that must hold after every command.</summary>
    public SimulationTest<TCommand, TResult, TQuery, TAnswer> Always(string rule, Func<StateMachine<TCommand, TResult, TQuery, TAnswer>, bool> holds) =>
        Add(rule, machine => holds(machine) ? null : "");

    /// <summary>Changes each plan that a seed draws: <c>plan => plan with { … }</c>. A plan that says all by itself makes a fixed test.</summary>
    public SimulationTest<TCommand, TResult, TQuery, TAnswer> With(Func<SimulationPlan, SimulationPlan> change)
    {
        Func<SimulationPlan, SimulationPlan> before = _setup.Change;
        return new(_setup with { Change = plan => change(before(plan)) });
    }

    /// <summary>Which seeds to run, both ends included. The variables ACTORPHYSICS_SEED=42 and ACTORPHYSICS_SEEDS=1..5000 overrule it.</summary>
    public SimulationTest<TCommand, TResult, TQuery, TAnswer> Seeds(ulong first, ulong last)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(last, first);
        return new(_setup with { FirstSeed = first, LastSeed = last });
    }

    /// <summary>Runs each seed twice and compares: finds what differs from run to run and is alike on all replicas of one.</summary>
    public SimulationTest<TCommand, TResult, TQuery, TAnswer> Twice() => new(_setup with { RunsTwice = true });

    /// <summary>How much work to spend on making a failure smaller; null for none.</summary>
    public SimulationTest<TCommand, TResult, TQuery, TAnswer> Shrinking(ShrinkBudget? budget) => new(_setup with { Shrinking = budget });

    /// <summary>Runs all seeds, one after the other.</summary>
    /// <exception cref="SimulationFailedException">Something went wrong; the message says what, why perhaps, and how to replay it.</exception>
    /// <exception cref="InvalidOperationException">The test is not complete, the machine cannot restore its first state, or nothing ever happened.</exception>
    public SimulationSummary Run()
    {
        MachineWorkload<TCommand, TResult, TQuery, TAnswer> workload = Workload();
        (ulong first, ulong last) = SeedChoice.Of(_setup.FirstSeed, _setup.LastSeed, Environment.GetEnvironmentVariable);
        SimulationSummary summary = SimulationSummary.Nothing;
        for (ulong seed = first; ; seed++)
        {
            summary = summary.With(RunOne(workload, PlanOf(seed)));
            if (seed == last)
            {
                return summary.Answered > 0 ? summary : throw new InvalidOperationException($"No operation was ever answered, so nothing was tested: {summary}.");
            }
        }
    }

    /// <summary>Runs one seed as it is, without making a failure smaller.</summary>
    /// <param name="seed">The world to run.</param>
    /// <param name="log">Where to write what happens, for people.</param>
    /// <exception cref="SimulationFailedException">Something went wrong.</exception>
    public SimulationResult Replay(ulong seed, TextWriter? log = null) => Once(Workload(), PlanOf(seed), log);

    /// <summary>Runs a scenario, as the report of a failure contains one. It must come to what it says.</summary>
    /// <exception cref="ScenarioFormatException">It cannot be read.</exception>
    /// <exception cref="SimulationFailedException">Something went wrong that the scenario does not expect.</exception>
    /// <exception cref="InvalidOperationException">What the scenario expects did not happen: perhaps it is mended, and the scenario can now expect <c>clean</c>.</exception>
    public SimulationResult Play(string scenario, TextWriter? log = null)
    {
        var read = SimulationScenario.Parse(scenario);
        MachineWorkload<TCommand, TResult, TQuery, TAnswer> workload = Workload();
        SimulationResult result = log is null ? read.Run(workload) : read.Run(workload, log);
        return read.Expected.Complaint(result.Diagnosis) switch
        {
            null => result,
            _ when result.Diagnosis is { } diagnosis => throw Failed(result, diagnosis, shrunk: null),
            { } complaint => throw new InvalidOperationException($"The scenario {complaint}."),
        };
    }

    private SimulationResult RunOne(MachineWorkload<TCommand, TResult, TQuery, TAnswer> workload, SimulationPlan plan)
    {
        SimulationResult result = SimulationRun.Execute(plan, workload);
        if (result.Diagnosis is { } diagnosis)
        {
            throw Failed(result, diagnosis, _setup.Shrinking is { } budget ? Shrinker.Shrink(result, workload, budget) : null);
        }

        if (_setup.RunsTwice && SimulationRun.Execute(plan, workload) is var again && again.TraceHash != result.TraceHash)
        {
            throw Failed(result, Differs(result, again), shrunk: null);
        }

        return result;
    }

    private SimulationResult Once(MachineWorkload<TCommand, TResult, TQuery, TAnswer> workload, SimulationPlan plan, TextWriter? log)
    {
        SimulationResult result = log is null ? SimulationRun.Execute(plan, workload) : SimulationRun.Execute(plan, workload, log);
        return result.Diagnosis is { } diagnosis ? throw Failed(result, diagnosis, shrunk: null) : result;
    }

    private static Diagnosis Differs(SimulationResult first, SimulationResult second) => Diagnosis.Of(
    [
        new Evidence(Symptom.StatesDiverged, InvariantNames.StateMachineSafety,
            $"two runs of one plan have the trace hashes {first.TraceHash:x16} and {second.TraceHash:x16}", TimeSpan.Zero),
    ])!;

    private SimulationFailedException Failed(SimulationResult result, Diagnosis diagnosis, ShrunkFailure? shrunk)
    {
        string[] rules = [.. _setup.Rules.Select(rule => rule.Name)];
        string message = FailureReport.Write(_setup.Name, result.Plan.Seed, diagnosis, rules, shrunk);
        return new SimulationFailedException(message, result.Plan.Seed, diagnosis, result, shrunk);
    }

    private SimulationPlan PlanOf(ulong seed) => _setup.Change(Swarm.Draw(seed));

    private MachineWorkload<TCommand, TResult, TQuery, TAnswer> Workload()
    {
        if (_setup.Draw is null)
        {
            throw new InvalidOperationException("Say what the clients command: Drawing((random, client, number) => …).");
        }

        var workload = new MachineWorkload<TCommand, TResult, TQuery, TAnswer>(_setup);
        workload.Machine.RequireRestorable();
        return workload;
    }

    private SimulationTest<TCommand, TResult, TQuery, TAnswer> Add(string rule, Func<StateMachine<TCommand, TResult, TQuery, TAnswer>, string?> complaint) =>
        new(_setup with { Rules = _setup.Rules.Add(new StateRule<TCommand, TResult, TQuery, TAnswer>(TextForms.RequireName(rule), complaint)) });
}
