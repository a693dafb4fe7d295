using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Certificates;
using Google.Protobuf;

namespace ActorPhysics.Wire.Space;

/// <summary>
/// Keyspaces between their types and space.proto. Reading goes through the types' own factories: what comes out covers every key once, or can be founded.
/// </summary>
internal static class SpaceMapping
{
    public static Protos.Sharding ToMessage(ShardingKind kind) => kind switch
    {
        ShardingKind.Hash => Protos.Sharding.Hash,
        ShardingKind.Ordered => Protos.Sharding.Ordered,
        _ => throw new ArgumentException($"no encoding for {kind}", nameof(kind)),
    };

    /// <summary>Null for a kind unknown to this version.</summary>
    public static ShardingKind? FromMessage(Protos.Sharding kind) => kind switch
    {
        Protos.Sharding.Hash => ShardingKind.Hash,
        Protos.Sharding.Ordered => ShardingKind.Ordered,
        _ => null,
    };

    public static Protos.KeyPoint ToMessage(KeyPoint point) => point.Kind == ShardingKind.Hash
        ? new Protos.KeyPoint { Hash = point.Hash.Value }
        : new Protos.KeyPoint { Key = ByteString.CopyFrom(point.Key.Bytes) };

    /// <summary>False when the point is absent or of a kind unknown to this version.</summary>
    public static bool TryFromMessage(Protos.KeyPoint? message, out KeyPoint point)
    {
        switch (message?.PointCase)
        {
            case Protos.KeyPoint.PointOneofCase.Hash:
                point = KeyPoint.At(new HashPoint(message.Hash));
                return true;
            case Protos.KeyPoint.PointOneofCase.Key:
                point = KeyPoint.At(ToKey(message.Key));
                return true;
            default:
                point = default;
                return false;
        }
    }

    public static Protos.KeyRange ToMessage(KeyRange range) => new()
    {
        From = range.From is { } from ? ToMessage(from) : null,
        To = range.To is { } to ? ToMessage(to) : null,
    };

    /// <summary>False when the range is absent or empty, or a bound is of another kind than the other or of one unknown to this version.</summary>
    public static bool TryFromMessage(Protos.KeyRange? message, out KeyRange range)
    {
        range = default;
        return message is not null
            && TryReadBound(message.From, out KeyPoint? from)
            && TryReadBound(message.To, out KeyPoint? to)
            && TryCreate(from, to, out range);
    }

    public static Protos.ShardMap ToMessage(ShardMap map)
    {
        var message = new Protos.ShardMap
        {
            Space = map.Space.Value,
            Version = map.Version.Value,
            Sharding = ToMessage(map.Kind),
            LastShard = map.LastShard.Value,
        };
        foreach (Shard shard in map.Shards)
        {
            message.Shards.Add(new Protos.ShardMap.Types.Shard
            {
                Id = shard.Id.Value,
                From = shard.Range.From is { } from ? ToMessage(from) : null,
                Group = shard.Group.Value,
            });
        }

        return message;
    }

    public static bool TryFromMessage(Protos.ShardMap? message, [NotNullWhen(true)] out ShardMap? map, [NotNullWhen(false)] out string? refusal)
    {
        map = null;
        refusal = message is null ? "a shard map is missing"
            : message.Shards.Count > ShardMap.MostShards ? $"a shard map has {message.Shards.Count} shards; {ShardMap.MostShards} are allowed"
            : null;
        if (refusal is not null)
        {
            return false;
        }

        if (FromMessage(message!.Sharding) is not { } kind || !TryReadStarts(message, out KeyPoint?[] starts))
        {
            refusal = "the sharding of a shard map, or where a shard begins, is unknown to this version";
            return false;
        }

        var shards = ImmutableArray.CreateBuilder<Shard>(starts.Length);
        for (int i = 0; i < starts.Length; i++)
        {
            Protos.ShardMap.Types.Shard shard = message.Shards[i];
            if (!TryCreate(starts[i], i + 1 < starts.Length ? starts[i + 1] : null, out KeyRange range))
            {
                refusal = $"{new ShardId(shard.Id)} of a shard map has no keys";
                return false;
            }

            shards.Add(new Shard(new ShardId(shard.Id), range, new GroupId(shard.Group)));
        }

        map = ShardMap.TryCreate(
            new SpaceId(message.Space), new ShardMapVersion(message.Version), kind, shards.MoveToImmutable(), new ShardId(message.LastShard), out refusal);
        return map is not null && refusal is null;
    }

