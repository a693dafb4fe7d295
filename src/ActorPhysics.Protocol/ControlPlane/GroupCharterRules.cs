using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>Whether the parts of a charter fit together. What comes from outside passes here before anything is founded on it.</summary>
public static class GroupCharterRules
{
    private const int MostNameCharacters = 128;

    /// <summary>What is wrong, for people; null for a sound charter.</summary>
    public static string? ComplaintAbout(GroupCharter charter)
    {
        ArgumentNullException.ThrowIfNull(charter);
        return ComplaintAboutNames(charter.Name, charter.Machine) ?? ComplaintAboutFounding(charter.Founding) ?? ComplaintAboutKeys(charter.Keys);
    }

    private static string? ComplaintAboutNames(string name, string machine)
    {
        if (!IsName(name))
        {
            return $"a group's name has 1 to {MostNameCharacters} characters, none of them a control character";
        }

        return IsName(machine) ? null : $"a state machine's name has 1 to {MostNameCharacters} characters, none of them a control character";
    }

    private static bool IsName(string text) => !string.IsNullOrEmpty(text) && text.Length <= MostNameCharacters && !text.Any(char.IsControl);

    private static string? ComplaintAboutFounding(GroupConfiguration founding)
    {
        if (founding.Group.CompareTo(GroupCharter.FirstMadeGroup) < 0)
        {
            return $"{founding.Group} is below {GroupCharter.FirstMadeGroup}: such ids belong to settings";
        }

        if (founding.Epoch != ConfigEpoch.Founding || founding.Target is not null)
        {
            return $"a group is founded in {ConfigEpoch.Founding} with no change under way, not in {founding.Epoch}";
        }

        for (int i = 0; i < founding.Members.Length; i++)
        {
            if (founding.Members[i].Replica != new ReplicaId((ulong)i + 1))
            {
                return $"the founding replicas are r1 to r{founding.Members.Length}, not {founding.Members[i].Replica}";
            }

            for (int j = 0; j < i; j++)
            {
                if (founding.Members[i].Node == founding.Members[j].Node)
                {
                    return $"{founding.Members[i].Node} would hold two replicas of the group";
                }
            }
        }

        return founding.HighestReplica == founding.Members[^1].Replica ? null : "a group is founded without former members";
    }

    private static string? ComplaintAboutKeys(KeysAtBirth? keys)
    {
        if (keys is null)
        {
            return null;
        }

        if (keys.Space == default || !Enum.IsDefined(keys.Kind) || keys.Version < ShardMapVersion.Founding)
        {
            return "the keys name no space, no layout or no version of the shard map";
        }

        return keys.Range is { } range && !range.Fits(keys.Kind) ? $"{range} is no range of a space sharded by {keys.Kind}" : null;
    }
}
