using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Snapshots;

/// <summary>Every line that the snapshot stores log.</summary>
internal static partial class SnapshotLog
{
    [LoggerMessage(1, LogLevel.Error, "Snapshot {Snapshot} cannot be used. {Detail}")]
    public static partial void Damaged(this ILogger logger, string snapshot, string detail);
}
