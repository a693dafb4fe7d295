using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Wire.Certificates;

/// <summary>Configurations between their type and certificates.proto. Reading builds the quorum system anew, so an unsafe one is refused.</summary>
internal static class ConfigurationMapping
{
    public static Protos.GroupConfiguration ToMessage(GroupConfiguration configuration)
    {
        var message = new Protos.GroupConfiguration
        {
            Scope = EvidenceMapping.ToScope(configuration.Group, configuration.Incarnation, configuration.Epoch),
            FailureModel = ToMessage(configuration.FailureModel),
            Faults = (uint)configuration.FailureModel.ByzantineFaults,
            Quorums = ToMessage(configuration.Quorums.Rule),
            HighestReplica = configuration.HighestReplica.Value,
            Target = configuration.Target is { } target ? ToMessage(target) : null,
        };
        message.Members.Add(configuration.Members.Select(ToMessage));
        return message;
    }

    public static Protos.MembershipTarget ToMessage(MembershipTarget target)
    {
        var message = new Protos.MembershipTarget { Quorums = ToMessage(target.Quorums) };
        message.Members.Add(target.Members.Select(ToMessage));
        return message;
    }

    /// <summary>Null when a part is missing or unknown to this version. Whether the target can be reached is for the group to say.</summary>
    public static MembershipTarget? FromMessage(Protos.MembershipTarget? message) =>
        message is not null && FromMessage(message.Quorums, depth: 1) is { } rule && message.Members.All(member => Enum.IsDefined(member.Role))
            ? new MembershipTarget([.. message.Members.Select(FromMessage)], rule)
            : null;

    private static Protos.GroupConfiguration.Types.Member ToMessage(Member member) => new()
    {
        Replica = member.Replica.Value,
        Node = member.Node.Value,
        Role = member.Role switch
        {
            MemberRole.Learner => Protos.GroupConfiguration.Types.Member.Types.Role.Learner,
            MemberRole.Witness => Protos.GroupConfiguration.Types.Member.Types.Role.Witness,
            _ => Protos.GroupConfiguration.Types.Member.Types.Role.Voter,
        },
    };

    private static Member FromMessage(Protos.GroupConfiguration.Types.Member member) =>
        new(new ReplicaId(member.Replica), new NodeId(member.Node), RoleOf(member.Role));

    /// <summary>The model alone; how many replicas may lie is a field beside it.</summary>
    public static Protos.GroupConfiguration.Types.FailureModel ToMessage(FailureModel model) => model switch
    {
        CrashStop => Protos.GroupConfiguration.Types.FailureModel.CrashStop,
        Byzantine => Protos.GroupConfiguration.Types.FailureModel.Byzantine,
        _ => Protos.GroupConfiguration.Types.FailureModel.CrashRecovery,
    };

    /// <summary>Null for a model that is impossible or unknown to this version.</summary>
    public static FailureModel? FromMessage(Protos.GroupConfiguration.Types.FailureModel model, uint faults) => model switch
    {
        Protos.GroupConfiguration.Types.FailureModel.CrashRecovery => CrashRecovery.Instance,
        Protos.GroupConfiguration.Types.FailureModel.CrashStop => CrashStop.Instance,
        Protos.GroupConfiguration.Types.FailureModel.Byzantine when faults is > 0 and <= MemberSet.Capacity => new Byzantine((int)faults),
        _ => null,
    };

    public static bool TryFromMessage(
        Protos.GroupConfiguration? message, [NotNullWhen(true)] out GroupConfiguration? configuration, [NotNullWhen(false)] out string? refusal)
    {
        configuration = null;
        if (message?.Scope is not { } scope || message.Quorums is null)
        {
            refusal = "a configuration lacks its scope or its quorums";
            return false;
        }

        FailureModel? model = FromMessage(message.FailureModel, message.Faults);
        QuorumRule? rule = FromMessage(message.Quorums, depth: 0);
        // A role that this version does not know must not pass for a vote.
        if (model is null || rule is null || message.Members.Any(member => !Enum.IsDefined(member.Role)))
        {
            refusal = "the failure model, the quorum rule or a member's role is unknown to this version";
            return false;
        }

        if (QuorumSystem.TryCreate(rule, model, out QuorumRefusal? unsafeRule) is not { } quorums)
        {
            refusal = unsafeRule!.Explanation;
            return false;
        }

        MembershipTarget? target = FromMessage(message.Target);
        if (target is null != message.Target is null)
        {
            refusal = "the target of the membership change is malformed or unknown to this version";
            return false;
        }

        configuration = GroupConfiguration.TryCreate(
            new GroupId(scope.Group),
            new GroupIncarnation(scope.Incarnation),
            new ConfigEpoch(scope.ConfigEpoch),
            [.. message.Members.Select(FromMessage)],
            quorums,
            model,
            target,
            new ReplicaId(message.HighestReplica),
            out string? complaint);
        refusal = complaint ?? (configuration is null ? "the configuration contradicts itself" : null);
        return configuration is not null && refusal is null;
    }

