using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>Whether parts that were read back are one state.</summary>
internal static class ConfigPartsRules
{
    public static string? ComplaintAbout(ConfigParts parts) => ComplaintAboutOrder(parts) ?? ComplaintAboutSpaces(parts) ?? ComplaintAboutHandoffs(parts);

    private static string? ComplaintAboutOrder(ConfigParts parts)
    {
        bool ascend = Ascend(parts.Nodes.Select(node => node.Node)) && Ascend(parts.Spaces.Select(space => space.Space))
            && Ascend(parts.Groups.Select(group => group.Group)) && Ascend(parts.Handoffs.Select(handoff => handoff.Id));
        if (!ascend)
        {
            return "ids do not ascend";
        }

        bool given = (parts.Spaces.IsEmpty || parts.Spaces[^1].Space.CompareTo(parts.LastSpace) <= 0)
            && (parts.Groups.IsEmpty || parts.Groups[^1].Group.CompareTo(parts.LastGroup) <= 0)
            && (parts.Handoffs.IsEmpty || parts.Handoffs[^1].Id.CompareTo(parts.LastHandoff) <= 0)
            && parts.Groups.All(group => group.Move is null || group.Move.Id.CompareTo(parts.LastChange) <= 0);
        return given ? null : "an id is above the highest that was ever given";
    }

    private static string? ComplaintAboutSpaces(ConfigParts parts)
    {
        var groups = new SortedDictionary<GroupId, GroupRecord>();
        foreach (GroupRecord group in parts.Groups)
        {
            groups.Add(group.Group, group);
            if (group.Charter.Keys is null || group.Configuration.Group != group.Group)
            {
                return $"{group.Group} is not what its charter says";
            }
        }

        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (SpaceRecord space in parts.Spaces)
        {
            if (!names.Add(space.Description.Name) || space.Map.Space != space.Space || space.Map.Kind != space.Description.Settings.Sharding)
            {
                return $"space {space.Space} is not what its description says";
            }

            foreach (Shard shard in space.Map.Shards)
            {
                bool isMissing = !groups.TryGetValue(shard.Group, out GroupRecord? group);
                if (isMissing ? space.Stage != SpaceStage.Deleting : group!.Charter.Keys!.Space != space.Space)
                {
                    return $"{shard} has no group of its space";
                }
            }
        }

        return null;
    }

    private static string? ComplaintAboutHandoffs(ConfigParts parts)
    {
        var spaces = new SortedSet<SpaceId>();
        foreach (Handoff handoff in parts.Handoffs)
        {
            bool isWhole = spaces.Add(handoff.Space)
                && parts.Spaces.Any(space => space.Space == handoff.Space)
                && parts.Groups.Any(group => group.Group == handoff.Giver)
                && parts.Groups.Any(group => group.Group == handoff.Taker)
                && (handoff.Freeze is null) == (handoff.Stage < HandoffStage.Carrying)
                && (handoff.IsMerge || handoff.Range.From is not null);
            if (!isWhole)
            {
                return $"{handoff.Id} is incomplete, or not the only one of its space";
            }
        }

        return null;
    }

    private static bool Ascend<T>(IEnumerable<T> ids)
        where T : struct, IComparable<T>
    {
        T? before = null;
        foreach (T id in ids)
        {
            if (before is { } last && last.CompareTo(id) >= 0)
            {
                return false;
            }

            before = id;
        }

        return true;
    }
}
