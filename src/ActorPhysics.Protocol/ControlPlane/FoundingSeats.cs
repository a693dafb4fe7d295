using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Protocol.Sessions;

namespace ActorPhysics.Protocol.ControlPlane;

/// <summary>
/// Chooses where new groups begin: nodes that take replicas, as many zones as there are, the least loaded first. The planner moves what turns out badly.
/// </summary>
internal sealed class FoundingSeats
{
    private readonly ImmutableArray<NodeRecord> _nodes;
    private readonly long[] _replicas;

    public FoundingSeats(ConfigState state)
    {
        _nodes = [.. state.Nodes.Values.Where(node => node.TakesReplicas)];
        _replicas = new long[_nodes.Length];
        var places = new Dictionary<NodeId, int>();
        for (int n = 0; n < _nodes.Length; n++)
        {
            places.Add(_nodes[n].Node, n);
        }

        foreach (GroupRecord group in state.Groups.Values)
        {
            foreach (Member member in group.Configuration.Members)
            {
                if (places.TryGetValue(member.Node, out int place))
                {
                    _replicas[place]++;
                }
            }
        }
    }

    public int Available => _nodes.Length;

    /// <summary>As many different nodes as asked for; the caller has looked at <see cref="Available"/>.</summary>
    public ImmutableArray<NodeRecord> Take(int count)
    {
        var chosen = ImmutableArray.CreateBuilder<NodeRecord>(count);
        for (int seat = 0; seat < count; seat++)
        {
            int best = -1;
            for (int n = 0; n < _nodes.Length; n++)
            {
                if (!chosen.Contains(_nodes[n]) && (best < 0 || IsBetter(n, best, chosen)))
                {
                    best = n;
                }
            }

            chosen.Add(_nodes[best]);
            _replicas[best]++;
        }

        return chosen.MoveToImmutable();
    }

    /// <summary>The failure domain of a node's zone. Nodes that name no zone each stand for themselves.</summary>
    public static FailureDomainId DomainOf(NodeRecord node) =>
        new(node.Zone.Value.Length == 0 ? node.Node.Value : HashPoint.Of(System.Text.Encoding.UTF8.GetBytes($"zone:{node.Zone.Value}")).Value);

    /// <summary>The charter of a group of a space on these nodes: replica 1 on the first, witnesses last; or null with a reason.</summary>
    public static GroupCharter? CharterFor(
        SpaceDescription space, ShardId shard, GroupId group, ImmutableArray<NodeRecord> nodes, KeysAtBirth keys, in CommandPlace place, out string? refusal)
    {
        ImmutableArray<PlacedMember> members =
        [
            .. nodes.Select((node, i) => new PlacedMember(
                new Member(new ReplicaId((ulong)i + 1), node.Node, i < space.Settings.Replicas ? MemberRole.Voter : MemberRole.Witness), DomainOf(node))),
        ];
        GroupConfiguration? founding = space.TryConfigure(group, IncarnationOf(group, place), ConfigEpoch.Founding, members, out refusal);
        return founding is null ? null : new GroupCharter($"{space.Name}/{shard}", space.Settings.Specification, founding, keys);
    }

    /// <summary>
    /// No two groups that were ever decided have the same: not even when the config group itself lost a part of its log and gives an id a second time, because
    /// it then decides under a higher ConfigEpoch.
    /// </summary>
    private static GroupIncarnation IncarnationOf(GroupId group, in CommandPlace place)
    {
        Span<byte> seed = stackalloc byte[6 * sizeof(ulong)];
        Span<ulong> words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(seed);
        Coordinate at = place.Coordinate;
        (words[0], words[1], words[2], words[3], words[4], words[5]) =
            (at.Group.Value, at.ConfigEpoch.Value, at.LeaderEpoch.Value, at.Index.Value, place.Ordinal.Value, group.Value);
        return new GroupIncarnation(HashPoint.Of(seed).Value | 1);
    }

    private bool IsBetter(int candidate, int best, ImmutableArray<NodeRecord>.Builder chosen)
    {
        int crowd = InZoneOf(candidate, chosen).CompareTo(InZoneOf(best, chosen));
        if (crowd != 0)
        {
            return crowd < 0;
        }

        // Replicas per weight, compared without division: (r₁ + 1) / w₁ < (r₂ + 1) / w₂.
        return (_replicas[candidate] + 1) * _nodes[best].Weight < (_replicas[best] + 1) * _nodes[candidate].Weight;
    }

    private int InZoneOf(int node, ImmutableArray<NodeRecord>.Builder chosen)
    {
        int crowd = 0;
        foreach (NodeRecord other in chosen)
        {
            crowd += DomainOf(other) == DomainOf(_nodes[node]) ? 1 : 0;
        }

        return crowd;
    }
}
