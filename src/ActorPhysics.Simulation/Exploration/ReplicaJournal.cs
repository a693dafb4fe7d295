using System.Collections.Immutable;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>One replica's disk: records that survive a power cut, and writes that may not, with the messages that wait for them. Immutable.</summary>
internal sealed record ReplicaJournal(ImmutableArray<HistoryEvent> Durable, ImmutableArray<Persist> Pending)
{
    public static ReplicaJournal Empty { get; } = new([], []);

    public RecordNumber DurableThrough => new((ulong)Durable.Length);

    /// <summary>The highest epoch that was promised for good.</summary>
    public LeaderEpoch DurablePromise => LastPromise?.Epoch ?? LeaderEpoch.None;

    /// <summary>Whom the replica voted for in that epoch for good; none when for nobody.</summary>
    public ReplicaId DurableVote => LastPromise?.VotedFor ?? ReplicaId.None;

    private EpochPromised? LastPromise
    {
        get
        {
            for (int i = Durable.Length - 1; i >= 0; i--)
            {
                if (Durable[i] is EpochPromised promise)
                {
                    return promise;
                }
            }

            return null;
        }
    }

    public int PendingRecords => Pending.Sum(write => write.Records.Count);

    public ReplicaJournal Write(Persist write) => this with { Pending = Pending.Add(write) };

    /// <summary>The oldest writes become durable.</summary>
    public ReplicaJournal Sync(int writes) =>
        new([.. Durable, .. Pending.Take(writes).SelectMany(write => write.Records)], Pending[writes..]);

    /// <summary>A power cut: the first records of the pending writes had reached the disk all the same.</summary>
    public ReplicaJournal Crash(int surviving) => new([.. Durable, .. Pending.SelectMany(write => write.Records).Take(surviving)], []);

    public RecoveredReplica Recover(GroupConfiguration configuration) => Durable.IsEmpty
        ? RecoveredReplica.Fresh(configuration)
        : RecoveredReplica.Fold(configuration, new RecordNumber(1), Durable, DurableThrough, guarded: null, damage: null);

    /// <summary>What waits to become durable, as far as the running process can tell.</summary>
    public void DigestWaitTo(StateDigest digest)
    {
        digest.Add(Pending.Length);
        foreach (Persist write in Pending)
        {
            digest.Add(write.Records.Count);
            digest.AddUnordered(write.ThenSend, static (each, message) => each.Add(message));
        }
    }

    /// <summary>What a restart would find, whatever the disk still gets to keep.</summary>
    public void DigestDiskTo(StateDigest digest, GroupConfiguration configuration)
    {
        RecoveredReplica recovered = Recover(configuration);
        digest.Add(recovered.Epoch);
        digest.Add(recovered.VotedFor);
        digest.Add(recovered.Run);
        recovered.Log.DigestTo(digest);
        digest.Add(recovered.LatestCommit);
        digest.Add(recovered.CommittedThrough);
        foreach (HistoryEvent record in Pending.SelectMany(static write => write.Records))
        {
            digest.Add(record);
        }
    }
}
