using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Nodes;

/// <summary>Every line that a node writes to its log.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(1000, LogLevel.Information, "Node {Node} of cluster '{Cluster}' serves at {Address}; {Groups} groups, data in {Folder}")]
    public static partial void Started(ILogger logger, string node, string cluster, string address, int groups, string folder);

    [LoggerMessage(1001, LogLevel.Information, "Node {Node} stops: leadership is handed over, then everything is flushed")]
    public static partial void Stopping(ILogger logger, string node);

    [LoggerMessage(1002, LogLevel.Information, "Node {Node} has stopped")]
    public static partial void Stopped(ILogger logger, string node);

    [LoggerMessage(1003, LogLevel.Warning, "Recovery: {Notice}")]
    public static partial void Recovery(ILogger logger, string notice);

    [LoggerMessage(1004, LogLevel.Information, "Group '{Group}': {Role} in epoch {Epoch}, leader {Leader}: {Reason}")]
    public static partial void Role(ILogger logger, string group, string role, ulong epoch, string leader, string reason);

    [LoggerMessage(1005, LogLevel.Critical, "Node {Node} gives up: {Reason}. Start it again; it recovers from its disk")]
    public static partial void GaveUp(ILogger logger, string node, string reason);

    [LoggerMessage(1006, LogLevel.Error, "Group '{Group}' is out of service on this node: {Reason}")]
    public static partial void GroupStopped(ILogger logger, string group, string reason);

    [LoggerMessage(1007, LogLevel.Warning, "Leadership of {Groups} groups was not handed over within {Timeout}")]
    public static partial void HandOverTimedOut(ILogger logger, int groups, TimeSpan timeout);

    [LoggerMessage(1008, LogLevel.Information, "Group '{Group}' goes by the configuration {Configuration}")]
    public static partial void Configuration(ILogger logger, string group, string configuration);

    [LoggerMessage(1009, LogLevel.Information, "Group '{Group}': {Replica} was ordered here; it waits to become a member")]
    public static partial void Hosted(ILogger logger, string group, string replica);

    [LoggerMessage(1010, LogLevel.Warning, "That {Replica} is retired could not be written down: {Reason}. It will be told again after the next start")]
    public static partial void RetirementNotNoted(ILogger logger, string replica, string reason);
}
