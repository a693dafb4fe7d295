using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Log;

namespace ActorPhysics.Simulation.Clients;

/// <summary>All operations of a run in the order of their asking, and the trunk on which they took effect.</summary>
public sealed class ClientHistory
{
    private readonly List<OperationRecord> _operations = [];

    internal ClientHistory(IReadOnlyList<LogEntry> trunk) => Trunk = trunk;

    public IReadOnlyList<OperationRecord> Operations => _operations;

    /// <summary>The committed entries from index 1 on, as far as any replica knew.</summary>
    public IReadOnlyList<LogEntry> Trunk { get; }

    /// <summary>The highest index that a finished operation rests on.</summary>
    internal LogIndex Known { get; private set; }

    internal void Add(OperationRecord operation) => _operations.Add(operation);

    internal void Learn(LogIndex index) => Known = LogIndex.Max(Known, index);
}
