using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;

namespace ActorPhysics.Protocol.Fingerprints;

/// <summary>What counts of configurations: who belongs to them, in which role, and the quorums, under whatever names.</summary>
public static class ConfigurationDigests
{
    /// <summary>The configuration that a group was founded with never changes within a search: of it, its epoch alone counts.</summary>
    public static void Add(this StateDigest digest, ConfigurationTrail trail)
    {
        ArgumentNullException.ThrowIfNull(digest);
        ArgumentNullException.ThrowIfNull(trail);
        digest.Add(trail.Placed.Length);
        foreach (PlacedConfiguration placed in trail.Placed)
        {
            digest.Add(placed.From);
            digest.Add(placed.Configuration.Epoch.Value);
            if (placed.From > LogIndex.Zero)
            {
                digest.Add(placed.Configuration);
            }
        }
    }

    public static void Add(this StateDigest digest, GroupConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(digest);
        ArgumentNullException.ThrowIfNull(configuration);
        digest.Add(configuration.Epoch.Value);
        AddMembers(digest, configuration.Members);
        Add(digest, configuration.Quorums.Rule);
        digest.Add(configuration.Target is not null);
        if (configuration.Target is { } target)
        {
            AddMembers(digest, target.Members);
            Add(digest, target.Quorums);
        }
    }

    private static void AddMembers(StateDigest digest, IEnumerable<Member> members) =>
        digest.AddUnordered(members, static (each, member) =>
        {
            each.Add(member.Replica);
            each.Add((ulong)member.Role);
        });

    private static void Add(StateDigest digest, QuorumRule rule)
    {
        switch (rule)
        {
            case MajorityRule majority:
                digest.Add(1UL);
                digest.AddUnordered(majority.Voters, static (each, voter) => each.Add(voter));
                break;
            case JointRule joint:
                digest.Add(2UL);
                Add(digest, joint.Old);
                Add(digest, joint.New);
                break;
            case FlexibleRule flexible:
                digest.Add(3UL);
                digest.AddUnordered(flexible.Voters, static (each, voter) => each.Add(voter));
                digest.Add(flexible.ElectionSize);
                digest.Add(flexible.CommitSize);
                break;
            default:
                throw new NotSupportedException($"no digest of {rule.GetType().Name}");
        }
    }
}
