using System.Collections.Immutable;
using ActorPhysics.Checking.Histories;

namespace ActorPhysics.Checking.Models;

/// <summary>What a model says of a history.</summary>
public sealed record CheckReport
{
    public required Verdict Verdict { get; init; }

    /// <summary>The verdict of each level that was judged, the strongest first.</summary>
    public ImmutableArray<LevelVerdict> Levels { get; init; } = [];

    /// <summary>What was found wrong; not empty when a level is violated.</summary>
    public ImmutableArray<Anomaly> Anomalies { get; init; } = [];

    /// <summary>Why nothing was decided; null otherwise.</summary>
    public string? Undecided { get; init; }

    /// <summary>Why the operations are none of this model's; null otherwise. The other members then say nothing.</summary>
    public HistoryFault? Fault { get; init; }

    /// <summary>What the model knows besides, as data: an order that explains the history, counts.</summary>
    public Value Details { get; init; }

    /// <summary>A check that ended before it knew anything of these levels.</summary>
    internal static CheckReport Unfinished(IEnumerable<string> levels, string reason) => new()
    {
        Verdict = Verdict.Undecided,
        Levels = [.. levels.Select(level => new LevelVerdict(level, Verdict.Undecided))],
        Undecided = reason,
    };

    public static CheckReport Unreadable(HistoryFault fault) => new() { Verdict = Verdict.Undecided, Fault = fault };
}

/// <summary>Whether a history is of a level.</summary>
public sealed record LevelVerdict(string Level, Verdict Verdict);

/// <summary>Something that a level forbids, with the operations that show it.</summary>
/// <param name="Name">As the literature names it, such as <c>G-single</c>.</param>
/// <param name="Operations">The smallest set found that shows it, by the numbers of their invocations.</param>
/// <param name="Drawing">For people: the operations, and why they cannot be; lines end in \n.</param>
public sealed record Anomaly(string Name, ImmutableArray<EventIndex> Operations, string Drawing);
