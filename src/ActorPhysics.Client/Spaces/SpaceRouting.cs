using ActorPhysics.Client.Connections;
using ActorPhysics.Client.Requests;
using ActorPhysics.Client.Routing;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Client.Spaces;

/// <summary>
/// The moves of requests that name a key of a space instead of a group: which group is asked, and who is asked next when that one does not own the
/// key, or is gone. Everything here runs under the gate.
/// </summary>
/// <remarks>
/// The rule that all others serve: a command that certainly had no effect is numbered anew by the session with the next group. One that may have had
/// keeps its session and its sequence wherever it goes, as sessions move together with keys: whoever owns the key now has either the first result,
/// or the proof that there is none.
/// </remarks>
internal sealed class SpaceRouting(ClientCore core)
{
    // Beyond so many pointers that led from group to group a request pauses: they may point in a circle.
    private const int MostRedirects = 3;

    private readonly Dictionary<string, SpaceRoute> _spaces = new(StringComparer.Ordinal);

    /// <summary>The group that holds the shard maps, once a node has told of it.</summary>
    public GroupId ConfigGroup { get; set; } = core.Options.ConfigGroup;

    public SpaceRoute RouteTo(string space)
    {
        if (!_spaces.TryGetValue(space, out SpaceRoute? route))
        {
            route = new SpaceRoute(space);
            _spaces.Add(space, route);
        }

        return route;
    }

    /// <summary>Sends a request to the group that is believed to own its key, or lets it wait for a map.</summary>
    public void Place(PendingRequest request)
    {
        if (request.OpenAttempts > 0)
        {
            // Whoever may have applied it is asked first.
            core.Send(request);
        }
        else if (request.Space!.Cache.Find(request.Key.Span) is { } group)
        {
            Aim(request, group);
        }
        else
        {
            Await(request);
        }
    }

    /// <summary>The group says that it does not own the key, and perhaps who does.</summary>
    /// <param name="request">Nothing of it is on the way any more, except earlier sendings that were never answered.</param>
    /// <param name="from">The node that said so.</param>
    /// <param name="said">What it said; null when that makes no sense.</param>
    public void NotOwned(PendingRequest request, NodeLink from, WrongShard? said)
    {
        SpaceRoute space = request.Space!;
        GroupId refuser = request.Group;
        if (request.Route is { Kind: RouteKind.AnyReplica } route)
        {
            // Only this replica may be behind.
            route.Lost(from);
        }

        if (said?.Given is { } told && space.Cache.TryTake(told))
        {
            RenewLater(space);
        }

        (GroupId owner, ShardMapVersion version) = space.Cache.FindOwner(request.Key.Span) ?? default;
        if (owner == refuser && said?.Given is { } went && went.Range.Contains(PointOf(space, request)))
        {
            // The map is as new as this pointer or newer and names the refuser all the same: handoffs may end in another order than they were decided in.
            owner = went.To;
        }

        if (owner != refuser && owner != default)
        {
            Aim(request, owner, ++request.Redirects > MostRedirects ? HandoffPause(request) : TimeSpan.Zero);
        }
        else if (said is not null && said.Version < version)
        {
            // It will own the key and does not yet, or this replica is behind.
            core.Postpone(request, HandoffPause(request));
        }
        else
        {
            request.RefusedBy = refuser;
            space.NeedsStrongRead = true;
            Await(request);
        }
    }

    /// <summary>No node holds a replica of the request's group.</summary>
    public void GroupGone(PendingRequest request)
    {
        SpaceRoute space = request.Space!;
        if (space.Cache.Find(request.Key.Span) is { } group && group != request.Group)
        {
            Aim(request, group);
            return;
        }

        request.RefusedBy = request.Group;
        request.LastTrouble = $"No node hosts {request.Group}.";
        space.NeedsStrongRead = true;
        Await(request);
    }

    /// <summary>Nobody leads the group, as far as can be seen; perhaps its keys have moved meanwhile.</summary>
    public void Doubt(RequestList parked)
    {
        for (PendingRequest? request = parked.First; request is not null; request = request.Next)
        {
            if (request.Space is { } space)
            {
                space.NeedsStrongRead = true;
                StartReading(space);
            }
        }
    }

