using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>Consecutive entries of one epoch.</summary>
internal readonly record struct LinePiece(LeaderEpoch Epoch, LogIndex First, LogIndex Last)
{
    public LogPosition Tip => new(Epoch, Last);
}

/// <summary>A stretch of the tree that is told, or drawn, as one row, and the rows that fork off it.</summary>
internal sealed record HistoryLine(LogPosition? Fork, ImmutableArray<LinePiece> Pieces, ImmutableArray<HistoryLine> Forks)
{
    public LogPosition First => new(Pieces[0].Epoch, Pieces[0].First);

    public LogPosition Tip => Pieces[^1].Tip;
}
