using System.Collections.Immutable;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>
/// All entries that the replicas of one group were seen to append, across all epochs (seed §2.3): the committed trunk, the wet cement
/// on top of it, the pruned branches, and the fate of every coordinate. Read from the histories of one or more replicas, live or
/// from the journals of stopped nodes; what it says is as complete as they are.
/// </summary>
/// <remarks>
/// Entries of one epoch are one unbroken piece, so the tree costs memory per epoch, not per entry. Histories that cannot all be true
/// yield <see cref="Contradictions"/>, each of which names the broken invariant.
/// </remarks>
public sealed class HistoryTree
{
    private readonly EpochGraph _graph;
    private readonly ImmutableArray<(ReplicaId Replica, LogPosition Tail, LogIndex TrimmedThrough, EpochRuns Path)> _logs;

    private HistoryTree(GroupId group, HistoryTreeBuilder read)
    {
        Group = group;
        _graph = read.Graph;
        _logs =
        [
            .. read.Traces.Where(trace => trace.Tail is not null).Select(trace =>
                (trace.Replica, trace.Tail!.Value, trace.TrimmedThrough, _graph.PathTo(trace.Tail.Value))),
        ];
        Trunk = FindTrunk(read);
        Contradictions = [.. read.Contradictions];
        Lines = HistoryLines.Of(_graph, Trunk);
        Branches = [.. BranchesOf(Lines)];
        WetCement = new WetCement([.. Branches.Where(branch => branch.Fate == HistoryFate.Wet)]);
    }

    public GroupId Group { get; }

    public Trunk Trunk { get; }

    /// <summary>Every line off the trunk, in the order in which they fork from it, then by epoch; a branch of a branch follows it.</summary>
    public ImmutableArray<Branch> Branches { get; }

    public WetCement WetCement { get; }

    public ImmutableArray<HistoryContradiction> Contradictions { get; }

    internal ImmutableArray<HistoryLine> Lines { get; }

    /// <summary>Reads the tree; each replica's sightings must be in their own order.</summary>
    public static HistoryTree Build(GroupId group, IEnumerable<Sighting> sightings)
    {
        ArgumentNullException.ThrowIfNull(sightings);
        var read = new HistoryTreeBuilder(group);
        foreach (Sighting seen in sightings)
        {
            read.Add(seen);
        }

        return new HistoryTree(group, read);
    }

    /// <summary>
    /// What became of an entry. An entry that nobody was seen to append is nevertheless <see cref="HistoryFate.Pruned"/> when the trunk
    /// has another one in its place: it will never be on the trunk.
    /// </summary>
    public HistoryFate Fate(LogPosition position)
    {
        if (position.Index == LogIndex.Zero)
        {
            return position.Epoch == LeaderEpoch.None ? HistoryFate.Trunk : HistoryFate.Unknown;
        }

        if (Trunk.Contains(position) is { } onTrunk)
        {
            return onTrunk ? HistoryFate.Trunk : HistoryFate.Pruned;
        }

        if (position.Index <= Trunk.Frontier.Index || !_graph.Contains(position))
        {
            return HistoryFate.Unknown;
        }

        bool leftTrunkBehind = _graph.PathTo(position).EpochAt(Trunk.Frontier.Index) is { } epoch && epoch != Trunk.Frontier.Epoch;
        return leftTrunkBehind || !_logs.Any(log => Holds(log.Tail, log.TrimmedThrough, log.Path, position)) ? HistoryFate.Pruned : HistoryFate.Wet;
    }

    /// <summary>As <see cref="Fate(LogPosition)"/>; a coordinate of another group is unknown here.</summary>
    public HistoryFate Fate(Coordinate coordinate) => coordinate.Group == Group ? Fate(coordinate.Position) : HistoryFate.Unknown;

    /// <summary>The replicas whose logs hold this entry now, by ascending id; not those that trimmed it.</summary>
    public ImmutableArray<ReplicaId> HoldersOf(LogPosition position) =>
        [.. _logs.Where(log => Holds(log.Tail, log.TrimmedThrough, log.Path, position)).Select(log => log.Replica)];

    /// <summary>The index's entries in different epochs, oldest epoch first; more than one means that leaders disagreed there.</summary>
    public ImmutableArray<LogPosition> EntriesAt(LogIndex index) =>
        [.. _graph.Branches.Where(branch => branch.Contains(index)).Select(branch => new LogPosition(branch.Epoch, index))];

