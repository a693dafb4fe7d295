using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Quorums;

/// <summary>
/// The description of a quorum system: plain data that can be configured, sent and stored. It proves nothing; a
/// <see cref="QuorumSystem"/> is built from it, or refused. The hierarchy is closed.
/// </summary>
public abstract record QuorumRule
{
    private protected QuorumRule()
    {
    }
}

/// <summary>More than half of the voters, for elections and for commits (Gifford 1979; Raft, section 5.2).</summary>
public sealed record MajorityRule(ImmutableArray<ReplicaId> Voters) : QuorumRule
{
    public bool Equals(MajorityRule? other) => other is not null && Sequences.Equal(Voters, other.Voters);
    public override int GetHashCode() => Sequences.Hash(Voters);
}

/// <summary>
/// A quorum of the old system together with a quorum of the new one: the transitional system of a membership change (Raft,
/// section 6). Neither half may itself be joint.
/// </summary>
public sealed record JointRule(QuorumRule Old, QuorumRule New) : QuorumRule;

/// <summary>
/// Any <paramref name="ElectionSize"/> voters elect, any <paramref name="CommitSize"/> voters commit (Howard, Malkhi and Spiegelman,
/// "Flexible Paxos", 2016). Because an epoch is not owned by one candidate here, elections must also meet each other.
/// </summary>
public sealed record FlexibleRule(ImmutableArray<ReplicaId> Voters, int ElectionSize, int CommitSize) : QuorumRule
{
    public bool Equals(FlexibleRule? other) =>
        other is not null && ElectionSize == other.ElectionSize && CommitSize == other.CommitSize && Sequences.Equal(Voters, other.Voters);

    public override int GetHashCode() => Sequences.Hash(Voters) + ElectionSize * 31 + CommitSize;
}

/// <summary>A voter and its weight, 1 to <see cref="WeightedRule.HighestWeight"/>.</summary>
public readonly record struct WeightedVoter(ReplicaId Replica, int Weight);

/// <summary>Voters whose weights reach a sum (Gifford, "Weighted voting for replicated data", SOSP 1979).</summary>
public sealed record WeightedRule(ImmutableArray<WeightedVoter> Voters, int ElectionWeight, int CommitWeight) : QuorumRule
{
    /// <summary>Bounds the exact search for quorums that miss each other, which takes time and memory in proportion to the sum of weights.</summary>
    public const int HighestWeight = 255;

    public bool Equals(WeightedRule? other) =>
        other is not null && ElectionWeight == other.ElectionWeight && CommitWeight == other.CommitWeight && Sequences.Equal(Voters, other.Voters);

    public override int GetHashCode() => Sequences.Hash(Voters) + ElectionWeight * 31 + CommitWeight;
}

/// <summary>Names a zone, rack or site whose replicas may fail together. <c>default</c> is zone 0, a zone like any other.</summary>
public readonly record struct FailureDomainId(ulong Value) : IComparable<FailureDomainId>
{
    public int CompareTo(FailureDomainId other) => Value.CompareTo(other.Value);
    public override string ToString() => $"z{Value}";
}

/// <summary>A voter and the failure domain that it lives in.</summary>
public readonly record struct PlacedVoter(ReplicaId Replica, FailureDomainId Domain);

/// <summary>
/// A number of failure domains, each represented by a majority of its own voters (Kumar, "Hierarchical quorum consensus", 1991).
/// Null asks for a majority of the domains.
/// </summary>
public sealed record FailureDomainRule(ImmutableArray<PlacedVoter> Voters, int? ElectionDomains = null, int? CommitDomains = null) : QuorumRule
{
    public bool Equals(FailureDomainRule? other) =>
        other is not null && ElectionDomains == other.ElectionDomains && CommitDomains == other.CommitDomains && Sequences.Equal(Voters, other.Voters);

    public override int GetHashCode() => Sequences.Hash(Voters) + ElectionDomains.GetValueOrDefault() * 31 + CommitDomains.GetValueOrDefault();
}

/// <summary>
/// The smallest quorums that still meet in a correct replica when <paramref name="Faults"/> voters lie: 2f + 1 of 3f + 1, and in
/// general more than half of n + f (Malkhi and Reiter, "Byzantine quorum systems", 1998).
/// </summary>
public sealed record ByzantineRule(ImmutableArray<ReplicaId> Voters, int Faults) : QuorumRule
{
    public bool Equals(ByzantineRule? other) => other is not null && Faults == other.Faults && Sequences.Equal(Voters, other.Voters);
    public override int GetHashCode() => Sequences.Hash(Voters) + Faults;
}
