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

    [LoggerMessage(1009, LogLevel.Information, "Group '{Group}': {Replica} was ordered here")]
    public static partial void Hosted(ILogger logger, string group, string replica);

    [LoggerMessage(1031, LogLevel.Information, "Node {Node} recovers: {Recovered} of {Groups} groups read back")]
    public static partial void Recovering(ILogger logger, string node, int recovered, int groups);

    [LoggerMessage(1032, LogLevel.Information, "Node {Node} starts: {Started} of {Groups} groups begun; those that know a leader serve")]
    public static partial void Starting(ILogger logger, string node, int started, int groups);

    [LoggerMessage(1033, LogLevel.Information, "Node {Node} has started all of its {Groups} groups within {Seconds:0.0} s")]
    public static partial void AllStarted(ILogger logger, string node, int groups, double seconds);

    [LoggerMessage(1034, LogLevel.Debug, "Group '{Group}': {Role} in epoch {Epoch}, leader {Leader}: {Reason}")]
    public static partial void RoleOfMany(ILogger logger, string group, string role, ulong epoch, string leader, string reason);

    [LoggerMessage(1035, LogLevel.Warning, "That {Replicas} replicas have run could not be written down: {Reason}. A journal that is lost later would be taken for one that never was")]
    public static partial void RunsNotNoted(ILogger logger, int replicas, string reason);

    [LoggerMessage(1010, LogLevel.Warning, "That {Replica} is retired could not be written down: {Reason}. It will be told again after the next start")]
    public static partial void RetirementNotNoted(ILogger logger, string replica, string reason);

    [LoggerMessage(1011, LogLevel.Information, "Group '{Group}' is over: {Reason}. Its replica here has ended, its data is deleted")]
    public static partial void GroupEnded(ILogger logger, string group, string reason);

    [LoggerMessage(1012, LogLevel.Information, "The cluster has node {Node} ({Name}) at {Address}")]
    public static partial void NodeLearned(ILogger logger, string node, string name, string address);

    [LoggerMessage(1013, LogLevel.Warning, "Node {Node} cannot be called at '{Address}': {Reason}")]
    public static partial void AddressUnusable(ILogger logger, string node, string address, string reason);

    [LoggerMessage(1014, LogLevel.Warning, "Where node {Node} is could not be written down: {Reason}. It will be told again after the next start")]
    public static partial void AddressNotNoted(ILogger logger, string node, string reason);

    [LoggerMessage(1015, LogLevel.Information, "Nobody takes this node's reports yet: {Detail}")]
    public static partial void ReportNotTaken(ILogger logger, string detail);

    [LoggerMessage(1016, LogLevel.Warning, "Group '{Group}' is begun anew from {Replica}, whose log ends at {Tail}: an operator accepted the loss of what others committed beyond it")]
    public static partial void BegunAnew(ILogger logger, string group, string replica, string tail);

    [LoggerMessage(1017, LogLevel.Warning, "Group {Group} was begun anew elsewhere; its replica here is retired, its data is kept: {Recovery}")]
    public static partial void RecoveredElsewhere(ILogger logger, string group, string recovery);

    [LoggerMessage(1018, LogLevel.Warning, "Node {Node} has not heard yet that group {Group} was begun anew: {Detail}. It is told when it connects")]
    public static partial void RecoveryNotHeard(ILogger logger, string node, string group, string detail);
}
