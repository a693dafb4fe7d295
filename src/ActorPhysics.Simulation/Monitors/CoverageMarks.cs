using System.Numerics;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// Which of the subtle branches a run came through, seen from the traces that each leaves at the ports. A search that never hits a mark says
/// nothing about that branch.
/// </summary>
public sealed class CoverageMarks
{
    private static readonly string[] Names =
    [
        "leader elected", "pre-vote asked", "vote refused", "epoch fenced", "append conflict", "branch pruned", "leadership transferred",
        "read index forwarded", "snapshot sent", "snapshot resumed", "snapshot installed over a log", "snapshot replaced a log",
        "log trimmed", "repair begun", "repair completed", "log given up", "replica retired", "commit recorded late", "applied in bulk",
        "disk full", "fsync failed", "torn tail", "corrupt journal", "damaged snapshot", "command repeated", "outcome unknown", "lease refused", "overloaded",
        "paused in the middle of a turn", "later version taken back", "learner or witness present",
        "members are to change", "change given another target", "joint configuration entered", "joint configuration left by another leader", "change settled",
        "change of members refused", "configuration pruned", "replica told of its removal", "leader led itself out",
        "group fell silent", "silent group looked for its leader",
    ];

    private ulong _hit;

    public static int Total => Names.Length;

    public int Count => BitOperations.PopCount(_hit);

    public IEnumerable<string> Hit => Names.Where((_, index) => (_hit & (1UL << index)) != 0);

    public IEnumerable<string> Missed => Names.Where((_, index) => (_hit & (1UL << index)) == 0);

    public void Add(CoverageMarks other) => _hit |= other._hit;

    internal void Mark(CoverageMark mark) => _hit |= 1UL << (int)mark;

    internal void Written(HistoryEvent record)
    {
        switch (record)
        {
            case BranchPruned:
                Mark(CoverageMark.BranchPruned);
                break;
            case SnapshotSaved { Placement: SnapshotPlacement.ContinuesLog }:
                Mark(CoverageMark.SnapshotContinues);
                break;
            case SnapshotSaved { Placement: SnapshotPlacement.ReplacesLog }:
                Mark(CoverageMark.SnapshotReplaces);
                break;
            case Trimmed:
                Mark(CoverageMark.Trimmed);
                break;
            case RepairBegun begun:
                Mark(begun.LogGivenUp ? CoverageMark.LogGivenUp : CoverageMark.RepairBegun);
                break;
            case RepairCompleted:
                Mark(CoverageMark.RepairCompleted);
                break;
            case TrunkExtended extended when extended.Through < extended.Commit.Frontier.Index:
                Mark(CoverageMark.CommitRecordedLate);
                break;
            default:
                break;
        }
    }

    internal void Sent(LineMessage message)
    {
        switch (message)
        {
            case PreVoteRequest:
                Mark(CoverageMark.PreVote);
                break;
            case VoteAnswer { Granted: false }:
                Mark(CoverageMark.VoteRefused);
                break;
            case EpochFenced:
                Mark(CoverageMark.Fenced);
                break;
            case AppendConflict:
                Mark(CoverageMark.Conflict);
                break;
            case TransferNow:
                Mark(CoverageMark.Transfer);
                break;
            case MembershipEnded:
                Mark(CoverageMark.ToldOfRemoval);
                break;
            case QuiesceAccepted:
                Mark(CoverageMark.Silent);
                break;
            case WakeUp:
                Mark(CoverageMark.SilentLooksForLeader);
                break;
            case ReadIndexRequest:
                Mark(CoverageMark.ReadForwarded);
                break;
            case SnapshotChunk:
                Mark(CoverageMark.SnapshotSent);
                break;
            case SnapshotProgress { NextOffsetBytes: > 0 }:
                Mark(CoverageMark.SnapshotResumed);
                break;
            default:
                break;
        }
    }

    internal void Refused(Refusal refusal)
    {
        switch (refusal)
        {
            case Refusal.OutcomeUnknown:
                Mark(CoverageMark.OutcomeUnknown);
                break;
            case Refusal.NoLease:
                Mark(CoverageMark.LeaseRefused);
                break;
            case Refusal.ConfigurationConflict or Refusal.BadMembership:
                Mark(CoverageMark.ChangeRefused);
                break;
            case Refusal.Overloaded:
                Mark(CoverageMark.Overloaded);
                break;
            default:
                break;
        }
    }

    internal void Role(LineRole role)
    {
        if (role is LineRole.Leader or LineRole.Retired)
        {
            Mark(role == LineRole.Leader ? CoverageMark.Leader : CoverageMark.Retired);
        }
    }

    internal void Applied(int entries)
    {
        if (entries > 1)
        {
            Mark(CoverageMark.BulkApply);
        }
    }
}

/// <summary>The marks, in the order of their names.</summary>
internal enum CoverageMark
{
    Leader,
    PreVote,
    VoteRefused,
    Fenced,
    Conflict,
    BranchPruned,
    Transfer,
    ReadForwarded,
    SnapshotSent,
    SnapshotResumed,
    SnapshotContinues,
    SnapshotReplaces,
    Trimmed,
    RepairBegun,
    RepairCompleted,
    LogGivenUp,
    Retired,
    CommitRecordedLate,
    BulkApply,
    DiskFull,
    SyncFailed,
    TornTail,
    CorruptJournal,
    DamagedSnapshot,
    Repeated,
    OutcomeUnknown,
    LeaseRefused,
    Overloaded,
    PausedMidTurn,
    LaterVersion,
    NonVoter,
    ChangeBegun,
    ChangeRedirected,
    JointEntered,
    JointLeftByAnother,
    ChangeSettled,
    ChangeRefused,
    ConfigurationPruned,
    ToldOfRemoval,
    LedItselfOut,
    Silent,
    SilentLooksForLeader,
}
