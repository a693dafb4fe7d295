using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Membership;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Journal;
using ActorPhysics.Wire.Protobuf;
using Google.Protobuf;

namespace ActorPhysics.Wire.Requests;

/// <summary>Tells the node of a survivor to begin its group anew from it.</summary>
/// <param name="Incarnation">The incarnation that the operator saw.</param>
/// <param name="Replica">The survivor.</param>
/// <param name="Tail">The end of its log, as the operator saw it; when it has another one by now, the order is refused.</param>
/// <param name="HighestConfigEpoch">No ConfigEpoch above this one was seen anywhere.</param>
/// <param name="IsDryRun">Say what would happen, and change nothing.</param>
/// <param name="AcceptsLoss">Whether the operator accepts that what others committed beyond the survivor's log is lost.</param>
public readonly record struct RecoverGroupOperation(
    GroupIncarnation Incarnation, ReplicaId Replica, LogPosition Tail, ConfigEpoch HighestConfigEpoch, bool IsDryRun, bool AcceptsLoss)
{
    public byte[] Encode() => new Protos.RecoverGroup
    {
        Incarnation = Incarnation.Value,
        Replica = Replica.Value,
        Tail = EvidenceMapping.ToMessage(Tail),
        HighestConfigEpoch = HighestConfigEpoch.Value,
        DryRun = IsDryRun,
        AcceptLoss = AcceptsLoss,
    }.ToByteArray();

    /// <summary>Reads the operation; false when it is malformed or names no replica.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RecoverGroupOperation recover)
    {
        recover = default;
        if (!GeneratedMessages.TryParse(Protos.RecoverGroup.Parser, bytes, out Protos.RecoverGroup? message) || message.Replica == 0 || message.Incarnation == 0)
        {
            return false;
        }

        recover = new RecoverGroupOperation(
            new GroupIncarnation(message.Incarnation),
            new ReplicaId(message.Replica),
            EvidenceMapping.FromMessage(message.Tail),
            new ConfigEpoch(message.HighestConfigEpoch),
            message.DryRun,
            message.AcceptLoss);
        return true;
    }
}

/// <summary>Entries of one ConfigEpoch and one LeaderEpoch.</summary>
public readonly record struct CoordinateRun(ConfigEpoch ConfigEpoch, LeaderEpoch LeaderEpoch, LogIndex First, LogIndex Last)
{
    public override string ToString() => $"(c{ConfigEpoch.Value}, e{LeaderEpoch.Value}, {First.Value}{(First == Last ? "" : $" to {Last.Value}")})";
}

/// <summary>What a recovery does, or did.</summary>
/// <param name="At">The end of the survivor's log.</param>
/// <param name="KnownCommitted">How far it is known to be committed.</param>
/// <param name="AtRisk">The entries above that, which become committed.</param>
/// <param name="Done">Null when nothing was done.</param>
public sealed record RecoveryPlan(LogPosition At, LogIndex KnownCommitted, ImmutableArray<CoordinateRun> AtRisk, GroupRecovery? Done)
{
    public byte[] Encode()
    {
        var message = new Protos.RecoveryPlan
        {
            At = EvidenceMapping.ToMessage(At),
            KnownCommitted = KnownCommitted.Value,
            Done = Done is null ? null : RecoveryCodec.ToMessage(Done),
        };
        message.AtRisk.Add(AtRisk.Select(run => new Protos.RecoveryPlan.Types.Run
        {
            ConfigEpoch = run.ConfigEpoch.Value,
            LeaderEpoch = run.LeaderEpoch.Value,
            First = run.First.Value,
            Last = run.Last.Value,
        }));
        return message.ToByteArray();
    }

    /// <summary>Reads a response's result.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out RecoveryPlan? plan)
    {
        plan = null;
        GroupRecovery? done = null;
        if (!GeneratedMessages.TryParse(Protos.RecoveryPlan.Parser, bytes, out Protos.RecoveryPlan? message)
            || (message.Done is not null && !RecoveryCodec.TryFromMessage(message.Done, out done)))
        {
            return false;
        }

        plan = new RecoveryPlan(
            EvidenceMapping.FromMessage(message.At),
            new LogIndex(message.KnownCommitted),
            [.. message.AtRisk.Select(run => new CoordinateRun(
                new ConfigEpoch(run.ConfigEpoch), new LeaderEpoch(run.LeaderEpoch), new LogIndex(run.First), new LogIndex(run.Last)))],
            done);
        return true;
    }
}
