using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>
/// Cuts the tree into lines. The first line is the trunk; a lone continuation of it stays on the same line, rivals fork off. Further
/// first lines are pieces whose ancestors were trimmed before they were seen.
/// </summary>
internal static class HistoryLines
{
    public static ImmutableArray<HistoryLine> Of(EpochGraph graph, Trunk trunk)
    {
        var lines = ImmutableArray.CreateBuilder<HistoryLine>();
        if (trunk.Frontier != default)
        {
            lines.Add(TrunkLine(graph, trunk));
        }

        foreach (EpochBranch branch in graph.Branches)
        {
            bool isRoot = branch.Parent is null || branch.Parent == default(LogPosition);
            if (isRoot && trunk.Runs.EpochAt(branch.First) != branch.Epoch)
            {
                lines.Add(BranchLine(graph, branch.Parent, branch, branch.First));
            }
        }

        return lines.ToImmutable();
    }

    private static HistoryLine TrunkLine(EpochGraph graph, Trunk trunk)
    {
        var pieces = new List<LinePiece>();
        var forks = new List<HistoryLine>();
        for (int i = 0; i < trunk.Runs.Runs.Length; i++)
        {
            (LeaderEpoch epoch, LogIndex first) = trunk.Runs.Runs[i];
            bool isLast = i == trunk.Runs.Runs.Length - 1;
            LogIndex last = isLast ? trunk.Frontier.Index : trunk.Runs.Runs[i + 1].First.Previous;
            LeaderEpoch successor = isLast ? LeaderEpoch.None : trunk.Runs.Runs[i + 1].Epoch;
            pieces.Add(new LinePiece(epoch, first, last));
            EpochBranch branch = graph.Find(epoch)!;
            foreach (EpochBranch fork in graph.ForksFrom(epoch, first, last))
            {
                if (fork.Epoch != successor)
                {
                    forks.Add(BranchLine(graph, fork.Parent, fork, fork.First));
                }
            }

            if (branch.Last > last)
            {
                forks.Add(BranchLine(graph, new LogPosition(epoch, last), branch, last.Next));
            }
        }

        return WithLoneContinuation(new HistoryLine(Fork: null, [.. pieces], [.. forks]));
    }

    private static HistoryLine WithLoneContinuation(HistoryLine trunk)
    {
        ImmutableArray<HistoryLine> atTip = [.. trunk.Forks.Where(fork => fork.Fork == trunk.Tip)];
        if (atTip.Length != 1)
        {
            return trunk;
        }

        return trunk with { Pieces = [.. trunk.Pieces, .. atTip[0].Pieces], Forks = [.. trunk.Forks.Remove(atTip[0]), .. atTip[0].Forks] };
    }

    private static HistoryLine BranchLine(EpochGraph graph, LogPosition? parent, EpochBranch start, LogIndex from)
    {
        var pieces = new List<LinePiece>();
        var forks = new List<HistoryLine>();
        for (EpochBranch? branch = start; branch is not null;)
        {
            var piece = new LinePiece(branch.Epoch, from, branch.Last);
            pieces.Add(piece);
            ImmutableArray<EpochBranch> children = graph.ForksFrom(branch.Epoch, from, branch.Last);
            EpochBranch? successor = children.Count(child => child.Parent == piece.Tip) == 1 ? children[^1] : null;
            forks.AddRange(children.Where(child => child != successor).Select(child => BranchLine(graph, child.Parent, child, child.First)));
            branch = successor;
            from = successor?.First ?? from;
        }

        return new HistoryLine(parent, [.. pieces], [.. forks]);
    }
}
