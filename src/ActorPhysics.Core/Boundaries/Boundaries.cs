using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Boundaries;

/// <summary>
/// The frontiers of one replica in one run of its process (seed §2.5) and the only moves they can make. What is dangerous moves by
/// proof: the commit frontier by a certificate and a log match, the trim frontier by a certificate, all of them together by a verified
/// snapshot. A move that would break the lattice, or take a frontier back, throws and changes nothing.
/// </summary>
/// <remarks>
/// Invariant, checked after every move in every build: <see cref="BoundariesView.LatticeViolation"/> is null. Each frontier only rises
/// within a run, except that pruning lowers <see cref="Appended"/> and <see cref="Durable"/>, never below <see cref="Committed"/>, and
/// that an installed snapshot replaces a log that conflicts with it.
/// </remarks>
public sealed class Boundaries
{
    private BoundariesView _at;

    /// <summary>The boundaries of a replica at birth: an empty log, an empty state.</summary>
    public Boundaries(GroupId group, GroupIncarnation incarnation)
        : this(group, incarnation, default)
    {
    }

    private Boundaries(GroupId group, GroupIncarnation incarnation, BoundariesView at)
    {
        (Group, Incarnation, _at) = (group, incarnation, at);
    }

    public GroupId Group { get; }

    public GroupIncarnation Incarnation { get; }

    /// <summary>E: the last index in the log, perhaps only in memory.</summary>
    public LogIndex Appended => _at.Appended;

    /// <summary>D: the last index that survives a power cut.</summary>
    public LogIndex Durable => _at.Durable;

    /// <summary>A: the last index whose effects are in the state.</summary>
    public LogIndex Applied => _at.Applied;

    /// <summary>C: the last index that this replica knows to be on the trunk.</summary>
    public LogIndex Committed => _at.Committed;

    /// <summary>T: the last entry that is gone from the log; the empty log's tail at birth.</summary>
    public LogPosition TrimmedThrough => _at.TrimmedThrough;

    /// <summary>S: the last index through which bounded-staleness reads may be answered.</summary>
    public LogIndex StableRead => _at.StableRead;

    /// <summary>The last index that the newest durable snapshot contains.</summary>
    public LogIndex SnapshotThrough => _at.SnapshotThrough;

    /// <summary>The certificate that moved <see cref="Committed"/> last; null when recovery or a snapshot did.</summary>
    public CommitCertificate? CommittedBy { get; private set; }

    /// <summary>The certificate that moved <see cref="TrimmedThrough"/> last; null when recovery or a snapshot did.</summary>
    public TrimCertificate? TrimmedBy { get; private set; }

    public BoundariesView View => _at;

    /// <summary>
    /// Where a new run of the process starts: the state is the newest verified snapshot's, the log is what the journal holds after it.
    /// Entries above the snapshot are committed again only by a new certificate. A crash between installing a snapshot and resetting
    /// the log leaves a log that ends before the snapshot or conflicts with it; such a log is dropped, as the install would have done.
    /// </summary>
    /// <param name="trimmedThrough">The last entry that the journal no longer holds.</param>
    /// <param name="snapshot">The state that was restored, null for the empty state.</param>
    /// <param name="durableEnd">The last index in the journal, after its tail was made durable anew.</param>
    /// <param name="localAtSnapshot">What the journal's log holds at the snapshot's index, or was trimmed through there; default when it does not reach there.</param>
    /// <exception cref="InvariantViolationException">The journal was trimmed beyond every snapshot (TrimSafety), or the snapshot is another group's.</exception>
    public static Boundaries Recover(
        GroupId group,
        GroupIncarnation incarnation,
        LogPosition trimmedThrough,
        VerifiedStateSnapshot? snapshot,
        LogIndex durableEnd,
        LogPosition localAtSnapshot = default)
    {
        LogIndex restored = snapshot?.Position.Index ?? LogIndex.Zero;
        Invariant.Require(
            trimmedThrough.Index <= restored, InvariantNames.TrimSafety, $"the log starts after {trimmedThrough} and the newest snapshot ends at {restored}");
        if (snapshot is not null)
        {
            RequireSameGroup(group, incarnation, snapshot.Header.Group, snapshot.Header.Incarnation);
        }

        bool continues = snapshot is null || (localAtSnapshot == snapshot.Position && durableEnd >= restored);
        LogIndex end = continues ? durableEnd : restored;
        var recovered = new Boundaries(group, incarnation);
        recovered.Move(new BoundariesView(
            Appended: end,
            Durable: end,
            Applied: restored,
            Committed: restored,
            TrimmedThrough: continues ? trimmedThrough : snapshot!.Position,
            StableRead: LogIndex.Zero,
            SnapshotThrough: restored));
        return recovered;
    }