    /// <summary>A map was read: what waited for it goes on, and what waits for a group that does not own its key any more goes to the one that does.</summary>
    /// <param name="space">The space.</param>
    /// <param name="isNews">Whether the map is newer than the one before.</param>
    public void Renewed(SpaceRoute space, bool isNews)
    {
        for (int left = space.Waiting.Count; left > 0 && space.Waiting.Take() is { } request; left--)
        {
            GroupId group = space.Cache.Find(request.Key.Span)!.Value;
            TimeSpan pause = group == request.RefusedBy && !isNews ? core.Backoff.Pause(request.Postponements) : TimeSpan.Zero;
            request.RefusedBy = default;
            Aim(request, group, pause);
        }

        for (int slot = 0; slot < core.Pending.UsedSlots; slot++)
        {
            if (core.Pending[slot] is { } request && request.Space == space && IsHeldUp(request)
                && space.Cache.Map!.Find(request.Key.Span).Group is var owner && owner != request.Group && space.Cache.Find(request.Key.Span) == owner)
            {
                request.List!.Remove(request);
                Aim(request, owner);
            }
        }
    }

    /// <summary>Lets the request wait for the next reading.</summary>
    public void Await(PendingRequest request)
    {
        request.Space!.Waiting.Add(request);
        StartReading(request.Space);
    }

    /// <summary>Reads the map again, unless somebody does already.</summary>
    public void StartReading(SpaceRoute space)
    {
        space.RenewAt = MonotonicTime.Never;
        if (!space.IsReading)
        {
            space.IsReading = true;
            _ = new ShardMapReading(core, space).RunAsync();
        }
    }

    /// <summary>Reads the maps that are due, and says when the next one is.</summary>
    public MonotonicTime RenewDue(MonotonicTime now)
    {
        MonotonicTime next = MonotonicTime.Never;
        foreach (SpaceRoute space in _spaces.Values)
        {
            if (space.RenewAt <= now)
            {
                StartReading(space);
            }

            next = MonotonicTime.Min(next, space.RenewAt);
        }

        return next;
    }

    /// <summary>
    /// Some time from now: the hints serve meanwhile, the map that has them all is published only when the handoff is over, and all clients that heard of
    /// it must not come at once.
    /// </summary>
    public void RenewLater(SpaceRoute space)
    {
        if (space.RenewAt.IsNever && !space.IsReading)
        {
            space.RenewAt = core.Now + core.Backoff.Stretch(core.Options.LongestBackoff);
            core.WakeBy(space.RenewAt);
        }
    }

    /// <summary>Directs the request to a group, numbering it anew where nothing of it can have taken effect.</summary>
    private void Aim(PendingRequest request, GroupId group, TimeSpan pause = default)
    {
        if (request.Route is null || request.Group != group)
        {
            if (request.OpenAttempts == 0)
            {
                core.Renumber(request);
            }

            request.Group = group;
            request.Route = core.RouteTo(group, request.RouteKind);
        }

        if (pause > TimeSpan.Zero)
        {
            core.Postpone(request, pause);
        }
        else
        {
            core.Place(request);
        }
    }

    /// <summary>
    /// Grows with the time that the request has waited, so that nobody waits much longer for the end of a handoff than it lasts, and a long one is not
    /// asked about all the time.
    /// </summary>
    private TimeSpan HandoffPause(PendingRequest request)
    {
        const int PartsOfWait = 4;
        MonotonicTime now = core.Now;
        request.HeldUpSince = request.HeldUpSince == default ? now : request.HeldUpSince;
        TimeSpan pause = now.Since(request.HeldUpSince) / PartsOfWait;
        pause = pause < core.Options.LongestBackoff ? pause : core.Options.LongestBackoff;
        return core.Backoff.Stretch(pause > core.Options.ShortestBackoff ? pause : core.Options.ShortestBackoff);
    }

    /// <summary>Whether it waits for a leader, or for a session with its group.</summary>
    private static bool IsHeldUp(PendingRequest request) =>
        request.List is { } list && (list == request.Route?.Parked || (list == request.Session?.Waiting && request.OpenAttempts == 0));

    private static KeyPoint PointOf(SpaceRoute space, PendingRequest request) =>
        KeyPoint.Of(space.Cache.Map?.Kind ?? ShardingKind.Hash, new SpaceKey([.. request.Key.Span]));
}
