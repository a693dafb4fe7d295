using System.Collections.Immutable;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>The history tree as its pieces, one per epoch, each hanging from an entry of an older one.</summary>
internal sealed class EpochGraph
{
    private readonly SortedDictionary<LeaderEpoch, EpochBranch> _branches = [];
    private readonly SortedDictionary<LeaderEpoch, SortedSet<LeaderEpoch>> _childrenOf = [];

    /// <summary>By ascending epoch.</summary>
    public IEnumerable<EpochBranch> Branches => _branches.Values;

    public EpochBranch? Find(LeaderEpoch epoch) => _branches.GetValueOrDefault(epoch);

    public bool Contains(LogPosition position) => Find(position.Epoch) is { } branch && branch.Contains(position.Index);

    /// <summary>Takes the existence of an entry for granted.</summary>
    /// <returns>What it contradicts, or null.</returns>
    public string? Know(LogPosition position)
    {
        if (position == default)
        {
            return null;
        }

        if (position.Epoch == LeaderEpoch.None || position.Index == LogIndex.Zero)
        {
            return $"{position} cannot be an entry";
        }

        if (Find(position.Epoch) is not { } branch)
        {
            _branches[position.Epoch] = new EpochBranch(position.Epoch, position.Index, position.Index, Parent: null);
            return null;
        }

        if (branch.Parent is { } parent && position.Index < branch.First)
        {
            return $"{position} precedes its own epoch, which begins after {parent}";
        }

        _branches[position.Epoch] = branch with
        {
            First = LogIndex.Min(branch.First, position.Index),
            Last = LogIndex.Max(branch.Last, position.Index),
        };
        return null;
    }

    /// <summary>Adds the entries after a parent, all of the last one's epoch.</summary>
    /// <returns>What it contradicts, or null; then nothing was added.</returns>
    public string? Append(LogPosition parent, LogPosition last)
    {
        if (last.Index <= parent.Index || last.Epoch < parent.Epoch || last.Epoch == LeaderEpoch.None)
        {
            return $"{last} cannot follow {parent}";
        }

        if (parent.Epoch == last.Epoch)
        {
            return Know(parent) ?? Know(last);
        }

        LogIndex first = parent.Index.Next;
        if (Find(last.Epoch) is { } branch && ((branch.Parent ?? parent) != parent || branch.First < first))
        {
            return $"{new LogPosition(last.Epoch, first)} follows {parent} here, but {last.Epoch} begins at {branch.First} after {branch.Parent?.ToString() ?? "another entry"}";
        }

        if ((Know(parent) ?? Know(last)) is { } complaint)
        {
            return complaint;
        }

        _branches[last.Epoch] = _branches[last.Epoch] with { First = first, Parent = parent };
        if (!_childrenOf.TryGetValue(parent.Epoch, out SortedSet<LeaderEpoch>? children))
        {
            _childrenOf[parent.Epoch] = children = [];
        }

        children.Add(last.Epoch);
        return null;
    }

    /// <summary>
    /// The runs of the log that ends in this entry, as far down as they were seen. <see cref="EpochRuns.EpochAt"/> is null below that.
    /// </summary>
    public EpochRuns PathTo(LogPosition position)
    {
        var runs = new List<EpochRun>();
        LogPosition? at = position;
        while (at is { } entry && entry != default && Find(entry.Epoch) is { } branch)
        {
            runs.Add(new EpochRun(branch.Epoch, branch.First));
            at = branch.Parent;
        }

        runs.Reverse();
        return EpochRuns.TryCreate([.. runs], out string? refusal)
            ?? throw new InvariantViolationException(InvariantNames.LogMatching, $"the path to {position} does not ascend: {refusal}");
    }

    /// <summary>The pieces that hang from entries of an epoch between two indices, inclusive; by fork, then by epoch.</summary>
    public ImmutableArray<EpochBranch> ForksFrom(LeaderEpoch epoch, LogIndex first, LogIndex last) =>
        !_childrenOf.TryGetValue(epoch, out SortedSet<LeaderEpoch>? children)
            ? []
            :
            [
                .. children
                    .Select(child => _branches[child])
                    .Where(branch => branch.Parent!.Value.Index >= first && branch.Parent.Value.Index <= last)
                    .OrderBy(branch => branch.Parent!.Value.Index.Value)
                    .ThenBy(branch => branch.Epoch.Value),
            ];
}