    /// <summary>E rises to the last entry appended.</summary>
    public void AppendTo(LogIndex end)
    {
        RequireRise("Appended", Appended, end);
        Move(_at with { Appended = end });
    }

    /// <summary>
    /// D rises. A completion of a write whose entries were pruned meanwhile must not be reported here: the index would name other entries.
    /// </summary>
    public void MakeDurable(LogIndex end)
    {
        RequireRise("Durable", Durable, end);
        Move(_at with { Durable = end });
    }

    /// <summary>E falls, and D with it if it was higher: a branch that lost is cut off, never below the trunk (seed §2.3).</summary>
    public void PruneBranch(LogIndex newEnd)
    {
        Invariant.Require(newEnd >= Committed, InvariantNames.TrunkMonotonicity, $"pruning to {newEnd} cuts the trunk, which reaches {Committed}");
        Invariant.Require(newEnd <= Appended, InvariantNames.BoundaryLattice, $"pruning to {newEnd} a log that ends at {Appended}");
        Move(_at with { Appended = newEnd, Durable = LogIndex.Min(Durable, newEnd) });
    }

    /// <summary>
    /// C rises to the smaller of what is proven committed and what is proven to agree here; it stays when that is not higher.
    /// </summary>
    /// <returns>Whether C moved.</returns>
    /// <exception cref="InvariantViolationException">
    /// The certificate is another group's or of a later epoch than the match, whose leader may then have lacked the frontier; or the
    /// match reaches beyond the log.
    /// </exception>
    public bool Commit(CommitCertificate certificate, LogMatch match)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(match);
        RequireSameGroup(Group, Incarnation, certificate.Group, certificate.Incarnation);
        Invariant.Require(
            certificate.Frontier.Epoch <= match.LeaderEpoch,
            InvariantNames.CertificateValidity,
            (certificate, match),
            static context => $"a commit of {context.certificate.Frontier} says nothing about a log matched with the leader of {context.match.LeaderEpoch}");
        LogIndex committed = LogIndex.Min(certificate.Frontier.Index, match.Through);
        if (committed <= Committed)
        {
            return false;
        }

