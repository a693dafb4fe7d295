using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;

namespace ActorPhysics.Protocol.Tests.Harness.Monitors;

/// <summary>
/// TrunkMonotonicity, StateMachineSafety and LeaderCompleteness (Raft, Figure 3): whatever any replica ever took for committed is one sequence;
/// every replica applies that sequence, and every leader of a later epoch has it.
/// </summary>
internal sealed class TrunkMonitor(Cluster cluster) : Monitor(cluster)
{
    private readonly List<LogPosition> _trunk = [];
    private LogIndex _before;

    /// <summary>The last position that is known to be committed anywhere.</summary>
    public LogPosition End => _trunk.Count == 0 ? default : _trunk[^1];

    public bool IsTrunk(LogPosition position) => position.Index <= End.Index && (position.Index == LogIndex.Zero || _trunk[(int)position.Index.Value - 1] == position);

    public override void OnStarted(SimulatedReplica replica) => Confirm(replica, replica.State.Through, replica.Line!.Boundaries.Committed);

    public override void BeforeStep(SimulatedReplica replica) => _before = replica.Line!.Boundaries.Committed;

    public override void AfterStep(SimulatedReplica replica, IReadOnlyList<LineEffect> effects)
    {
        BoundariesView now = replica.Line!.Boundaries;
        if (now.Committed > _before)
        {
            LogPosition former = End;
            Confirm(replica, _before, now.Committed);
            if (End != former)
            {
                CheckLeaders();
            }
        }

        if (effects.Any(effect => effect is RoleChanged { Role: LineRole.Leader }))
        {
            CheckLeaders();
        }
    }

    public override void OnApplied(SimulatedReplica replica, LogEntry entry)
    {
        Require(IsTrunk(entry.Position), InvariantNames.StateMachineSafety, $"{replica.Id} applies {entry.Position}, the trunk ends at {End}");
    }

    private void Confirm(SimulatedReplica replica, LogIndex from, LogIndex through)
    {
        for (LogIndex index = from.Next; index <= through; index = index.Next)
        {
            if (replica.Memory.At(index) is not { } position)
            {
                Require(index <= replica.Memory.Base.Index && index <= End.Index, InvariantNames.TrunkMonotonicity,
                    $"{replica.Id} takes {index} for committed and does not have it");
                continue;
            }

            if (index == End.Index.Next)
            {
                _trunk.Add(position);
            }

            Require(IsTrunk(position), InvariantNames.TrunkMonotonicity, $"{replica.Id} takes {position} for committed, the trunk there is {_trunk[(int)index.Value - 1]}");
        }
    }

    /// <summary>A leader's epoch is above that of everything committed before it, so it must have all of it.</summary>
    private void CheckLeaders()
    {
        foreach (SimulatedReplica leader in Cluster.Up.Where(replica => replica.Line!.RoleKind == LineRole.Leader && replica.Line.Epoch >= End.Epoch))
        {
            Require(leader.Memory.Contains(End), InvariantNames.LeaderCompleteness, $"{leader.Id} leads {leader.Line!.Epoch} without {End}; its log ends at {leader.Memory.Tail}");
        }
    }
}
