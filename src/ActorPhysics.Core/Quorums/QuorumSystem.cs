using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;

namespace ActorPhysics.Core.Quorums;

/// <summary>
/// Which sets of voters may elect a leader and which may commit an entry (seed §4.1). An instance is a proof: every election quorum
/// meets every election quorum and every commit quorum in at least one replica outside any admissible Byzantine fault set. A rule
/// without that property is refused with two quorums and their intersection. No other code in this product decides what a quorum is.
/// </summary>
/// <remarks>
/// Limits: at most <see cref="MemberSet.Capacity"/> voters, weights up to <see cref="WeightedRule.HighestWeight"/>. Within them the
/// proof is exact for every rule. The sets of one system are <see cref="MemberSet"/>s over the positions in <see cref="Members"/>.
/// </remarks>
public sealed class QuorumSystem
{
    private readonly QuorumCriterion _criterion;

    private QuorumSystem(QuorumRule rule, ImmutableArray<ReplicaId> members, QuorumCriterion criterion, int byzantineFaults)
    {
        (Rule, Members, _criterion, ByzantineFaults) = (rule, members, criterion, byzantineFaults);
        All = MemberSet.FirstPositions(members.Length);
    }

    /// <summary>The description this system was built from.</summary>
    public QuorumRule Rule { get; }

    /// <summary>All voters, by ascending id; a voter's position in this array names it in a <see cref="MemberSet"/>.</summary>
    public ImmutableArray<ReplicaId> Members { get; }

    /// <summary>Every voter.</summary>
    public MemberSet All { get; }

    /// <summary>Up to how many lying voters the intersections withstand; 0 in the crash models.</summary>
    public int ByzantineFaults { get; }

    /// <summary>As <see cref="TryCreate(QuorumRule, FailureModel, out QuorumRefusal)"/>, for replicas that crash but do not lie.</summary>
    public static QuorumSystem? TryCreate(QuorumRule rule, out QuorumRefusal? refusal) => TryCreate(rule, CrashRecovery.Instance, out refusal);

    /// <summary>
    /// Builds the system that a rule describes, or says why there is none: <see cref="MalformedQuorumRule"/>, or a
    /// <see cref="QuorumCounterexample"/> whose quorums do not meet in a replica that is sure to be honest under the failure model.
    /// </summary>
    public static QuorumSystem? TryCreate(QuorumRule rule, FailureModel failureModel, out QuorumRefusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(failureModel);
        int faults = Math.Max(failureModel.ByzantineFaults, QuorumRules.FaultsOf(rule));
        var members = QuorumRules.VotersOf(rule, out string? malformed);
        QuorumCriterion? criterion = malformed is null ? QuorumRules.Compile(rule, members, out malformed) : null;
        if (criterion is null)
        {
            refusal = new MalformedQuorumRule(malformed ?? "the rule describes no quorum system");
            return null;
        }

        refusal = QuorumRules.FindCounterexample(rule, members, faults);
        return refusal is null ? new QuorumSystem(rule, members, criterion, faults) : null;
    }

    /// <summary>A majority system, which always intersects.</summary>
    /// <exception cref="ArgumentException">No voters, more than <see cref="MemberSet.Capacity"/>, or one named twice.</exception>
    public static QuorumSystem Majority(params ReadOnlySpan<ReplicaId> voters) => Create(new MajorityRule([.. voters]));

    /// <summary>As <see cref="TryCreate(QuorumRule, out QuorumRefusal)"/>, for rules that the caller knows to be good.</summary>
    /// <exception cref="ArgumentException">The rule is refused; the message is the refusal's explanation.</exception>
    public static QuorumSystem Create(QuorumRule rule, FailureModel? failureModel = null) =>
        TryCreate(rule, failureModel ?? CrashRecovery.Instance, out QuorumRefusal? refusal)
        ?? throw new ArgumentException(refusal!.Explanation, nameof(rule));

    /// <summary>The voter's position in <see cref="Members"/>, or -1 for a replica that has no vote here.</summary>
    public int PositionOf(ReplicaId replica)
    {
        ReadOnlySpan<ReplicaId> members = Members.AsSpan();
        for (int position = 0; position < members.Length; position++)
        {
            if (members[position] == replica)
            {
                return position;
            }
        }

        return -1;
    }

    /// <summary>The given replicas as a set; whoever has no vote here is left out, and naming a voter twice adds nothing.</summary>
    public MemberSet SetOf(params ReadOnlySpan<ReplicaId> replicas)
    {
        MemberSet set = MemberSet.Empty;
        foreach (ReplicaId replica in replicas)
        {
            int position = PositionOf(replica);
            set = position < 0 ? set : set.With(position);
        }

        return set;
    }

    /// <summary>The voters of a set, by ascending id.</summary>
    public ImmutableArray<ReplicaId> ReplicasOf(MemberSet set) => QuorumRules.ReplicasOf(Members, set.Intersect(All));

    public bool IsElectionQuorum(MemberSet set) => _criterion.Holds(set, QuorumPhase.Election);

    public bool IsCommitQuorum(MemberSet set) => _criterion.Holds(set, QuorumPhase.Commit);

    /// <summary>
    /// Whether no leader can be elected without an honest voter of this set: its voters fence all other authorities for as long as
    /// they keep silent. Read-index rounds and leases need exactly this, which can be fewer voters than a quorum.
    /// </summary>
    public bool MeetsEveryElectionQuorum(MemberSet set) => _criterion.MeetsEvery(set, QuorumPhase.Election, ByzantineFaults);

    /// <summary>Whether nothing can be committed without an honest voter of this set: what a leaderless quorum read must ask.</summary>
    public bool MeetsEveryCommitQuorum(MemberSet set) => _criterion.MeetsEvery(set, QuorumPhase.Commit, ByzantineFaults);

    /// <summary>At least this many more voters must join the set before it can be a quorum of the phase; 0 when it is one.</summary>
    public int Missing(MemberSet present, QuorumPhase phase) => _criterion.Missing(present, phase);

    /// <summary>
    /// The highest index that every voter of some commit quorum holds, given how far each one's log is known to agree. It is only
    /// a frontier of copies: committing it also needs an entry of the current epoch there (seed §4.3).
    /// </summary>
    /// <param name="heldByPosition">One index per voter, by position.</param>
    /// <exception cref="ArgumentException">Not exactly one index per voter.</exception>
    public LogIndex CommitFrontier(ReadOnlySpan<LogIndex> heldByPosition)
    {
        if (heldByPosition.Length != Members.Length)
        {
            throw new ArgumentException($"{heldByPosition.Length} indices for {Members.Length} voters", nameof(heldByPosition));
        }

        return _criterion.CommitFrontier(heldByPosition);
    }

    /// <summary>Where an election stands. A voter in both sets counts as refusing: a vote that was taken back is no vote.</summary>
    public VoteTally Tally(MemberSet granted, MemberSet refused)
    {
        if (IsElectionQuorum(granted.Except(refused)))
        {
            return VoteTally.Won;
        }

        return IsElectionQuorum(All.Except(refused)) ? VoteTally.Pending : VoteTally.Lost;
    }

    /// <summary>A set with the replicas' names, for logs and refusals.</summary>
    public string Describe(MemberSet set) => "{" + string.Join(", ", ReplicasOf(set)) + "}";

    public override string ToString() => $"{Rule.GetType().Name[..^"Rule".Length].ToLowerInvariant()} of {Describe(All)}";
}