        Move(_at with { Committed = committed });
        CommittedBy = certificate;
        return true;
    }

    /// <summary>A rises; entries are applied in order, and only committed ones.</summary>
    public void ApplyTo(LogIndex applied)
    {
        RequireRise("Applied", Applied, applied);
        Move(_at with { Applied = applied });
    }

    /// <summary>S rises.</summary>
    public void StabilizeRead(LogIndex stable)
    {
        RequireRise("StableRead", StableRead, stable);
        Move(_at with { StableRead = stable });
    }

    /// <summary>A snapshot of this replica's own state is durable; an older one than the newest changes nothing.</summary>
    public void SaveSnapshot(VerifiedStateSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        RequireSameGroup(Group, Incarnation, snapshot.Header.Group, snapshot.Header.Incarnation);
        Move(_at with { SnapshotThrough = LogIndex.Max(SnapshotThrough, snapshot.Position.Index) });
    }

    /// <summary>T rises.</summary>
    /// <exception cref="InvariantViolationException">The certificate is another group's, or would move T back.</exception>
    public void Trim(TrimCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        RequireSameGroup(Group, Incarnation, certificate.Group, certificate.Incarnation);
        Invariant.Require(
            certificate.TrimThrough.Index >= TrimmedThrough.Index && certificate.TrimThrough.Epoch >= TrimmedThrough.Epoch,
            InvariantNames.TrimSafety,
            $"trimming through {certificate.TrimThrough} a log trimmed through {TrimmedThrough}");
        Move(_at with { TrimmedThrough = certificate.TrimThrough });
        TrimmedBy = certificate;
    }

    /// <summary>
    /// The state becomes the snapshot's, and T, A, C, D and E move with it. The log after the snapshot survives only if the log holds
    /// the snapshot's own last entry: then, by Log Matching, it continues the same branch. Otherwise the log is empty after the snapshot.
    /// </summary>
    /// <param name="localAtSameIndex">What the local log holds at the snapshot's index; default when it does not reach there.</param>
    /// <exception cref="InvariantViolationException">The snapshot is another group's, or not newer than the state, or conflicts with the trunk known here.</exception>
    public void InstallSnapshot(VerifiedStateSnapshot snapshot, LogPosition localAtSameIndex = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        RequireSameGroup(Group, Incarnation, snapshot.Header.Group, snapshot.Header.Incarnation);
        LogPosition position = snapshot.Position;
        Invariant.Require(position.Index > Applied, InvariantNames.StateMachineSafety, $"a snapshot of {position} over a state at {Applied}");
        bool continues = localAtSameIndex == position && position.Index <= Appended;
        Invariant.Require(
            continues || Committed < position.Index, InvariantNames.TrunkMonotonicity, $"a snapshot of {position} conflicts with a trunk that reaches {Committed}");
        Move(new BoundariesView(
            Appended: continues ? Appended : position.Index,
            Durable: continues ? LogIndex.Max(Durable, position.Index) : position.Index,
            Applied: position.Index,
            Committed: LogIndex.Max(Committed, position.Index),
            TrimmedThrough: position,
            StableRead: StableRead,
            SnapshotThrough: position.Index));
        CommittedBy = Committed == position.Index ? null : CommittedBy;
        TrimmedBy = null;
    }

    /// <summary>Throws unless the lattice holds. Every move ends in it; monitors may call it at any time.</summary>
    /// <exception cref="InvariantViolationException">BoundaryLattice.</exception>
    public void CheckLattice() => Require(_at);

    /// <summary>An independent copy, so that a search can explore both ways on from here.</summary>
    public Boundaries Fork() => new(Group, Incarnation, _at) { CommittedBy = CommittedBy, TrimmedBy = TrimmedBy };

    public override string ToString() => _at.ToString();

    private static void Require(in BoundariesView view)
    {
        if (view.LatticeViolation() is { } violation)
        {
            throw new InvariantViolationException(InvariantNames.BoundaryLattice, violation);
        }
    }

    private static void RequireRise(string name, LogIndex from, LogIndex to)
    {
        if (to < from)
        {
            throw new InvariantViolationException(InvariantNames.BoundaryLattice, $"{name} would fall from {from} to {to}");
        }
    }

    private static void RequireSameGroup(GroupId group, GroupIncarnation incarnation, GroupId proofGroup, GroupIncarnation proofIncarnation)
    {
        if (group != proofGroup || incarnation != proofIncarnation)
        {
            throw new InvariantViolationException(
                InvariantNames.CertificateValidity, $"a proof of {proofGroup}/{proofIncarnation} for a replica of {group}/{incarnation}");
        }
    }

    /// <summary>The one place where boundaries change: the new view is checked first, so a refused move leaves the old one.</summary>
    private void Move(BoundariesView to)
    {
        Require(to);
        _at = to;
    }
}