    /// <summary>The highest index of a line that some replica holds; zero when there is none.</summary>
    private LogIndex HeldThrough(ImmutableArray<LinePiece> pieces)
    {
        LogIndex held = LogIndex.Zero;
        foreach (var log in _logs)
        {
            foreach (LinePiece piece in pieces)
            {
                LogIndex reach = LogIndex.Min(piece.Last, EndOf(piece.Epoch, log.Path, log.Tail));
                bool holds = reach >= piece.First && Holds(log.Tail, log.TrimmedThrough, log.Path, new LogPosition(piece.Epoch, reach));
                held = holds ? LogIndex.Max(held, reach) : held;
            }
        }

        return held;
    }

    /// <summary>The branch that a line is, or turns into where the trunk ends; null when all of it is trunk.</summary>
    internal Branch? BranchStartingIn(HistoryLine line)
    {
        ImmutableArray<LinePiece> pieces = OffTrunk(line.Pieces);
        return pieces.IsEmpty ? null : BranchOf(pieces, pieces[0].First == line.First.Index ? line.Fork : Trunk.Frontier);
    }

    private static bool Holds(LogPosition tail, LogIndex trimmedThrough, EpochRuns path, LogPosition position) =>
        position.Index > trimmedThrough && position.Index <= tail.Index && path.Contains(position);

    /// <summary>The last index of an epoch on the way to a tail; zero when the way does not pass through it.</summary>
    private static LogIndex EndOf(LeaderEpoch epoch, EpochRuns path, LogPosition tail)
    {
        for (int i = 0; i < path.Runs.Length; i++)
        {
            if (path.Runs[i].Epoch == epoch)
            {
                return i == path.Runs.Length - 1 ? tail.Index : path.Runs[i + 1].First.Previous;
            }
        }

        return LogIndex.Zero;
    }

    private Trunk FindTrunk(HistoryTreeBuilder read)
    {
        if (read.Trunk.Count == 0)
        {
            return new Trunk(default, EpochRuns.Empty, proof: null);
        }

        var highest = read.Trunk.MaxBy(known => (known.Position.Index.Value, known.Position.Epoch.Value, known.Proof is not null));
        EpochRuns runs = _graph.PathTo(highest.Position);
        foreach (var known in read.Trunk)
        {
            if (runs.EpochAt(known.Position.Index) is { } epoch && epoch != known.Position.Epoch)
            {
                read.Contradictions.Add(new HistoryContradiction(
                    InvariantNames.TrunkMonotonicity, known.Replica, $"{known.Position} and {highest.Position} are both committed, on different branches"));
            }
        }

        return new Trunk(highest.Position, runs, highest.Proof);
    }

    private IEnumerable<Branch> BranchesOf(ImmutableArray<HistoryLine> lines)
    {
        foreach (HistoryLine line in lines)
        {
            if (BranchStartingIn(line) is { } own)
            {
                yield return own;
            }

            foreach (Branch branch in BranchesOf([.. line.Forks.OrderBy(fork => fork.Fork?.Index.Value).ThenBy(fork => fork.First.Epoch.Value)]))
            {
                yield return branch;
            }
        }
    }

    private Branch BranchOf(ImmutableArray<LinePiece> pieces, LogPosition? fork)
    {
        var first = new LogPosition(pieces[0].Epoch, pieces[0].First);
        EpochRuns runs = EpochRuns.TryCreate([.. pieces.Select(piece => new EpochRun(piece.Epoch, piece.First))], out string? refusal)
            ?? throw new InvariantViolationException(InvariantNames.LogMatching, refusal!);
        return new Branch(fork, first, pieces[^1].Tip, runs, Fate(first), HeldThrough(pieces), HoldersOf(first));
    }

    /// <summary>The part of a line that the trunk does not reach.</summary>
    private ImmutableArray<LinePiece> OffTrunk(ImmutableArray<LinePiece> pieces)
    {
        var beyond = ImmutableArray.CreateBuilder<LinePiece>();
        foreach (LinePiece piece in pieces)
        {
            LogIndex first = Trunk.Contains(new LogPosition(piece.Epoch, piece.First)) == true
                ? LogIndex.Max(piece.First, Trunk.Frontier.Index.Next)
                : piece.First;
            bool isTrunk = Trunk.Contains(piece.Tip) == true;
            if (!isTrunk)
            {
                beyond.Add(piece with { First = first });
            }
        }

        return beyond.ToImmutable();
    }
}
