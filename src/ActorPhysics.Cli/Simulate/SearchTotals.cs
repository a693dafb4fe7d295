using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.Runs;

namespace ActorPhysics.Cli.Simulate;

/// <summary>What a search has gone through so far. Written under the search's lock, read at any time for people.</summary>
internal sealed class SearchTotals
{
    private readonly SortedDictionary<string, long> _faults = new(StringComparer.Ordinal);

    public long Seeds { get; private set; }
    public double SimulatedSeconds { get; private set; }
    public long Events { get; private set; }
    public long Messages { get; private set; }
    public long Operations { get; private set; }
    public long Faults { get; private set; }
    public CoverageMarks Marks { get; } = new();

    public IEnumerable<KeyValuePair<string, long>> FaultKinds => _faults;

    public void Add(SimulationResult result)
    {
        Seeds++;
        SimulatedSeconds += result.SimulatedTime.TotalSeconds;
        Events += result.Counts.Events;
        Messages += result.Counts.MessagesSent;
        Operations += result.Counts.Ok;
        Marks.Add(result.Marks);
        foreach ((string kind, int count) in result.Counts.FaultKinds)
        {
            Faults += count;
            _faults[kind] = _faults.GetValueOrDefault(kind) + count;
        }
    }
}
