using System.Collections.Immutable;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>An entry of the trunk, the epoch of the replica that first took it for committed, and the configuration that begins with it, if one does.</summary>
internal readonly record struct TrunkEntry(EntryPrint Entry, LeaderEpoch ProvenIn, GroupConfiguration? Configuration);

/// <summary>
/// What was ever true of the group and may not change, though every replica may have forgotten it: who led each epoch, and the trunk. It is
/// part of a state, so that the past cannot be lost between two states that look the same.
/// </summary>
/// <param name="Leaders">By epoch, from 1; none where nobody led yet.</param>
internal sealed record LedgerPage(ImmutableArray<ReplicaId> Leaders, ImmutableArray<TrunkEntry> Trunk)
{
    /// <summary>The page after a replica came to be so, this very one when it has nothing new.</summary>
    /// <exception cref="InvariantViolationException">The replica contradicts the past.</exception>
    public LedgerPage With(LocalState replica)
    {
        LedgerPage page = this;
        if (replica.Role == LineRole.Leader)
        {
            int epoch = (int)replica.Epoch.Value - 1;
            ReplicaId leader = Leaders[epoch];
            Invariant.Require(leader.IsNone || leader == replica.Image.Id, InvariantNames.ElectionSafety, (leader, replica),
                static x => $"{x.leader} led {x.replica.Epoch}, and {x.replica.Image.Id} leads it too");
            page = leader.IsNone ? page with { Leaders = Leaders.SetItem(epoch, replica.Image.Id) } : page;
        }

        int known = Math.Min(replica.Committed, Trunk.Length);
        for (int i = 0; i < known; i++)
        {
            Invariant.Require(replica.Entries[i] == Trunk[i].Entry, InvariantNames.StateMachineSafety, (replica, i, this),
                static x => $"{x.replica.Image.Id} takes {x.replica.Entries[x.i].Position} for trunk and applies it, the trunk there is {x.Item3.Trunk[x.i].Entry.Position}");
        }

        return replica.Committed <= Trunk.Length ? page : page with { Trunk = [.. Trunk, .. replica.TrunkAfter(Trunk.Length)] };
    }

    /// <summary>The newest configuration on the trunk, or null when it is the one the group was founded with.</summary>
    public GroupConfiguration? Configuration
    {
        get
        {
            for (int i = Trunk.Length - 1; i >= 0; i--)
            {
                if (Trunk[i].Configuration is { } configuration)
                {
                    return configuration;
                }
            }

            return null;
        }
    }

    /// <summary>
    /// The page without the leaders of epochs in which nobody can be elected any more. Whoever could still have been elected there with votes
    /// under way was so in a state in which the epoch was open; votes given later are refused by a check of their own.
    /// </summary>
    public LedgerPage Without(int closedEpochs)
    {
        LedgerPage page = this;
        for (int epoch = 0; epoch < closedEpochs; epoch++)
        {
            page = page.Leaders[epoch].IsNone ? page : page with { Leaders = page.Leaders.SetItem(epoch, ReplicaId.None) };
        }

        return page;
    }

    /// <summary>
    /// The page without the epochs in which entries were proven, as far as they lie below all that anybody leads or may come to lead: all those
    /// leaders must hold the entries, whichever earlier epoch proved them.
    /// </summary>
    public LedgerPage ProvenBefore(LeaderEpoch firstLead)
    {
        ImmutableArray<TrunkEntry> trunk = Trunk;
        for (int i = 0; i < trunk.Length; i++)
        {
            bool isOver = trunk[i].ProvenIn < firstLead && trunk[i].ProvenIn != LeaderEpoch.None;
            trunk = isOver ? trunk.SetItem(i, trunk[i] with { ProvenIn = LeaderEpoch.None }) : trunk;
        }

        return trunk == Trunk ? this : this with { Trunk = trunk };
    }

    public Fingerprint FingerprintOf(ReplicaRenaming renaming)
    {
        var digest = new StateDigest(renaming, default);
        foreach (ReplicaId leader in Leaders)
        {
            digest.Add(leader);
        }

        digest.Add(Trunk.Length);
        foreach (TrunkEntry entry in Trunk)
        {
            digest.Add(entry.Entry.Position);
            digest.Add(entry.Entry.Content);
            digest.Add(entry.ProvenIn);
        }

        return digest.Result;
    }
}

/// <summary>One of the distinct ledger pages of a search, with its share in a state's key, by renaming.</summary>
internal sealed record Ledger(int Number, LedgerPage Page, ulong[] Keys);
