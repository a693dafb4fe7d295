using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Records;
using ActorPhysics.Wire.Journal;

namespace ActorPhysics.Actors.Replicas;

/// <summary>What a replica starts from.</summary>
/// <param name="Notices">What recovery met on the way, for the operator.</param>
public sealed record RecoveredState(RecoveredReplica Replica, ReplicatedState State, IReadOnlyList<string> Notices);

/// <summary>A replica cannot start from what is on its disk, and no peer could help.</summary>
public sealed class UnrecoverableReplicaException(string message) : Exception(message);

/// <summary>
/// Reads a replica back: the journal's events are folded, the newest snapshot that verifies is restored, and what is damaged is said. It
/// blocks, and runs before the replica's actor exists.
/// </summary>
public static class ReplicaRecovery
{
    /// <exception cref="UnrecoverableReplicaException">A record was written by a later version.</exception>
    /// <param name="ranBefore">Whether this replica is known to have run on this node, whatever its journal remembers.</param>
    public static RecoveredState Recover(
        ReplicaSettings settings, GroupConfiguration founding, IJournal journal, ISnapshotStore snapshots, bool ranBefore)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(founding);
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(snapshots);
        var stream = new JournalStreamId(founding.Group, settings.Self);
        var notices = new List<string>();
        JournalReplay replay = journal.Replay(stream);
        JournalDamage? damage = DamageOf(replay, notices) ?? AmnesiaOf(replay, founding, ranBefore, notices);
        if (replay.Next == JournalSequence.First && damage is null)
        {
            var unborn = RecoveredReplica.Fresh(founding, ranBefore ? default(ReplicaRun).Next : default);
            return new RecoveredState(unborn, StateAtBirth(settings, founding), notices);
        }

        RecoveredReplica replica = RecoveredReplica.Fold(
            founding,
            new RecordNumber(replay.DeletedThrough.Next.Value),
            replay.Records.Select(record => Decode(stream, record.Sequence, record.Payload)),
            new RecordNumber(replay.Next.Value - 1),
            Guarded(stream, replay),
            damage);
        ReplicatedState state = RestoreState(settings, founding, replica, snapshots, notices);
        if (replica.Damage is { } found && IsAlone(settings.Self, replica.Configuration))
        {
            // What survives cannot prove that nobody else belongs to the group by now, so the replica waits for a leader that may never come.
            notices.Add(
                $"{stream}: {found.Reason}; what survives knows no other voter from whom to repair it. If there is none, restore the data folder from a copy, or give the group up");
        }

