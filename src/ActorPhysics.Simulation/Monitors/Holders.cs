using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>Who of a configuration's voters truly holds a position, as sets of their places in it.</summary>
/// <param name="Vouching">In the sense in which a word counts under the failure model.</param>
/// <param name="InMemory">At least for now.</param>
internal readonly record struct Holders(BookedConfiguration Under, MemberSet Vouching, MemberSet InMemory)
{
    public bool Commit => Under.Arithmetic.IsCommitQuorum(Vouching);

    /// <summary>
    /// What it means that a leader commits by them. What a follower said too early was reported when it said so; that others have the entry in their memory
    /// excuses nobody who was not told. The leader's own copy is the one that may have been counted before it was durable.
    /// </summary>
    public Symptom SymptomOf(ReplicaId leader) => CommitsWith(leader) ? Symptom.AcknowledgedBeforeDurable
        : Under.Arithmetic.DecidesInOneHalf(Vouching, QuorumPhase.Commit) ? Symptom.QuorumsApart
        : Symptom.UnprovenCommit;

    /// <summary>Whether they would be enough if the leader's copy were durable.</summary>
    public bool CommitsWith(ReplicaId leader) =>
        Under.Quorums.PositionOf(leader) is >= 0 and int place && InMemory.Contains(place) && Under.Arithmetic.IsCommitQuorum(Vouching.With(place));

    public static Holders Of(LogPosition position, BookedConfiguration under, Observatory observatory)
    {
        MemberSet vouching = MemberSet.Empty;
        MemberSet inMemory = MemberSet.Empty;
        bool stops = observatory.Configuration.FailureModel is CrashStop;
        foreach (Subject each in observatory.Subjects)
        {
            if (under.Quorums.PositionOf(each.Id) is not (>= 0 and int place))
            {
                continue;
            }

            // A replica whose disk was damaged since, or that stopped for good, did hold what it vouched for.
            bool excused = each.OwesRepair || (stops && each.HasCrashed);
            vouching = excused || observatory.IsUnseen(each) || each.Vouches(position) ? vouching.With(place) : vouching;
            inMemory = excused || each.Memory.Contains(position) ? inMemory.With(place) : inMemory;
        }

        return new Holders(under, vouching, inMemory);
    }

    public override string ToString() =>
        $"held by {Under.Quorums.Describe(Vouching)} durably and by {Under.Quorums.Describe(InMemory)} in memory, under {Under}";
}
