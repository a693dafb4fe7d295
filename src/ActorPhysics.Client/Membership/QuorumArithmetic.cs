using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Client.Membership;

/// <summary>Quorum rules with other voters. Where sizes or domains would have to be chosen anew, nothing is guessed.</summary>
internal static class QuorumArithmetic
{
    public static string Undecided(QuorumRule rule) =>
        $"what makes a quorum of another number of members under a {rule.GetType().Name[..^"Rule".Length].ToLowerInvariant()} rule has to be decided: name the whole target";

    /// <summary>Null when it takes a decision.</summary>
    public static QuorumRule? TryAdd(QuorumRule rule, ReplicaId voter) =>
        rule is MajorityRule majority ? new MajorityRule(majority.Voters.Add(voter).Sort()) : null;

    /// <summary>Null when it takes a decision.</summary>
    public static QuorumRule? TryRemove(QuorumRule rule, ReplicaId voter) => rule switch
    {
        MajorityRule majority => new MajorityRule(majority.Voters.Remove(voter)),
        FailureDomainRule domains => domains with { Voters = [.. domains.Voters.Where(placed => placed.Replica != voter)] },
        _ => null,
    };

    public static QuorumRule Replace(QuorumRule rule, ReplicaId old, ReplicaId voter) => rule switch
    {
        MajorityRule majority => new MajorityRule(majority.Voters.Replace(old, voter).Sort()),
        FlexibleRule flexible => flexible with { Voters = flexible.Voters.Replace(old, voter).Sort() },
        WeightedRule weighted => weighted with { Voters = [.. weighted.Voters.Select(each => each.Replica == old ? each with { Replica = voter } : each)] },
        FailureDomainRule domains => domains with { Voters = [.. domains.Voters.Select(each => each.Replica == old ? each with { Replica = voter } : each)] },
        ByzantineRule byzantine => byzantine with { Voters = byzantine.Voters.Replace(old, voter).Sort() },
        _ => throw new ArgumentException($"a {rule.GetType().Name} has no voters of its own", nameof(rule)),
    };
}