    private static MemberRole RoleOf(Protos.GroupConfiguration.Types.Member.Types.Role role) => role switch
    {
        Protos.GroupConfiguration.Types.Member.Types.Role.Learner => MemberRole.Learner,
        Protos.GroupConfiguration.Types.Member.Types.Role.Witness => MemberRole.Witness,
        _ => MemberRole.Voter,
    };

    private static Protos.QuorumRule ToMessage(QuorumRule rule)
    {
        var message = new Protos.QuorumRule();
        switch (rule)
        {
            case MajorityRule majority:
                message.Majority = new Protos.QuorumRule.Types.Voters { Replicas = { Ids(majority.Voters) } };
                break;
            case JointRule joint:
                message.Joint = new Protos.QuorumRule.Types.Joint { Before = ToMessage(joint.Old), After = ToMessage(joint.New) };
                break;
            case FlexibleRule flexible:
                message.Flexible = new Protos.QuorumRule.Types.Flexible
                {
                    Replicas = { Ids(flexible.Voters) },
                    ElectionSize = (uint)flexible.ElectionSize,
                    CommitSize = (uint)flexible.CommitSize,
                };
                break;
            case WeightedRule weighted:
                message.Weighted = new Protos.QuorumRule.Types.Weighted
                {
                    Voters = { weighted.Voters.Select(voter => new Protos.QuorumRule.Types.Weighted.Types.Voter { Replica = voter.Replica.Value, Weight = (uint)voter.Weight }) },
                    ElectionWeight = (uint)weighted.ElectionWeight,
                    CommitWeight = (uint)weighted.CommitWeight,
                };
                break;
            case FailureDomainRule domains:
                message.Domains = new Protos.QuorumRule.Types.Domains
                {
                    Voters = { domains.Voters.Select(voter => new Protos.QuorumRule.Types.Domains.Types.Voter { Replica = voter.Replica.Value, Domain = voter.Domain.Value }) },
                    ElectionDomains = (uint)(domains.ElectionDomains ?? 0),
                    CommitDomains = (uint)(domains.CommitDomains ?? 0),
                };
                break;
            case ByzantineRule byzantine:
                message.Byzantine = new Protos.QuorumRule.Types.Byzantine { Replicas = { Ids(byzantine.Voters) }, Faults = (uint)byzantine.Faults };
                break;
            default:
                throw new ArgumentException($"no encoding for {rule.GetType().Name}", nameof(rule));
        }

        return message;
    }

    private static QuorumRule? FromMessage(Protos.QuorumRule? message, int depth)
    {
        // A joint rule joins two simple ones; deeper nesting is nobody's configuration.
        if (message is null || depth > 2)
        {
            return null;
        }

        switch (message.RuleCase)
        {
            case Protos.QuorumRule.RuleOneofCase.Majority:
                return new MajorityRule(Replicas(message.Majority.Replicas));
            case Protos.QuorumRule.RuleOneofCase.Joint:
                QuorumRule? before = FromMessage(message.Joint.Before, depth + 1);
                QuorumRule? after = FromMessage(message.Joint.After, depth + 1);
                return before is null || after is null ? null : new JointRule(before, after);
            case Protos.QuorumRule.RuleOneofCase.Flexible:
                return new FlexibleRule(Replicas(message.Flexible.Replicas), Small(message.Flexible.ElectionSize), Small(message.Flexible.CommitSize));
            case Protos.QuorumRule.RuleOneofCase.Weighted:
                return new WeightedRule(
                    [.. message.Weighted.Voters.Select(voter => new WeightedVoter(new ReplicaId(voter.Replica), Small(voter.Weight)))],
                    Small(message.Weighted.ElectionWeight),
                    Small(message.Weighted.CommitWeight));
            case Protos.QuorumRule.RuleOneofCase.Domains:
                return new FailureDomainRule(
                    [.. message.Domains.Voters.Select(voter => new PlacedVoter(new ReplicaId(voter.Replica), new FailureDomainId(voter.Domain)))],
                    message.Domains.ElectionDomains == 0 ? null : Small(message.Domains.ElectionDomains),
                    message.Domains.CommitDomains == 0 ? null : Small(message.Domains.CommitDomains));
            case Protos.QuorumRule.RuleOneofCase.Byzantine:
                return new ByzantineRule(Replicas(message.Byzantine.Replicas), Small(message.Byzantine.Faults));
            default:
                return null;
        }
    }

    private static IEnumerable<ulong> Ids(ImmutableArray<ReplicaId> replicas) => replicas.Select(replica => replica.Value);

    private static ImmutableArray<ReplicaId> Replicas(IEnumerable<ulong> ids) => [.. ids.Select(id => new ReplicaId(id))];

    // Sizes beyond this are refused by the rules themselves; the cast must not wrap.
    private static int Small(uint value) => (int)Math.Min(value, 1_000_000);
}
