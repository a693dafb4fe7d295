using System.Collections.Immutable;
using ActorPhysics.Core.Space;
using ActorPhysics.Hosting.Configuration.Binding;

namespace ActorPhysics.Hosting.Configuration;

/// <summary>How a space lays its keys out.</summary>
public enum SpaceSharding
{
    /// <summary>By the hash of the key: even load.</summary>
    Hash,

    /// <summary>By the key itself: neighbouring keys stay together.</summary>
    Ordered,
}

/// <summary>A space that the config group creates when it is missing.</summary>
public sealed record SpaceSetting
{
    [Identifier]
    public required string Name { get; init; }

    /// <summary>The state machine: <c>kv</c>, or a name registered by the host.</summary>
    [Identifier]
    public required string Machine { get; init; }

    public required SpaceSharding Sharding { get; init; }

    /// <summary>With how many shards it begins.</summary>
    [Within("1", "65536")]
    public required int Shards { get; init; }

    /// <summary>Ordered: where the shards begin, but for the first. Otherwise empty.</summary>
    public required ImmutableArray<string> SplitKeys { get; init; }

    [Within("1", "64")]
    public required int Replicas { get; init; }

    [Within("0", "63")]
    public required int Witnesses { get; init; }

    /// <summary>The settings in the config group's terms.</summary>
    public SpaceSettings ToSpaceSettings() => new()
    {
        Name = Name,
        Specification = Machine,
        Sharding = Sharding == SpaceSharding.Ordered ? ShardingKind.Ordered : ShardingKind.Hash,
        InitialShards = Shards,
        InitialSplits = [.. SplitKeys.Select(SpaceKey.OfText)],
        Replicas = Replicas,
        Witnesses = Witnesses,
    };
}
