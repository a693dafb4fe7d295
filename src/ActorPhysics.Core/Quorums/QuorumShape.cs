using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;

namespace ActorPhysics.Core.Quorums;

/// <summary>
/// What a quorum is like, whoever the voters are: from a shape and a list of voters follows a <see cref="QuorumRule"/>. A space has a shape; each
/// configuration of each of its groups has a rule. The hierarchy is closed.
/// </summary>
public abstract record QuorumShape
{
    private protected QuorumShape()
    {
    }

    /// <summary>The rule of this shape over these voters. It may describe no system, which <see cref="QuorumSystem"/> then says.</summary>
    public abstract QuorumRule RuleFor(ImmutableArray<PlacedVoter> voters, FailureModel failureModel);

    private protected static ImmutableArray<ReplicaId> Names(ImmutableArray<PlacedVoter> voters) => [.. voters.Select(voter => voter.Replica)];
}

/// <summary>More than half of the voters.</summary>
public sealed record MajorityShape : QuorumShape
{
    public static MajorityShape Instance { get; } = new();
    public override QuorumRule RuleFor(ImmutableArray<PlacedVoter> voters, FailureModel failureModel) => new MajorityRule(Names(voters));
    public override string ToString() => "majority";
}

/// <summary>Elections and commits of different sizes.</summary>
public sealed record FlexibleShape(int ElectionSize, int CommitSize) : QuorumShape
{
    public override QuorumRule RuleFor(ImmutableArray<PlacedVoter> voters, FailureModel failureModel) =>
        new FlexibleRule(Names(voters), ElectionSize, CommitSize);

    public override string ToString() => $"flexible({ElectionSize} elect, {CommitSize} commit)";
}

/// <summary>A number of failure domains, each by a majority of its own voters; null asks for a majority of the domains.</summary>
public sealed record FailureDomainShape(int? ElectionDomains = null, int? CommitDomains = null) : QuorumShape
{
    public override QuorumRule RuleFor(ImmutableArray<PlacedVoter> voters, FailureModel failureModel) =>
        new FailureDomainRule(voters, ElectionDomains, CommitDomains);

    public override string ToString() => "failure domains";
}

/// <summary>Quorums that meet in a correct replica although as many voters lie as the failure model allows.</summary>
public sealed record ByzantineShape : QuorumShape
{
    public static ByzantineShape Instance { get; } = new();

    public override QuorumRule RuleFor(ImmutableArray<PlacedVoter> voters, FailureModel failureModel)
    {
        ArgumentNullException.ThrowIfNull(failureModel);
        return new ByzantineRule(Names(voters), failureModel.ByzantineFaults);
    }

    public override string ToString() => "Byzantine";
}
