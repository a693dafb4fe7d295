using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Journal;

/// <summary>Every line that the journals log.</summary>
internal static partial class JournalLog
{
    [LoggerMessage(1, LogLevel.Information, "Journal {Folder} is open: {Segments} segments, {Streams} streams")]
    public static partial void Opened(this ILogger logger, string folder, int segments, int streams);

    [LoggerMessage(2, LogLevel.Warning, "Journal {Folder}: an unfinished last write was cut; it was never acknowledged. {Detail}")]
    public static partial void TornTailCut(this ILogger logger, string folder, string detail);

    [LoggerMessage(3, LogLevel.Error, "Journal {Folder} is damaged. {Detail}")]
    public static partial void Damaged(this ILogger logger, string folder, string detail);

    [LoggerMessage(4, LogLevel.Error, "Journal {Folder}: stream {Stream} lost records from {LostFrom} on. {Detail}")]
    public static partial void StreamLost(this ILogger logger, string folder, string stream, string lostFrom, string detail);

    [LoggerMessage(5, LogLevel.Critical, "Journal {Folder} accepts nothing more until it is opened again: {Detail}")]
    public static partial void Poisoned(this ILogger logger, Exception? cause, string folder, string detail);

    [LoggerMessage(6, LogLevel.Error, "Journal {Folder} refuses appends: {Detail}")]
    public static partial void DiskFull(this ILogger logger, string folder, string detail);

    [LoggerMessage(7, LogLevel.Information, "Journal {Folder} has room again and accepts appends")]
    public static partial void RoomReturned(this ILogger logger, string folder);

    [LoggerMessage(8, LogLevel.Error, "Journal {Folder}: the listener of {Ticket} threw; the others are served")]
    public static partial void CallbackThrew(this ILogger logger, Exception cause, string folder, string ticket);

    [LoggerMessage(9, LogLevel.Error, "Journal {Folder}: segment {Segment} cannot be compacted, a record of it is unreadable. {Detail}")]
    public static partial void Unreadable(this ILogger logger, string folder, ulong segment, string detail);
}
