using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Simulation.Workloads;
using ActorPhysics.Simulation.World;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Clients;

/// <summary>How an operation ended for its client.</summary>
public enum OperationOutcome
{
    /// <summary>Not yet.</summary>
    Pending,

    /// <summary>With a result.</summary>
    Ok,

    /// <summary>Every attempt was refused before anything happened.</summary>
    Fail,

    /// <summary>Nobody can know: it may have taken effect, or may still.</summary>
    Unknown,
}

/// <summary>One operation of one client: what was asked, when, and what came of it.</summary>
public sealed class OperationRecord
{
    internal OperationRecord(ulong number, int client, int process, DrawnOperation drawn, ConsistencyLevel level, WorldTime invoked)
    {
        Number = number;
        Client = client;
        Process = process;
        Drawn = drawn;
        Level = level;
        Invoked = invoked;
    }

    /// <summary>Differs for every operation of a run.</summary>
    public ulong Number { get; }
    public int Client { get; }

    /// <summary>The logical process in the sense of a history: a client that left an operation unknown goes on as another one.</summary>
    public int Process { get; }
    public DrawnOperation Drawn { get; }

    /// <summary>What was asked for; a client whom no lease can serve asks for a strong read instead.</summary>
    public ConsistencyLevel Level { get; internal set; }
    public WorldTime Invoked { get; }
    public WorldTime Completed { get; internal set; } = WorldTime.Never;
    public OperationOutcome Outcome { get; internal set; }

    /// <summary>Names the command in the log; <c>default</c> for queries.</summary>
    public SessionId Session { get; internal set; }
    public CommandSequence Sequence { get; internal set; }
    public CommandStatus Status { get; internal set; }
    public byte[] Result { get; internal set; } = [];

    /// <summary>Where a command took effect, as the answer says.</summary>
    public CommandPlace Place { get; internal set; }

    /// <summary>The frontier that a query was answered at, as the answer says.</summary>
    public Coordinate Frontier { get; internal set; }

    /// <summary>The highest index of which any client knew, when this operation was asked for, that it was committed or read.</summary>
    internal LogIndex KnownBefore { get; set; }

    /// <summary>The highest epoch that anybody led when this operation was asked for.</summary>
    internal LeaderEpoch LedBefore { get; set; }

    /// <summary>Where the trunk ended, as far as any replica knew, when the answer was there.</summary>
    internal LogIndex TrunkAtCompletion { get; set; }
    public int Attempts { get; internal set; }

    public override string ToString() => $"client {Client} {Drawn.Operation} ({Level}, asked at {Invoked}, {Attempts} tries): {Outcome}";
}
