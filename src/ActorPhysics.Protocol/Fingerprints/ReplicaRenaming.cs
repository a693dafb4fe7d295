using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Protocol.Fingerprints;

/// <summary>
/// Other names for the replicas of a group. Voters of equal standing are interchangeable, so a search need visit only one of all the states
/// that differ by a renaming (Clarke, Emerson, Jha and Sistla, 1998).
/// </summary>
public sealed class ReplicaRenaming
{
    private readonly ImmutableArray<ReplicaId> _names;

    private ReplicaRenaming(ImmutableArray<ReplicaId> names) => _names = names;

    /// <summary>Everybody keeps the name they have.</summary>
    public static ReplicaRenaming Identity { get; } = new([]);

    /// <summary>Every renaming of the replicas 1 to <paramref name="replicas"/> among themselves, the identity first.</summary>
    public static ImmutableArray<ReplicaRenaming> All(int replicas)
    {
        ImmutableArray<ReplicaRenaming>.Builder all = ImmutableArray.CreateBuilder<ReplicaRenaming>();
        Extend([], replicas, all);
        return all.ToImmutable();
    }

    /// <summary>The new name; replicas that the renaming does not know, and <see cref="ReplicaId.None"/>, keep theirs.</summary>
    public ReplicaId Of(ReplicaId replica) => replica.IsNone || replica.Value > (ulong)_names.Length ? replica : _names[(int)replica.Value - 1];

    public override string ToString() => string.Join(' ', _names);

    private static void Extend(ImmutableArray<ReplicaId> chosen, int replicas, ImmutableArray<ReplicaRenaming>.Builder all)
    {
        if (chosen.Length == replicas)
        {
            all.Add(new ReplicaRenaming(chosen));
            return;
        }

        for (int name = 1; name <= replicas; name++)
        {
            var next = new ReplicaId((ulong)name);
            if (!chosen.Contains(next))
            {
                Extend(chosen.Add(next), replicas, all);
            }
        }
    }
}
