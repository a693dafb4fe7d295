using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Core.Space;

/// <summary>Why there is no such space: the name of the setting as <see cref="SpaceSettings"/> spells it, and a sentence about it.</summary>
public sealed record SpaceRefusal(string Setting, string Reason)
{
    public override string ToString() => $"{Setting}: {Reason}";
}

/// <summary>A member of a group and the failure domain of its node.</summary>
public readonly record struct PlacedMember(Member Member, FailureDomainId Domain);

/// <summary>What an operator writes about a space. It proves nothing; a <see cref="SpaceDescription"/> is made of it, or refused.</summary>
public sealed record SpaceSettings
{
    /// <summary>Lower-case letters, digits, '-', '_' and '.', beginning with a letter.</summary>
    public required string Name { get; init; }

    /// <summary>The name under which nodes know the state machine that the space runs.</summary>
    public required string Specification { get; init; }

    public ShardingKind Sharding { get; init; } = ShardingKind.Hash;

    /// <summary>With how many shards, each in a group of its own, the space begins.</summary>
    public int InitialShards { get; init; } = 1;

    /// <summary>Where the shards of an ordered space begin, but for the first: one key less than shards. Of hash spaces it is empty.</summary>
    public ImmutableArray<SpaceKey> InitialSplits { get; init; } = [];

    /// <summary>How many voters of each group hold its state.</summary>
    public int Replicas { get; init; } = 3;

    /// <summary>How many voters of each group hold its log alone, besides the replicas.</summary>
    public int Witnesses { get; init; }

    public FailureModel FailureModel { get; init; } = CrashRecovery.Instance;

    public QuorumShape Quorums { get; init; } = MajorityShape.Instance;

    public bool Equals(SpaceSettings? other) =>
        other is not null && Name == other.Name && Specification == other.Specification && Sharding == other.Sharding
        && InitialShards == other.InitialShards && Sequences.Equal(InitialSplits, other.InitialSplits)
        && Replicas == other.Replicas && Witnesses == other.Witnesses && FailureModel == other.FailureModel && Quorums == other.Quorums;

    public override int GetHashCode() => Sequences.Hash((ulong)InitialShards, (ulong)Replicas);
}

/// <summary>
/// What a space is (seed §5.1.1): its keyspace, the specification that its groups run, and how they are replicated. What exists was found to
/// make sense: its keyspace can be founded, and a group of its size, spread over as many failure domains as it has voters, has quorums that
/// meet. Immutable.
/// </summary>
public sealed class SpaceDescription
{
    /// <summary>A space is founded with at most this many shards; later splits go on to <see cref="ShardMap.MostShards"/>.</summary>
    public const int MostInitialShards = 1 << 16;

    private const int LongestNameCharacters = 64;

    private SpaceDescription(SpaceSettings settings) => Settings = settings;

    public SpaceSettings Settings { get; }

    public string Name => Settings.Name;

    /// <summary>The description, or null with the setting that is wrong and why.</summary>
    public static SpaceDescription? TryCreate(SpaceSettings settings, out SpaceRefusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(settings);
        refusal = ComplaintAboutNames(settings) ?? ComplaintAboutShards(settings) ?? ComplaintAboutReplication(settings) ?? ComplaintAboutQuorums(settings);
        return refusal is null ? new SpaceDescription(settings) : null;
    }

    /// <summary>As <see cref="TryCreate"/>, for settings that the caller knows to be good.</summary>
    /// <exception cref="ArgumentException">They are not; the message says which.</exception>
    public static SpaceDescription Create(SpaceSettings settings) =>
        TryCreate(settings, out SpaceRefusal? refusal) ?? throw new ArgumentException(refusal!.ToString(), nameof(settings));

    /// <summary>The founding map; the groups are as many as <see cref="SpaceSettings.InitialShards"/>, in the order of the shards.</summary>
    /// <exception cref="ArgumentException">They are not, or one is no name.</exception>
    public ShardMap FoundingMap(SpaceId space, params ReadOnlySpan<GroupId> groups)
    {
        if (groups.Length != Settings.InitialShards)
        {
            throw new ArgumentException($"{groups.Length} groups for {Settings.InitialShards} shards", nameof(groups));
        }

        return Settings.Sharding == ShardingKind.Hash
            ? ShardMap.Uniform(space, groups)
            : ShardMap.Founding(space, ShardingKind.Ordered, [.. Settings.InitialSplits.Select(KeyPoint.At)], groups);
    }

    /// <summary>
    /// A configuration of one of the space's groups with these members, or null with a reason. They need not be as many as the space asks
    /// for, as in the middle of a change; what they need are quorums that meet.
    /// </summary>
    public GroupConfiguration? TryConfigure(
        GroupId group, GroupIncarnation incarnation, ConfigEpoch epoch, ImmutableArray<PlacedMember> members, out string? refusal)
    {
        QuorumSystem? quorums = QuorumSystem.TryCreate(RuleFor(members), Settings.FailureModel, out QuorumRefusal? defect);
        refusal = defect?.Explanation;
        return quorums is null
            ? null
            : GroupConfiguration.TryCreate(
                group, incarnation, epoch, [.. members.Select(placed => placed.Member)], quorums, Settings.FailureModel, out refusal);
    }

