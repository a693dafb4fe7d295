using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line.Log;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// CommitQuorumDurability (seed §4.1): at every moment some commit quorum durably holds the trunk through everything ever committed. A replica whose
/// disk was damaged, or that stopped for good, holds less than it said; what must then be true is that nobody can be elected without a voter that holds it all.
/// Quorums are those of the newest configuration on the trunk.
/// </summary>
internal sealed class DurabilityMonitor(Observatory observatory) : Monitor(observatory)
{
    public override void DurableChanged(Subject subject) => Look();

    public override void TrunkExtended(LogEntry entry) => Look();

    private void Look()
    {
        LogPosition end = Observatory.Trunk.End;
        (QuorumSystem quorums, QuorumArithmetic arithmetic) = Observatory.Book.NewestOnTrunk.Deciding;
        MemberSet holders = MemberSet.Empty;
        MemberSet silent = MemberSet.Empty;
        bool stops = Configuration.FailureModel is CrashStop;
        foreach (Subject each in Observatory.Subjects)
        {
            int position = quorums.PositionOf(each.Id);
            if (position >= 0)
            {
                holders = Observatory.IsUnseen(each) || each.Vouches(end) ? holders.With(position) : holders;
                silent = each.OwesRepair || each.IsLost || (stops && each.HasCrashed) ? silent.With(position) : silent;
            }
        }

        bool held = silent.IsEmpty ? arithmetic.IsCommitQuorum(holders) : arithmetic.MeetsEveryElectionQuorum(holders.Union(silent));
        if (!held && end != default)
        {
            Report(Symptom.CommittedNotDurable, InvariantNames.CommitQuorumDurability, $"{end} is committed and durably held only by {quorums.Describe(holders)}");
        }
    }
}
