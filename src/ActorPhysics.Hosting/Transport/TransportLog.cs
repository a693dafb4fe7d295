using System.Net;
using ActorPhysics.Core.Coordinates;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Transport;

/// <summary>What the transport says in the log.</summary>
internal static partial class TransportLog
{
    /// <summary>The one line on a connection's end; how loud depends on whose doing it was.</summary>
    public static void Closed(ILogger logger, Connection connection, CloseReason reason)
    {
        LogLevel level = reason.Kind switch
        {
            CloseKind.Local or CloseKind.Peer => LogLevel.Debug,
            CloseKind.Broken => LogLevel.Information,
            CloseKind.Fault => LogLevel.Error,
            _ => LogLevel.Warning,
        };
        Closed(logger, level, connection.RemoteEndPoint, reason.Kind, reason.Detail);
    }

    public static void HandlerFaulted(ILogger logger, Connection connection, Exception fault) =>
        HandlerFaulted(logger, connection.RemoteEndPoint, fault);

    [LoggerMessage(EventId = 2001, Message = "Connection with {Remote} closed: {Kind}: {Detail}")]
    private static partial void Closed(ILogger logger, LogLevel level, EndPoint remote, CloseKind kind, string detail);

    [LoggerMessage(EventId = 2002, Level = LogLevel.Error, Message = "Handling a frame from {Remote} failed")]
    private static partial void HandlerFaulted(ILogger logger, EndPoint remote, Exception fault);

    [LoggerMessage(EventId = 2003, Level = LogLevel.Information, Message = "Listening at {Address}, {Security}")]
    public static partial void Listening(ILogger logger, EndPoint address, string security);

    [LoggerMessage(EventId = 2004, Level = LogLevel.Warning, Message = "Connection from {Remote} refused: {Detail}")]
    public static partial void AcceptRefused(ILogger logger, EndPoint? remote, string detail);

    [LoggerMessage(EventId = 2005, Level = LogLevel.Error, Message = "Accepting connections failed: {Detail}; trying again soon")]
    public static partial void AcceptFailed(ILogger logger, string detail);

    [LoggerMessage(EventId = 2006, Level = LogLevel.Information, Message = "Connected with node {Node} at {Remote}")]
    public static partial void PeerConnected(ILogger logger, NodeId node, EndPoint remote);

    [LoggerMessage(EventId = 2007, Level = LogLevel.Warning, Message = "Connection with node {Node} lost: {Detail}")]
    public static partial void PeerLost(ILogger logger, NodeId node, string detail);

    [LoggerMessage(EventId = 2008, Level = LogLevel.Information, Message = "Node {Node} cannot be reached at {Address}: {Detail}; trying on")]
    public static partial void PeerUnreachable(ILogger logger, NodeId node, EndPoint address, string detail);

    [LoggerMessage(EventId = 2009, Level = LogLevel.Information, Message = "TLS certificates loaded from {Path}; valid until {Until}")]
    public static partial void CertificatesLoaded(ILogger logger, string path, DateTimeOffset until);

    [LoggerMessage(EventId = 2010, Level = LogLevel.Error, Message = "Changed TLS certificates cannot be loaded; the old ones stay in use: {Detail}")]
    public static partial void CertificatesStale(ILogger logger, string detail);
}