    /// <summary>The space's quorum rule for a group of these members; learners have no part in it.</summary>
    public QuorumRule RuleFor(ImmutableArray<PlacedMember> members) =>
        Settings.Quorums.RuleFor(
            [.. members.Where(placed => placed.Member.Votes).Select(placed => new PlacedVoter(placed.Member.Replica, placed.Domain))],
            Settings.FailureModel);

    public override string ToString() =>
        $"{Name}: {Settings.Specification}, by {Settings.Sharding.ToString().ToLowerInvariant()}, {Settings.Replicas} replicas"
        + $"{(Settings.Witnesses > 0 ? $" and {Settings.Witnesses} witnesses" : "")}, {Settings.Quorums}, {Settings.FailureModel}";

    private static SpaceRefusal? ComplaintAboutNames(SpaceSettings settings)
    {
        string? name = ComplaintAboutName(settings.Name);
        return name is not null ? new SpaceRefusal(nameof(settings.Name), name)
            : ComplaintAboutName(settings.Specification) is { } specification ? new SpaceRefusal(nameof(settings.Specification), specification)
            : null;
    }

    private static string? ComplaintAboutName(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return "it is empty";
        }

        if (name.Length > LongestNameCharacters)
        {
            return $"it has {name.Length} characters; {LongestNameCharacters} are allowed";
        }

        if (!char.IsAsciiLetterLower(name[0]))
        {
            return $"'{name}' does not begin with a lower-case letter";
        }

        foreach (char character in name)
        {
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character is not ('-' or '_' or '.'))
            {
                return $"'{name}' contains '{character}'; lower-case letters, digits, '-', '_' and '.' are allowed";
            }
        }

        return null;
    }

    private static SpaceRefusal? ComplaintAboutShards(SpaceSettings settings)
    {
        if (!Enum.IsDefined(settings.Sharding))
        {
            return new SpaceRefusal(nameof(settings.Sharding), "it is neither hash nor ordered");
        }

        if (settings.InitialShards is < 1 or > MostInitialShards)
        {
            return new SpaceRefusal(nameof(settings.InitialShards), $"{settings.InitialShards} is not between 1 and {MostInitialShards}");
        }

        ImmutableArray<SpaceKey> splits = settings.InitialSplits.IsDefault ? [] : settings.InitialSplits;
        string? complaint = settings.Sharding switch
        {
            ShardingKind.Hash => splits.IsEmpty ? null : "a space sharded by hash divides itself into equal parts",
            _ when splits.Length != settings.InitialShards - 1 => $"{settings.InitialShards} shards need {settings.InitialShards - 1} keys, not {splits.Length}",
            _ => ComplaintAboutSplits(splits),
        };
        return complaint is null ? null : new SpaceRefusal(nameof(settings.InitialSplits), complaint);
    }

    private static string? ComplaintAboutSplits(ImmutableArray<SpaceKey> splits)
    {
        SpaceKey before = default;
        foreach (SpaceKey split in splits)
        {
            if (split <= before)
            {
                return split.IsEmpty ? "no key lies before the empty one" : $"{split} does not come after {before}";
            }

            before = split;
        }

        return null;
    }

    private static SpaceRefusal? ComplaintAboutReplication(SpaceSettings settings)
    {
        if (settings.Replicas is < 1 or > MemberSet.Capacity)
        {
            return new SpaceRefusal(nameof(settings.Replicas), $"{settings.Replicas} is not between 1 and {MemberSet.Capacity}");
        }

        if (settings.Witnesses < 0 || settings.Witnesses > MemberSet.Capacity - settings.Replicas)
        {
            return new SpaceRefusal(
                nameof(settings.Witnesses), $"{settings.Witnesses} is not between 0 and {MemberSet.Capacity - settings.Replicas}, what {settings.Replicas} replicas leave");
        }

        return settings.FailureModel is null ? new SpaceRefusal(nameof(settings.FailureModel), "it is missing") : null;
    }

    /// <summary>Builds the quorums of a model group, every voter in a failure domain of its own, the witnesses last.</summary>
    private static SpaceRefusal? ComplaintAboutQuorums(SpaceSettings settings)
    {
        if (settings.Quorums is null)
        {
            return new SpaceRefusal(nameof(settings.Quorums), "it is missing");
        }

        ImmutableArray<PlacedVoter> voters =
        [
            .. Enumerable.Range(1, settings.Replicas + settings.Witnesses).Select(id => new PlacedVoter(new ReplicaId((ulong)id), new FailureDomainId((ulong)id))),
        ];
        QuorumSystem? quorums = QuorumSystem.TryCreate(settings.Quorums.RuleFor(voters, settings.FailureModel), settings.FailureModel, out QuorumRefusal? refusal);
        if (quorums is null)
        {
            return new SpaceRefusal(nameof(settings.Quorums), refusal!.Explanation);
        }

        MemberSet witnesses = quorums.All.Except(MemberSet.FirstPositions(settings.Replicas));
        return quorums.IsCommitQuorum(witnesses)
            ? new SpaceRefusal(nameof(settings.Witnesses), $"{settings.Witnesses} witnesses of {voters.Length} voters could commit what no replica holds")
            : null;
    }
}