    public static Protos.SpaceSettings ToMessage(SpaceSettings settings)
    {
        var message = new Protos.SpaceSettings
        {
            Name = settings.Name,
            Specification = settings.Specification,
            Sharding = ToMessage(settings.Sharding),
            InitialShards = (uint)settings.InitialShards,
            Replicas = (uint)settings.Replicas,
            Witnesses = (uint)settings.Witnesses,
            FailureModel = ConfigurationMapping.ToMessage(settings.FailureModel),
            Faults = (uint)settings.FailureModel.ByzantineFaults,
            Quorums = ToMessage(settings.Quorums),
        };
        if (!settings.InitialSplits.IsDefault)
        {
            message.InitialSplits.Add(settings.InitialSplits.Select(split => ByteString.CopyFrom(split.Bytes)));
        }

        return message;
    }

    public static bool TryFromMessage(
        Protos.SpaceSettings? message, [NotNullWhen(true)] out SpaceDescription? description, [NotNullWhen(false)] out string? refusal)
    {
        description = null;
        if (message is null)
        {
            refusal = "the settings of a space are missing";
            return false;
        }

        if (FromMessage(message.Sharding) is not { } sharding
            || ConfigurationMapping.FromMessage(message.FailureModel, message.Faults) is not { } model
            || FromMessage(message.Quorums) is not { } shape)
        {
            refusal = "the sharding, the failure model or the quorums of a space are unknown to this version";
            return false;
        }

        var settings = new SpaceSettings
        {
            Name = message.Name,
            Specification = message.Specification,
            Sharding = sharding,
            InitialShards = Small(message.InitialShards),
            InitialSplits = [.. message.InitialSplits.Select(ToKey)],
            Replicas = Small(message.Replicas),
            Witnesses = Small(message.Witnesses),
            FailureModel = model,
            Quorums = shape,
        };
        description = SpaceDescription.TryCreate(settings, out SpaceRefusal? complaint);
        refusal = complaint?.ToString();
        return description is not null && refusal is null;
    }

    public static Protos.QuorumShape ToMessage(QuorumShape shape)
    {
        switch (shape)
        {
            case MajorityShape:
                return new Protos.QuorumShape { Majority = new() };
            case FlexibleShape flexible:
                return new Protos.QuorumShape
                {
                    Flexible = new() { ElectionSize = (uint)flexible.ElectionSize, CommitSize = (uint)flexible.CommitSize },
                };
            case FailureDomainShape domains:
                var message = new Protos.QuorumShape.Types.Domains();
                if (domains.ElectionDomains is { } election)
                {
                    message.ElectionDomains = (uint)election;
                }

                if (domains.CommitDomains is { } commit)
                {
                    message.CommitDomains = (uint)commit;
                }

                return new Protos.QuorumShape { Domains = message };
            case ByzantineShape:
                return new Protos.QuorumShape { Byzantine = new() };
            default:
                throw new ArgumentException($"no encoding for {shape.GetType().Name}", nameof(shape));
        }
    }

    /// <summary>Null when the shape is absent or unknown to this version.</summary>
    public static QuorumShape? FromMessage(Protos.QuorumShape? message) => message?.ShapeCase switch
    {
        Protos.QuorumShape.ShapeOneofCase.Majority => MajorityShape.Instance,
        Protos.QuorumShape.ShapeOneofCase.Flexible => new FlexibleShape(Small(message.Flexible.ElectionSize), Small(message.Flexible.CommitSize)),
        Protos.QuorumShape.ShapeOneofCase.Domains => new FailureDomainShape(
            message.Domains.HasElectionDomains ? Small(message.Domains.ElectionDomains) : null,
            message.Domains.HasCommitDomains ? Small(message.Domains.CommitDomains) : null),
        Protos.QuorumShape.ShapeOneofCase.Byzantine => ByzantineShape.Instance,
        _ => null,
    };

    private static bool TryReadStarts(Protos.ShardMap message, out KeyPoint?[] starts)
    {
        starts = new KeyPoint?[message.Shards.Count];
        for (int i = 0; i < starts.Length; i++)
        {
            if (!TryReadBound(message.Shards[i].From, out starts[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadBound(Protos.KeyPoint? message, out KeyPoint? bound)
    {
        bool isRead = TryFromMessage(message, out KeyPoint point);
        bound = isRead ? point : null;
        return isRead || message is null;
    }

    private static bool TryCreate(KeyPoint? from, KeyPoint? to, out KeyRange range)
    {
        KeyRange? created = KeyRange.TryCreate(from, to);
        range = created.GetValueOrDefault();
        return created is not null;
    }

    private static SpaceKey ToKey(ByteString bytes) => new(ImmutableCollectionsMarshal.AsImmutableArray(bytes.ToByteArray()));

    // What is higher is refused by the descriptions themselves; the cast must not wrap.
    private static int Small(uint value) => (int)Math.Min(value, 1_000_000);
}
