using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Core.Certificates;

/// <summary>Numbers the rounds in which a leader asks whether it still leads; they ascend within one LeaderEpoch. <c>default</c> precedes the first.</summary>
public readonly record struct ReadRound(ulong Value) : IComparable<ReadRound>
{
    public ReadRound Next => new(checked(Value + 1));
    public int CompareTo(ReadRound other) => Value.CompareTo(other.Value);
    public static bool operator <(ReadRound a, ReadRound b) => a.Value < b.Value;
    public static bool operator >(ReadRound a, ReadRound b) => a.Value > b.Value;
    public static bool operator <=(ReadRound a, ReadRound b) => a.Value <= b.Value;
    public static bool operator >=(ReadRound a, ReadRound b) => a.Value >= b.Value;
    public override string ToString() => $"round {Value}";
}

/// <summary>One replica's word that, when it heard of this round or a later one, it knew of no epoch above this one.</summary>
public readonly record struct Confirmation(ReplicaId Replica, LeaderEpoch Epoch, ReadRound Round);

/// <summary>What entitles a leader to answer a linearizable read. Closed: <see cref="ReadIndexEvidence"/>, <see cref="LeaseEvidence"/>.</summary>
/// <param name="Round">The first round that began after the read was asked for and after <paramref name="Commit"/> was known; a lease's round is the one that renewed it.</param>
/// <param name="Commit">A commit of this leader in this epoch: the frontier that the read observes.</param>
public abstract record ReadEvidence(
    GroupId Group,
    GroupIncarnation Incarnation,
    ConfigEpoch ConfigEpoch,
    LeaderEpoch LeaderEpoch,
    ReplicaId Leader,
    ReadRound Round,
    ImmutableArray<Confirmation> Confirmations,
    CommitCertificate Commit)
{
    public virtual bool Equals(ReadEvidence? other) =>
        other is not null && EqualityContract == other.EqualityContract && Group == other.Group && Incarnation == other.Incarnation
        && ConfigEpoch == other.ConfigEpoch && LeaderEpoch == other.LeaderEpoch && Leader == other.Leader && Round == other.Round
        && Sequences.Equal(Confirmations, other.Confirmations) && Commit.Evidence == other.Commit.Evidence;

    public override int GetHashCode() => Sequences.Hash(LeaderEpoch.Value, Round.Value);
}

/// <summary>A round of confirmations that began after the read was asked for.</summary>
public sealed record ReadIndexEvidence(
    GroupId Group,
    GroupIncarnation Incarnation,
    ConfigEpoch ConfigEpoch,
    LeaderEpoch LeaderEpoch,
    ReplicaId Leader,
    ReadRound Round,
    ImmutableArray<Confirmation> Confirmations,
    CommitCertificate Commit)
    : ReadEvidence(Group, Incarnation, ConfigEpoch, LeaderEpoch, Leader, Round, Confirmations, Commit);

/// <summary>
/// Promises not to elect anybody else, each given when the round was heard of, hence not before it was sent. All times are of the
/// leader's monotonic clock.
/// </summary>
/// <param name="SentAt">When the leader sent the round that the promises answer.</param>
/// <param name="Promise">How long, on its own clock, each voter keeps its promise.</param>
/// <param name="DriftBound">How wrong any clock's rate may be.</param>
/// <param name="ServedAt">When the leader answered the read, read from the clock after the state was.</param>
public sealed record LeaseEvidence(
    GroupId Group,
    GroupIncarnation Incarnation,
    ConfigEpoch ConfigEpoch,
    LeaderEpoch LeaderEpoch,
    ReplicaId Leader,
    ReadRound Round,
    ImmutableArray<Confirmation> Confirmations,
    CommitCertificate Commit,
    MonotonicTime SentAt,
    TimeSpan Promise,
    ClockDriftBound DriftBound,
    MonotonicTime ServedAt)
    : ReadEvidence(Group, Incarnation, ConfigEpoch, LeaderEpoch, Leader, Round, Confirmations, Commit)
{
    /// <summary>The first moment, on the leader's clock, at which a promise may have ended.</summary>
    public MonotonicTime ValidUntil => SentAt + DriftBound.Shorten(Promise);

    public bool Equals(LeaseEvidence? other) =>
        base.Equals(other) && SentAt == other!.SentAt && Promise == other.Promise && DriftBound == other.DriftBound && ServedAt == other.ServedAt;

    public override int GetHashCode() => Sequences.Hash(LeaderEpoch.Value, Round.Value);
}
