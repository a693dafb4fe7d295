using ActorPhysics.Client.Requests;
using ActorPhysics.Client.Routing;
using ActorPhysics.Client.Sessions;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Commands;

namespace ActorPhysics.Client;

/// <summary>Sessions of the client, and the way of a request once it is numbered.</summary>
internal sealed partial class ClientCore
{
    /// <summary>The session for a group's commands; a new one when the last has expired.</summary>
    public ClientSession SessionWith(GroupId group)
    {
        if (!_sessions.TryGetValue(group, out ClientSession? session) || session.State == SessionState.Expired)
        {
            session = new ClientSession(group);
            _sessions[group] = session;
        }

        return session;
    }

    /// <summary>
    /// A group is gone from its space: what is kept for it is let go, unless something still waits for it. Commands that were numbered by its session keep the session.
    /// </summary>
    public void Retire(GroupId group)
    {
        if (_sessions.TryGetValue(group, out ClientSession? session) && session.Waiting.Count == 0)
        {
            _sessions.Remove(group);
        }

        foreach (RouteKind kind in (ReadOnlySpan<RouteKind>)[RouteKind.Leader, RouteKind.AnyReplica])
        {
            if (_routes.TryGetValue((group, kind), out GroupRoute? route) && route is { Searching: false, Parked.Count: 0 })
            {
                _routes.Remove((group, kind));
            }
        }
    }

    /// <summary>
    /// The group has forgotten the session. What was sent under it may have taken effect and is refused; what never was moves to the next one.
    /// </summary>
    public void Expire(ClientSession session)
    {
        session.Expire();
        while (session.Waiting.Take() is { } waiting)
        {
            Place(waiting);
        }
    }

    /// <summary>Hands the request to its route's node, or parks it and sees to it that a node is searched for.</summary>
    public void Send(PendingRequest request)
    {
        if (request is { Attempts: 0, Session.State: SessionState.Expired, CommandKind: CommandKind.User })
        {
            // Numbered by a session that is gone, and never sent: the next session may number it anew.
            request.Sequence = default;
            Place(request);
            return;
        }

        GroupRoute route = request.Route!;
        if (route.Target?.Connection is { IsClosed: false } connection)
        {
            if (!connection.TrySend(request, Now))
            {
                Postpone(request, Options.ShortestBackoff);
            }

            return;
        }

        route.Parked.Add(request);
        StartSearch(route, isDoubt: false);
    }
}
