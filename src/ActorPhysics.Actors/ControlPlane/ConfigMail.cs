using ActorPhysics.Actors.Ports;
using ActorPhysics.Protocol.ControlPlane;

namespace ActorPhysics.Actors.ControlPlane;

/// <summary>What the config actor's mailbox holds.</summary>
public abstract class ConfigMail;

/// <summary>A node reported.</summary>
internal sealed class ReportMail(NodeReport report) : ConfigMail
{
    public NodeReport Report { get; } = report;
}

/// <summary>The replica beside the actor applied something, or its role changed.</summary>
internal sealed class ReplicaMovedMail : ConfigMail
{
    public static ReplicaMovedMail Instance { get; } = new();
}

/// <summary>An order was answered.</summary>
internal sealed class OrderAnsweredMail(OrderNumber number, NodeOrder order, PeerAnswer answer) : ConfigMail
{
    public OrderNumber Number { get; } = number;
    public NodeOrder Order { get; } = order;
    public PeerAnswer Answer { get; } = answer;
}

/// <summary>The time that the controller asked for has come.</summary>
internal sealed class TimeMail : ConfigMail
{
    public static TimeMail Instance { get; } = new();
}
