using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Sessions;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Actors.Replicas;

/// <summary>How what a replica says of a request is spelled on the wire. Whoever stands at a node's door says it like this.</summary>
public static class ResponseOutcomes
{
    public static ResponseOutcome Of(CommandStatus status) => status switch
    {
        CommandStatus.Applied => ResponseOutcome.Ok,
        CommandStatus.Refused => ResponseOutcome.Refused,
        CommandStatus.SessionExpired => ResponseOutcome.SessionExpired,
        CommandStatus.SessionWindowFull => ResponseOutcome.SessionWindowFull,
        CommandStatus.ResultTooLarge => ResponseOutcome.ResultTooLarge,
        CommandStatus.WrongShard => ResponseOutcome.WrongShard,
        _ => ResponseOutcome.BadRequest,
    };

    public static ResponseOutcome Of(QueryOutcome outcome) => outcome switch
    {
        QueryOutcome.Answered => ResponseOutcome.Ok,
        QueryOutcome.WrongShard => ResponseOutcome.WrongShard,
        _ => ResponseOutcome.Refused,
    };

    /// <summary>The answer to a command.</summary>
    public static ClientResponse Answer(RequestId request, in AppliedCommand outcome, Coordinate frontier) => new()
    {
        RequestId = request,
        Outcome = Of(outcome.Status),
        Result = outcome.Result,
        Coordinate = outcome.Place.Coordinate,
        Ordinal = outcome.Place.Ordinal,
        Frontier = frontier,
        Level = ConsistencyLevel.StrongWrite,
    };

    /// <summary>The answer to a query.</summary>
    public static ClientResponse Answer(
        RequestId request, QueryOutcome outcome, ReadOnlySpan<byte> answer, ConsistencyLevel level, Coordinate frontier, ulong knownLagEntries) => new()
        {
            RequestId = request,
            Outcome = Of(outcome),
            Result = answer,
            Frontier = frontier,
            Level = level,
            KnownLagEntries = knownLagEntries,
        };

    public static ResponseOutcome Of(Refusal refusal) => refusal switch
    {
        Refusal.NotLeader => ResponseOutcome.NotLeader,
        Refusal.Overloaded => ResponseOutcome.Overloaded,
        Refusal.OutcomeUnknown => ResponseOutcome.Unknown,
        Refusal.NoLease => ResponseOutcome.NoLease,
        Refusal.ConfigurationConflict => ResponseOutcome.ConfigurationConflict,
        Refusal.BadMembership => ResponseOutcome.BadRequest,
        _ => ResponseOutcome.Unavailable,
    };
}
