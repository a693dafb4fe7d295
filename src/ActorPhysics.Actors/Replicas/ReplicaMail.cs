using ActorPhysics.Actors.Ports;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Actors.Replicas;

/// <summary>What a replica's mailbox holds. Commands and reads of clients do not pass through it: they are copied at the door.</summary>
public abstract class ReplicaMail;

/// <summary>A peer's message, and the node whose connection brought it.</summary>
public sealed class PeerMail(LineMessage message, NodeId from) : ReplicaMail
{
    public LineMessage Message { get; } = message;
    public NodeId From { get; } = from;
}

/// <summary>A peer's node came or went.</summary>
public sealed class PeerLinkMail(NodeId node, bool connected) : ReplicaMail
{
    public NodeId Node { get; } = node;
    public bool Connected { get; } = connected;
}

/// <summary>An operator's or the stopping node's wish to hand leadership over.</summary>
public sealed class TransferMail(RequestToken request, NodeId target) : ReplicaMail
{
    public RequestToken Request { get; } = request;

    /// <summary><c>default</c> leaves the choice to the leader.</summary>
    public NodeId Target { get; } = target;
}

/// <summary>An operator's or the config actor's order to change who belongs to the group.</summary>
public sealed class MembershipMail(RequestToken request, ConfigEpoch expected, MembershipTarget target) : ReplicaMail
{
    public RequestToken Request { get; } = request;
    public ConfigEpoch Expected { get; } = expected;
    public MembershipTarget Target { get; } = target;
}

/// <summary>Something waits at the door.</summary>
internal sealed class DoorMail : ReplicaMail
{
    public static DoorMail Instance { get; } = new();
}

/// <summary>A timer of the replica fired.</summary>
internal sealed class TimerMail(LineTimer timer) : ReplicaMail
{
    public LineTimer Timer { get; } = timer;
}

/// <summary>The journal's news.</summary>
internal sealed class JournalMail(RecordNumber durable, long answered, JournalFault? fault) : ReplicaMail
{
    /// <summary>How many appends the journal has answered in all, one way or the other.</summary>
    public long Answered { get; } = answered;

    /// <summary>Everything through here is durable; <c>default</c> says nothing new.</summary>
    public RecordNumber Durable { get; } = durable;

    /// <summary>What went wrong, if anything.</summary>
    public JournalFault? Fault { get; } = fault;
}

/// <summary>The snapshot store's news, as an input that is ready to be stepped.</summary>
internal sealed class SnapshotMail(LineInput input) : ReplicaMail
{
    public LineInput Input { get; } = input;
}

/// <summary>A received snapshot is verified and a state restored from it.</summary>
internal sealed class PreparedMail(VerifiedStateSnapshot proof, SnapshotDescription snapshot, ReplicatedState state) : ReplicaMail
{
    public VerifiedStateSnapshot Proof { get; } = proof;
    public SnapshotDescription Snapshot { get; } = snapshot;
    public ReplicatedState State { get; } = state;
}