        return new RecoveredState(replica, state, notices);
    }

    /// <summary>Whether what survives knows nobody who could help. It may be older than a change of the members, so this is no proof.</summary>
    private static bool IsAlone(ReplicaId self, GroupConfiguration configuration) =>
        configuration.Epoch == ConfigEpoch.Founding && configuration.Quorums.Members.Length == 1 && configuration.Quorums.Members[0] == self;

    private static JournalDamage? DamageOf(JournalReplay replay, List<string> notices)
    {
        bool promiseLost = replay.Guarded is LatestGuarded.Damaged;
        switch (replay.Verdict)
        {
            case JournalVerdict.TornTailCut torn:
                notices.Add($"{replay.Stream}: the last write before the crash was incomplete and never acknowledged; it was cut ({torn.Detail})");
                return null;
            case JournalVerdict.Corrupt corrupt:
                string reason = $"the journal is corrupt from record {corrupt.LostFrom} on: {corrupt.Detail}";
                notices.Add($"{replay.Stream}: {reason}; the replica repairs itself from its peers and does not vote until then");
                return new JournalDamage(reason, promiseLost);
            default:
                // The guarded copy matters only when the journal lost the original.
                return null;
        }
    }

    /// <summary>A replica that is known to have run and has no journal: it cannot know what it promised (M13, the same identity with a wiped log).</summary>
    private static JournalDamage? AmnesiaOf(JournalReplay replay, GroupConfiguration founding, bool ranBefore, List<string> notices)
    {
        bool lost = ranBefore && replay.Next == JournalSequence.First && founding.FailureModel is not CrashStop;
        if (!lost)
        {
            return null;
        }

        notices.Add($"{replay.Stream}: the replica has run before and its journal is gone; it is retired, for nobody knows what it promised");
        return new JournalDamage("the journal is gone", PromiseLost: true);
    }

    private static HistoryEvent Decode(JournalStreamId stream, JournalSequence sequence, ReadOnlyMemory<byte> payload) =>
        HistoryEventCodec.TryDecode(payload, out HistoryEvent? record, out string? refusal)
            ? record
            : throw new UnrecoverableReplicaException($"{stream}: record {sequence} cannot be read by this version: {refusal}");

    private static EpochPromised? Guarded(JournalStreamId stream, JournalReplay replay) => replay.Guarded is LatestGuarded.Known known
        ? Decode(stream, known.Sequence, known.Payload) as EpochPromised
        : null;

    private static ReplicatedState RestoreState(
        ReplicaSettings settings, GroupConfiguration founding, RecoveredReplica replica, ISnapshotStore snapshots, List<string> notices)
    {
        if (replica.Snapshot is not null)
        {
            SnapshotOpening opening = snapshots.OpenNewest(founding.Group, settings.Self);
            notices.AddRange(opening.Notices.Select(notice => $"snapshot {notice.Name}: {notice.Detail}"));
            using ISnapshotReader? reader = opening.Reader;
            if (reader is not null && TryRestore(settings, replica, reader, notices) is { } state)
            {
                return state;
            }

            replica.LoseSnapshot("no snapshot of the replica could be opened");
        }

        return StateAtBirth(settings, founding);
    }

    private static ReplicatedState StateAtBirth(ReplicaSettings settings, GroupConfiguration founding) => IsWitness(settings, founding)
        ? ReplicatedState.LogOnly(settings.Machine, new Coordinate(founding.Group, default, default, LogIndex.Zero))
        : new ReplicatedState(settings.Machine, founding.Group, settings.Sessions, settings.Keys);

    private static bool IsWitness(ReplicaSettings settings, GroupConfiguration configuration) => configuration.Find(settings.Self) is { Role: MemberRole.Witness };

    private static ReplicatedState? TryRestore(ReplicaSettings settings, RecoveredReplica replica, ISnapshotReader reader, List<string> notices)
    {
        if (!SnapshotHeaderCodec.TryDecode(reader.Header, out LogPosition position, out GroupConfiguration? configuration, out string? refusal))
        {
            notices.Add($"snapshot {reader.Name}: {refusal}");
            return null;
        }

        SnapshotDescription snapshot = SnapshotDesk.Describe(position, configuration, reader.LengthBytes, reader.Checksum);
        VerifiedStateSnapshot? proof = VerifiedStateSnapshot.TryProve(snapshot.Header, snapshot.Header.LengthBytes, snapshot.Header.Checksum, out refusal);
        if (proof is null)
        {
            notices.Add($"snapshot {reader.Name}: {refusal}");
            return null;
        }

        // A witness that was removed may have recorded one more on its way out.
        bool hasBody = reader.LengthBytes > 0;
        if (!hasBody && configuration.Find(settings.Self) is { Role: not MemberRole.Witness })
        {
            notices.Add($"snapshot {reader.Name}: it has no body, and the replica is no witness");
            return null;
        }

        using Stream input = SnapshotInput.Buffered(reader);
        ReplicatedState state = !hasBody || IsWitness(settings, configuration)
            ? ReplicatedState.LogOnly(settings.Machine, snapshot.Coordinate)
            : ReplicatedState.Restore(settings.Machine, input, out _);
        if (replica.RestoreFrom(proof, snapshot))
        {
            return state;
        }

        notices.Add($"snapshot {reader.Name}: the journal does not continue from it");
        return null;
    }
}
