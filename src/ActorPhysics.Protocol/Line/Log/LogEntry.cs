using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Line.Log;

/// <summary>One entry of a group's history. Entries are immutable; their identity is <see cref="Position"/>.</summary>
public abstract class LogEntry(LogPosition position)
{
    /// <summary>The epoch of the leader that appended the entry, and its index.</summary>
    public LogPosition Position { get; } = position;

    /// <summary>What the entry costs in batches, windows and retention, in bytes: its payload and a flat share for its header.</summary>
    public abstract int SizeBytes { get; }

    /// <summary>A flat estimate of an entry's header; it keeps empty entries from being free in byte-bounded windows.</summary>
    protected const int HeaderBytes = 32;
}

/// <summary>
/// Opens a leader's epoch (Raft §8; seed §4.3): nothing of earlier epochs is committed by counting, only through this entry. It carries
/// the evidence that elected the leader, so that the history proves its own authority.
/// </summary>
public sealed class BarrierEntry(LogPosition position, AuthorityEvidence authority) : LogEntry(position)
{
    public AuthorityEvidence Authority { get; } = authority;
    public override int SizeBytes => HeaderBytes;
}

/// <summary>
/// A batch of client commands, in the order in which they apply; a command's place in the batch is its ordinal. The bytes are opaque
/// to the protocol and are encoded once, by the leader.
/// </summary>
public sealed class CommandEntry(LogPosition position, ReadOnlyMemory<byte> commands, int commandCount, LogTime time) : LogEntry(position)
{
    public ReadOnlyMemory<byte> Commands { get; } = commands;
    public int CommandCount { get; } = commandCount;

    /// <summary>The leader's wall clock when it appended the batch; the only clock that the replicated state may see.</summary>
    public LogTime Time { get; } = time;

    public override int SizeBytes => HeaderBytes + Commands.Length;
}

/// <summary>
/// A step of a membership change: from this entry on the group is configured so, whether the entry is committed or not (Raft §6). The entry's own
/// coordinate bears the ConfigEpoch that it replaces.
/// </summary>
public sealed class ConfigurationEntry(LogPosition position, GroupConfiguration configuration) : LogEntry(position)
{
    private const int MemberBytes = 24;

    public GroupConfiguration Configuration { get; } = configuration;
    public override int SizeBytes => HeaderBytes + (MemberBytes * (Configuration.Members.Length + (Configuration.Target?.Members.Length ?? 0)));
}
