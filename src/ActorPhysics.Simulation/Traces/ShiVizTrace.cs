using ActorPhysics.Core.Causality;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Traces;

/// <summary>Runs a plan and keeps the causal order of what happened: who could have known of what, and what only seemed to be earlier.</summary>
public static class ShiVizTrace
{
    /// <summary>Runs the plan and writes the log that ShiViz draws.</summary>
    public static SimulationResult Execute(SimulationPlan plan, IWorkload workload, TextWriter log)
    {
        ArgumentNullException.ThrowIfNull(log);
        SimulationResult result = Execute(plan, workload, out CausalTrace trace);
        log.Write(ShiVizLog.Write(trace));
        return result;
    }

    /// <summary>Runs the plan and gives its causal trace, to be asked what happened before what and which cuts are consistent.</summary>
    public static SimulationResult Execute(SimulationPlan plan, IWorkload workload, out CausalTrace trace)
    {
        var recorder = new CausalRecorder();
        SimulationResult result = SimulationRun.Execute(plan, workload, recorder);
        trace = recorder.Trace;
        return result;
    }
}
