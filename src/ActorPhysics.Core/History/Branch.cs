using System.Collections.Immutable;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>A speculative branch: a line of entries off the trunk, up to where it ends or splits (seed §2.3).</summary>
/// <param name="Fork">The entry that the branch follows; null when that part of history was trimmed before it was seen.</param>
/// <param name="First">Its first entry.</param>
/// <param name="Tip">Its last entry.</param>
/// <param name="Runs">The epochs of its entries.</param>
/// <param name="Fate">What became of its first entry.</param>
/// <param name="HeldThrough">The last index of it that some replica still holds; 0 when nobody holds any of it.</param>
/// <param name="Holders">Who holds its first entry, by ascending id.</param>
public sealed record Branch(
    LogPosition? Fork,
    LogPosition First,
    LogPosition Tip,
    EpochRuns Runs,
    HistoryFate Fate,
    LogIndex HeldThrough,
    ImmutableArray<ReplicaId> Holders)
{
    public bool Equals(Branch? other) =>
        other is not null && Fork == other.Fork && First == other.First && Tip == other.Tip && Runs.Equals(other.Runs)
        && Fate == other.Fate && HeldThrough == other.HeldThrough && Sequences.Equal(Holders, other.Holders);

    public override int GetHashCode() => Sequences.Hash(First.Epoch.Value, Tip.Index.Value);
}

/// <summary>
/// The part of the history tree that is appended somewhere, not proven to be on the trunk, and may yet go either way (seed §2.3).
/// </summary>
public sealed class WetCement
{
    internal WetCement(ImmutableArray<Branch> branches)
    {
        Branches = branches;
    }

    /// <summary>The branches that continue the trunk or one another.</summary>
    public ImmutableArray<Branch> Branches { get; }

    public bool IsEmpty => Branches.IsEmpty;
}
