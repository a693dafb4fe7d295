using System.Text;
using ActorPhysics.Client.Connections;
using ActorPhysics.Client.Requests;
using ActorPhysics.Client.Routing;
using ActorPhysics.Wire.Requests;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Client;

/// <summary>
/// What an answer means for its request: done, failed, asked elsewhere, or asked again later. The rule that all others serve: a command is
/// sent again only under its session and sequence, and is reported as failed only when no sending of it can have taken effect.
/// Everything here runs under the gate.
/// </summary>
internal sealed class ResponseRules(ClientCore core)
{
    private const int LongestDetail = 512;

    /// <summary>Takes one answer; requests that it ends are added to <paramref name="completed"/>.</summary>
    public void Take(NodeConnection connection, in ClientResponse response, ClientResponseBatchReader frame, List<PendingRequest> completed)
    {
        if (core.Pending.Find(response.RequestId) is not { } request || request.Connection != connection)
        {
            // A second answer, or one to an attempt that was given up.
            return;
        }

        PendingTable.EndAttempt(request);
        request.List?.Remove(request);
        request.OpenAttempts--;
        if (response.Outcome == ResponseOutcome.Ok)
        {
            Finish(request, response, frame);
            completed.Add(request);
            return;
        }

        request.LastTrouble = $"{connection.Link.Address}: {response.Outcome}. {Reason(response)}";
        if (Answer(connection.Link, request, response) is { } failure)
        {
            End(request, failure);
            completed.Add(request);
        }
    }

    private void Finish(PendingRequest request, in ClientResponse response, ClientResponseBatchReader frame)
    {
        var reply = new Reply<ReadOnlyMemory<byte>>(
            response.Result.ToArray(),
            response.Coordinate,
            response.Ordinal,
            response.Frontier,
            response.Level,
            frame.CopyOf(response.Proof),
            response.KnownLagEntries);
        request.Route?.Served();
        core.Remove(request);
        request.Succeed(reply);
    }

    /// <summary>Sees to it that the request goes on, or says how it ends.</summary>
    private Exception? Answer(NodeLink from, PendingRequest request, in ClientResponse response)
    {
        switch (response.Outcome)
        {
            case ResponseOutcome.WrongShard when request.Space is not null && request.Scope.IsEmpty:
                core.Spaces.NotOwned(request, from, WrongShard.TryDecode(response.Result, out WrongShard? said) ? said : null);
                return null;
            case ResponseOutcome.NotLeader or ResponseOutcome.NoSuchGroup or ResponseOutcome.Unknown when request.Route is { } route:
                if (response.Outcome == ResponseOutcome.Unknown)
                {
                    request.OpenAttempts++;
                }

                TakeHint(route, response);
                return AskElsewhere(from, route, request);
            case ResponseOutcome.Unavailable when request.Kind == RequestKind.TransferLeadership:
                // The leader tried and says that it did not work; whether to ask again is the caller's decision.
                return new RequestRefusedException(response.Outcome, $"{from.Address}: {Reason(response)}");
            case ResponseOutcome.Unavailable or ResponseOutcome.TooStale when request.Route is { } route:
                return AskElsewhereLater(from, route, request, response);
            case ResponseOutcome.NoLease when request.Route is not null:
                return AskWithoutLease(request);
            case ResponseOutcome.Overloaded or ResponseOutcome.SessionWindowFull when request.Route is not null:
                return AskLater(request, response);
            case ResponseOutcome.SessionExpired:
                return EndSession(request);
            case ResponseOutcome.TimedOut:
                return new RequestTimedOutException(request.LastTrouble);
            default:
                return new RequestRefusedException(response.Outcome, $"{from.Address}: {Reason(response)}");
        }
    }

    private void End(PendingRequest request, Exception failure)
    {
        // The trunk itself speaks in these two; any other refusal says nothing about a sending that was not answered.
        bool isFinal = failure is SessionExpiredException
            or RequestRefusedException { Outcome: ResponseOutcome.Refused or ResponseOutcome.ResultTooLarge };
        if (isFinal)
        {
            core.Remove(request);
            request.Fail(failure);
        }
        else
        {
            core.GiveUp(request, UnknownCause.LaterRefusal, failure);
        }
    }

    private RequestRefusedException? AskElsewhere(NodeLink from, GroupRoute route, PendingRequest request)
    {
        const int MostRounds = 3;
        route.Lost(from);
        if (route.Kind == RouteKind.AnyReplica && ++request.Postponements > MostRounds * core.Links.Count())
        {
            if (request.Space is not null && request.Scope.IsEmpty)
            {
                core.Spaces.GroupGone(request);
                return null;
            }

            return new RequestRefusedException(ResponseOutcome.NoSuchGroup, $"No node that answers hosts {request.Group}.");
        }

        core.Send(request);
        return null;
    }

    private RequestRefusedException? AskElsewhereLater(NodeLink from, GroupRoute route, PendingRequest request, in ClientResponse response)
    {
        route.Lost(from);
        if (response.Outcome == ResponseOutcome.TooStale && request.Postponements >= core.Links.Count())
        {
            return new RequestRefusedException(ResponseOutcome.TooStale, request.LastTrouble);
        }

        var advised = TimeSpan.FromMilliseconds(response.RetryAfterMs);
        TimeSpan pause = core.Backoff.Pause(request.Postponements);
        core.Postpone(request, advised > pause ? core.Backoff.Stretch(advised) : pause);
        return null;
    }

    /// <summary>
    /// The node leads and has no lease now: before its first heartbeat round, or for the rest of its epoch after it tried to hand over. A
    /// strong read promises the same and costs a round of the quorum. Who does not want that waits for a lease.
    /// </summary>
    private RequestRefusedException? AskWithoutLease(PendingRequest request)
    {
        if (core.Options.StrongReadWithoutLease)
        {
            request.ReadLevel = ReadLevel.Strong;
            core.Send(request);
        }
        else
        {
            core.Postpone(request, core.Backoff.Pause(request.Postponements));
        }

        return null;
    }

    private OverloadedException? AskLater(PendingRequest request, in ClientResponse response)
    {
        var advised = TimeSpan.FromMilliseconds(response.RetryAfterMs);
        if (++request.OverloadRetries > core.Options.MaxOverloadRetries)
        {
            return new OverloadedException(request.LastTrouble, advised);
        }

        core.Postpone(request, advised > TimeSpan.Zero ? core.Backoff.Stretch(advised) : core.Backoff.Pause(request.OverloadRetries));
        return null;
    }

    private SessionExpiredException EndSession(PendingRequest request)
    {
        // A session that came along with keys may be unknown to their new group and alive at its own.
        if (request.Session is { } session && session.Group == request.Group)
        {
            core.Expire(session);
        }

        return new SessionExpiredException(request.Group, sentMoreThanOnce: request.OpenAttempts > 0);
    }

    private static void TakeHint(GroupRoute route, in ClientResponse response)
    {
        if (NodeAddress.TryParse(Text(response.LeaderAddress), out NodeAddress? address))
        {
            route.Advise(address.Value, response.LeaderEpoch);
        }
    }

    /// <summary>A state machine's refusal is part of the history, so its reason comes as the command's result.</summary>
    private static string Reason(in ClientResponse response) =>
        Text(response.Outcome == ResponseOutcome.Refused && response.Detail.IsEmpty ? response.Result : response.Detail);

    private static string Text(ReadOnlySpan<byte> utf8) =>
        utf8.IsEmpty ? string.Empty : Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, LongestDetail)]);
}
