using ActorPhysics.Core;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Monitors;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>
/// What must hold between replicas in every state (Raft, Figure 3; seed §4.1). What must hold of one replica, or of a state and its past, was
/// checked on the way: by the stepper, by the runner of its effects, and by the ledger.
/// </summary>
internal sealed class GroupInvariants(StateLayout layout, LocalSearch search)
{
    public InvariantViolationException? Check(ReadOnlySpan<int> words)
    {
        LedgerPage page = search.Ledgers[words[layout.Ledger]].Page;
        QuorumSystem quorums = DecidingQuorums.Of(page.Configuration ?? search.Configuration);
        MemberSet holders = MemberSet.Empty;
        for (int place = 0; place < layout.Replicas; place++)
        {
            LocalState replica = search.Replicas[words[place]];
            int position = Holds(replica, page) ? quorums.PositionOf(replica.Image.Id) : -1;
            holders = position < 0 ? holders : holders.With(position);
            if (replica.Role == LineRole.Leader && Lacks(replica, page) is { } missing)
            {
                return new InvariantViolationException(InvariantNames.LeaderCompleteness,
                    $"{replica.Image.Id} leads {replica.Epoch} without {missing.Entry.Position}, which was committed in {missing.ProvenIn}");
            }

            for (int other = place + 1; other < layout.Replicas; other++)
            {
                LocalState peer = search.Replicas[words[other]];
                if (!Match(replica, peer))
                {
                    return new InvariantViolationException(InvariantNames.LogMatching,
                        $"{replica.Image.Id} and {peer.Image.Id} hold the same position above different entries: [{string.Join(' ', replica.Image.Log.Select(entry => entry.Position))}], [{string.Join(' ', peer.Image.Log.Select(entry => entry.Position))}]");
                }
            }
        }

        return page.Trunk.IsEmpty || quorums.IsCommitQuorum(holders)
            ? null
            : new InvariantViolationException(InvariantNames.CommitQuorumDurability, $"{page.Trunk[^1].Entry.Position} is committed and durably held only by {quorums.Describe(holders)}");
    }

    private static bool Holds(LocalState replica, LedgerPage page)
    {
        int length = page.Trunk.Length;
        return length > 0 && replica.Durable >= length && replica.Entries.Length >= length && replica.Entries[length - 1] == page.Trunk[^1].Entry;
    }

    private static TrunkEntry? Lacks(LocalState leader, LedgerPage page)
    {
        for (int i = 0; i < page.Trunk.Length; i++)
        {
            TrunkEntry entry = page.Trunk[i];
            if (entry.ProvenIn < leader.Epoch && (i >= leader.Entries.Length || leader.Entries[i] != entry.Entry))
            {
                return entry;
            }
        }

        return null;
    }

    private static bool Match(LocalState a, LocalState b)
    {
        int i = Math.Min(a.Entries.Length, b.Entries.Length) - 1;
        while (i >= 0 && a.Entries[i].Position != b.Entries[i].Position)
        {
            i--;
        }

        while (i >= 0 && a.Entries[i] == b.Entries[i])
        {
            i--;
        }

        return i < 0;
    }
}
