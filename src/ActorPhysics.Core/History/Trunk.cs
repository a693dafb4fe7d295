using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>The committed trunk: the prefix that every valid future must preserve (seed §2.3), as far as it is known to reach.</summary>
public sealed class Trunk
{
    internal Trunk(LogPosition frontier, EpochRuns runs, CommitCertificate? proof)
    {
        (Frontier, Runs, Proof) = (frontier, runs, proof);
    }

    /// <summary>The last entry known to be committed; the empty log's tail when none is.</summary>
    public LogPosition Frontier { get; }

    /// <summary>The epochs along the trunk, from the lowest entry that was seen.</summary>
    public EpochRuns Runs { get; }

    /// <summary>The certificate of the frontier; null when a snapshot or a trim, which presuppose one, told of it.</summary>
    public CommitCertificate? Proof { get; }

    /// <summary>The lowest index whose entry is known; index 1 unless the beginning was trimmed before anybody was asked.</summary>
    public LogIndex KnownFrom => Runs.Runs.IsEmpty ? LogIndex.Zero : Runs.Runs[0].First;

    /// <summary>Whether this very entry is on the trunk; null when the trunk's entry at that index is not known.</summary>
    public bool? Contains(LogPosition position) =>
        position.Index > Frontier.Index || Runs.EpochAt(position.Index) is not { } epoch ? null : epoch == position.Epoch;
}
