namespace ActorPhysics.Simulation.Plans;

/// <summary>Something that goes wrong at a planned moment. Nodes are counted from 0; <see cref="Leader"/> is whichever leads then.</summary>
/// <param name="At">After the beginning.</param>
public abstract record Fault(TimeSpan At)
{
    /// <summary>Stands for the node that leads when the fault happens; when none does, nothing happens.</summary>
    public const int Leader = -1;
}

/// <summary>The process dies and is started again after <paramref name="Down"/>. What was not durable may be lost.</summary>
/// <param name="Version">What is started is a later version, which writes more than this one reads.</param>
public sealed record Crash(TimeSpan At, int Node, TimeSpan Down, ProcessVersion Version = ProcessVersion.Same) : Fault(At);

/// <summary>Whoever is the next to stand for election dies in the middle of it, and is started again after <paramref name="Down"/>.</summary>
/// <param name="After">How long it has been a candidate then.</param>
/// <param name="Within">Who stands later than that lives.</param>
public sealed record CandidateCrash(TimeSpan At, TimeSpan After, TimeSpan Down, TimeSpan Within) : Fault(At);

/// <summary>The process does nothing for a while and does not know it.</summary>
/// <param name="MidTurn">It stops in the middle of its work, the next time that it looks at its clock, and not between two pieces of it.</param>
public sealed record Pause(TimeSpan At, int Node, TimeSpan For, bool MidTurn) : Fault(At);

/// <summary>
/// No message from a node in <paramref name="From"/> reaches one in <paramref name="To"/>; both are sets of nodes, one bit each. Where one of them is
/// empty it stands for the leader alone, and the other for those of its nodes that do not lead.
/// </summary>
/// <param name="BothWays">Nor the other way round.</param>
/// <param name="Noticed">The connections break, and both ends hear of it at once.</param>
public sealed record Partition(TimeSpan At, int From, int To, bool BothWays, TimeSpan For, bool Noticed = false) : Fault(At);

/// <summary>One link is slow and loses more than others.</summary>
public sealed record SlowLink(TimeSpan At, int From, int To, TimeSpan Extra, int DropsPerMillion, TimeSpan For) : Fault(At);

/// <summary>The connection between two nodes breaks and is made again; what was under way is lost.</summary>
public sealed record Reconnect(TimeSpan At, int A, int B) : Fault(At);

/// <summary>The disk has no room.</summary>
public sealed record FullDisk(TimeSpan At, int Node, TimeSpan For) : Fault(At);

/// <summary>The disk is that many times slower.</summary>
public sealed record SlowDisk(TimeSpan At, int Node, int Factor, TimeSpan For) : Fault(At);

/// <summary>The next sync fails. The process gives up and is started again after <paramref name="Down"/>.</summary>
public sealed record FailedSync(TimeSpan At, int Node, TimeSpan Down) : Fault(At);

/// <summary>The process dies, and a record that was durable is found damaged when it is started again.</summary>
/// <param name="Misdirected">Another record is in its place, instead of flipped bits.</param>
public sealed record DamagedJournal(TimeSpan At, int Node, bool Misdirected, TimeSpan Down) : Fault(At);

/// <summary>A bit flips in the node's newest snapshot.</summary>
public sealed record DamagedSnapshot(TimeSpan At, int Node) : Fault(At);

/// <summary>Snapshots cannot be written.</summary>
public sealed record FailingSnapshots(TimeSpan At, int Node, TimeSpan For) : Fault(At);

/// <summary>The wall clock jumps.</summary>
public sealed record WallJump(TimeSpan At, int Node, TimeSpan By) : Fault(At);

/// <summary>The monotonic clock runs at another rate from now on.</summary>
public sealed record Drift(TimeSpan At, int Node, int PartsPerMillion) : Fault(At);

/// <summary>Clients only read for a while. What they have begun to write goes on.</summary>
public sealed record Lull(TimeSpan At, TimeSpan For) : Fault(At);

/// <summary>An operator asks whoever leads to hand over to a node.</summary>
public sealed record Transfer(TimeSpan At, int Node) : Fault(At);

/// <summary>
/// An operator wants the group to have these members, each on a node of the set, with new replicas where there are none. It asks whoever leads,
/// naming the ConfigEpoch that it sees there, again and again for a while.
/// </summary>
/// <param name="Voters">One bit for each node.</param>
/// <param name="For">For so long the operator goes on asking when it is refused, or has no answer.</param>
/// <param name="Learners">One bit for each node.</param>
/// <param name="Witnesses">One bit for each node.</param>
/// <param name="Outdated">It names the ConfigEpoch before that, once.</param>
/// <param name="SameNames">It gives a node whose replica was removed that replica's id again.</param>
public sealed record ChangeMembers(
    TimeSpan At, int Voters, TimeSpan For, int Learners = 0, int Witnesses = 0, bool Outdated = false, bool SameNames = false) : Fault(At);

/// <summary>From now on the disk acknowledges syncs that it does not carry out. Outside of every failure model: data may be lost.</summary>
public sealed record LyingDisk(TimeSpan At, int Node, TimeSpan For) : Fault(At);

/// <summary>Which version of the program a process runs.</summary>
public enum ProcessVersion
{
    Same,

    /// <summary>One whose records and messages have fields that the others do not know.</summary>
    Later,
}
