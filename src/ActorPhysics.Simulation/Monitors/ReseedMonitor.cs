using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// TrimSafety (seed §4.4), of members on the way: while one is being reseeded with a snapshot and takes it in, the leader that sends it keeps the log
/// behind it. A log that is trimmed further leaves the member beyond the cliff when it is done, and so again and again (Pitfall 22).
/// </summary>
internal sealed class ReseedMonitor(Observatory observatory) : Monitor(observatory)
{
    // Much shorter than a leader waits for a member that takes nothing more.
    private static readonly TimeSpan Recently = TimeSpan.FromSeconds(1);

    // By the leader and the member.
    private readonly SortedDictionary<(ReplicaId Leader, ReplicaId Member), Reseed> _reseeds = [];

    public override void Crashed(Subject subject) => Forget(subject.Id);

    public override void RoleChanged(Subject subject, RoleChanged change)
    {
        if (change.Role != LineRole.Leader)
        {
            Forget(subject.Id);
        }
    }

    public override void Sent(Subject subject, LineMessage message)
    {
        switch (message)
        {
            case SnapshotChunk chunk:
                (ReplicaId, ReplicaId) key = (subject.Id, chunk.Envelope.To);
                if (!_reseeds.TryGetValue(key, out Reseed known) || known.Snapshot != chunk.Snapshot.Position)
                {
                    _reseeds[key] = new Reseed(chunk.Snapshot.Position, MovedAt: null);
                }

                break;
            case AppendEntries append:
                // It is fed from the log: the snapshot is there, or was given up.
                _reseeds.Remove((subject.Id, append.Envelope.To));
                break;
            default:
                break;
        }
    }

    public override void TurnEnded(Subject subject)
    {
        Hear(subject);
        if (subject.Role != LineRole.Leader || subject.Actor!.Boundaries.TrimmedThrough == subject.Before.TrimmedThrough || subject.Disk!.Snapshots.HasDamage)
        {
            return;
        }

        LogPosition trimmed = subject.Actor.Boundaries.TrimmedThrough;
        foreach (((ReplicaId leader, ReplicaId member), Reseed reseed) in _reseeds)
        {
            bool moves = reseed.MovedAt is { } moved && Observatory.Now - moved < Recently;
            bool belongs = Observatory.Book.InForce(subject.Memory).Configuration.Find(member) is not null;
            if (leader == subject.Id && belongs && moves && trimmed.Index > reseed.Snapshot.Index)
            {
                Report(Symptom.OvertakenByTrim, InvariantNames.TrimSafety,
                    $"{subject.Id} trims through {trimmed} while {member} is taking in its snapshot of {reseed.Snapshot}, which leads no further than there");
                return;
            }
        }
    }

    private void Hear(Subject subject)
    {
        if (subject.Heard is not { } heard || !_reseeds.TryGetValue((subject.Id, heard.Envelope.From), out Reseed reseed))
        {
            return;
        }

        switch (heard)
        {
            case SnapshotProgress progress when progress.Snapshot == reseed.Snapshot:
                _reseeds[(subject.Id, heard.Envelope.From)] = reseed with { MovedAt = Observatory.Now };
                break;
            case SnapshotInstalled or RepairRequest:
                _reseeds.Remove((subject.Id, heard.Envelope.From));
                break;
            default:
                break;
        }
    }

    private void Forget(ReplicaId leader)
    {
        foreach ((ReplicaId, ReplicaId) key in _reseeds.Keys.Where(key => key.Leader == leader).ToList())
        {
            _reseeds.Remove(key);
        }
    }

    /// <param name="MovedAt">When the leader last heard that the member took a piece of it.</param>
    private readonly record struct Reseed(LogPosition Snapshot, WorldTime? MovedAt);
}
