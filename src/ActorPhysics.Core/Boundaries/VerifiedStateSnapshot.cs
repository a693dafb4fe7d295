using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.Boundaries;

/// <summary>What a state snapshot says of itself.</summary>
/// <param name="ConfigEpoch">The configuration in force at <paramref name="Position"/>, which the snapshot contains.</param>
/// <param name="Position">The last entry whose effects the state contains.</param>
/// <param name="LengthBytes">The length of the body.</param>
public sealed record StateSnapshotHeader(
    GroupId Group,
    GroupIncarnation Incarnation,
    ConfigEpoch ConfigEpoch,
    LogPosition Position,
    ulong LengthBytes,
    SnapshotChecksum Checksum);

/// <summary>
/// A materialized prefix of the trunk whose body was read in full and is what its header says. Only such a snapshot can move
/// boundaries. (A state snapshot is not "snapshot isolation", which is a consistency level.)
/// </summary>
public sealed class VerifiedStateSnapshot
{
    private VerifiedStateSnapshot(StateSnapshotHeader header)
    {
        Header = header;
    }

    public StateSnapshotHeader Header { get; }

    public LogPosition Position => Header.Position;

    public ConfigEpoch ConfigEpoch => Header.ConfigEpoch;

    /// <summary>The proof, or null when the body read differs from the header, or the header is of nothing.</summary>
    /// <param name="computedLengthBytes">How many bytes of body were read.</param>
    /// <param name="computedChecksum">The checksum over the header kept with the body and exactly those bytes.</param>
    public static VerifiedStateSnapshot? TryProve(
        StateSnapshotHeader header, ulong computedLengthBytes, SnapshotChecksum computedChecksum, out string? refusal)
    {
        ArgumentNullException.ThrowIfNull(header);
        refusal = header switch
        {
            _ when header.Position.Index == LogIndex.Zero || header.Position.Epoch == LeaderEpoch.None => $"a snapshot of {header.Position} contains no history",
            _ when header.ConfigEpoch < ConfigEpoch.Founding => "the snapshot lacks its configuration epoch",
            _ when header.LengthBytes != computedLengthBytes => $"the snapshot has {computedLengthBytes} bytes, its header says {header.LengthBytes}",
            _ when header.Checksum != computedChecksum => $"the snapshot's checksum is {computedChecksum}, its header says {header.Checksum}",
            _ => null,
        };
        return refusal is null ? new VerifiedStateSnapshot(header) : null;
    }
}
