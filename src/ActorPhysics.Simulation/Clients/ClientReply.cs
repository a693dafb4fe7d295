using ActorPhysics.Actors.Replicas;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Simulation.Clients;

/// <summary>What a node says to a client.</summary>
internal abstract class ClientReply
{
    /// <summary>The command took effect, or had done so.</summary>
    public sealed class Applied(CommandStatus status, CommandPlace place, bool repeated, byte[] result, Coordinate frontier, ReadOnlyMemory<byte> proof) : ClientReply
    {
        public CommandStatus Status { get; } = status;
        public CommandPlace Place { get; } = place;
        public bool Repeated { get; } = repeated;
        public byte[] Result { get; } = result;
        public Coordinate Frontier { get; } = frontier;
        public ReadOnlyMemory<byte> Proof { get; } = proof;
    }

    /// <summary>The query was answered.</summary>
    public sealed class Served(QueryOutcome outcome, byte[] answer, ConsistencyLevel level, Coordinate frontier, ReadOnlyMemory<byte> proof) : ClientReply
    {
        public QueryOutcome Outcome { get; } = outcome;
        public byte[] Answer { get; } = answer;
        public ConsistencyLevel Level { get; } = level;
        public Coordinate Frontier { get; } = frontier;
        public ReadOnlyMemory<byte> Proof { get; } = proof;
    }

    public sealed class Refused(Refusal refusal, LeaderHint leader) : ClientReply
    {
        public Refusal Refusal { get; } = refusal;
        public LeaderHint Leader { get; } = leader;
    }

    /// <summary>Nobody listens there: the request certainly did not arrive.</summary>
    public sealed class Unreachable : ClientReply
    {
        public static Unreachable Instance { get; } = new();
    }

    /// <summary>The connection broke after the request had been sent.</summary>
    public sealed class Broken : ClientReply
    {
        public static Broken Instance { get; } = new();
    }
}
