using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Hosting.Configuration.Binding;

namespace ActorPhysics.Hosting.Configuration;

/// <summary>How the replicas of a group may fail, hence what an acknowledgement must mean (seed §5.3).</summary>
public enum GroupFailureModel
{
    /// <summary>A replica comes back with what it had made durable; only durable entries are acknowledged.</summary>
    CrashRecovery,

    /// <summary>A replica that stopped never comes back under its identity; an appended entry may be acknowledged.</summary>
    CrashStop,
}

public enum QuorumKind
{
    /// <summary>More than half of the members.</summary>
    Majority,

    /// <summary>Elections and commits need different numbers of members.</summary>
    Flexible,

    /// <summary>Members have weights; elections and commits need a sum of weight.</summary>
    Weighted,

    /// <summary>Members stand in zones; a majority of zones, and in each a majority of its members.</summary>
    Domains,
}

/// <summary>One consensus group: a state machine replicated over member nodes.</summary>
public sealed record GroupSettings
{
    [Within("1", "4294967295")]
    public required GroupId Id { get; init; }

    [Identifier]
    public required string Name { get; init; }

    /// <summary>The state machine: <c>kv</c>, <c>register</c>, or a name registered by the host.</summary>
    [Identifier]
    public required string Machine { get; init; }

    public required GroupFailureModel FailureModel { get; init; }

    public required QuorumSettings Quorum { get; init; }

    /// <summary>The nodes that hold a replica; empty means every node of the cluster. See <see cref="NodeOptions.MembersOf"/>.</summary>
    public required ImmutableArray<NodeId> Members { get; init; }

    public FailureModel ToFailureModel() => FailureModel == GroupFailureModel.CrashStop ? CrashStop.Instance : CrashRecovery.Instance;
}

/// <summary>Which sets of members may elect and commit.</summary>
public sealed record QuorumSettings
{
    public required QuorumKind Kind { get; init; }

    /// <summary>What an election needs. Flexible: members. Weighted: weight. Domains: zones, null for a majority of them. Otherwise null.</summary>
    [Within("1", "1000000")]
    public required int? Election { get; init; }

    /// <summary>What a commit needs, in the terms of <see cref="Election"/>.</summary>
    [Within("1", "1000000")]
    public required int? Commit { get; init; }

    /// <summary>Weighted: the weight of each member. Otherwise empty.</summary>
    [Within("1", "255")]
    public required ImmutableSortedDictionary<NodeId, int> Weights { get; init; }

    /// <summary>Domains: the zone of each member. Otherwise empty.</summary>
    [Identifier]
    public required ImmutableSortedDictionary<NodeId, string> Zones { get; init; }

    /// <summary>The rule from which the group's quorum system is built.</summary>
    /// <param name="members">The nodes that vote; of checked options all have the weight or zone that the kind asks for.</param>
    /// <param name="replicaOn">The replica that a node holds.</param>
    public QuorumRule ToRule(IEnumerable<NodeId> members, Func<NodeId, ReplicaId> replicaOn)
    {
        // A zone's number is the rank of its name, which every node computes alike.
        string[] zones = [.. Zones.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return Kind switch
        {
            QuorumKind.Majority => new MajorityRule([.. members.Select(replicaOn)]),
            QuorumKind.Flexible => new FlexibleRule([.. members.Select(replicaOn)], Election.GetValueOrDefault(), Commit.GetValueOrDefault()),
            QuorumKind.Weighted => new WeightedRule(
                [.. members.Select(node => new WeightedVoter(replicaOn(node), Weights[node]))],
                Election.GetValueOrDefault(),
                Commit.GetValueOrDefault()),
            QuorumKind.Domains => new FailureDomainRule(
                [.. members.Select(node => new PlacedVoter(replicaOn(node), new FailureDomainId((ulong)Array.IndexOf(zones, Zones[node]))))],
                Election,
                Commit),
            _ => throw new NotSupportedException($"quorum kind {Kind}"),
        };
    }
}
