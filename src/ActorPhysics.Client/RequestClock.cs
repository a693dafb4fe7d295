using ActorPhysics.Client.Connections;
using ActorPhysics.Client.Requests;
using ActorPhysics.Client.Routing;
using ActorPhysics.Client.Sessions;
using ActorPhysics.Core.Time;
using ActorPhysics.Wire.Commands;

namespace ActorPhysics.Client;

/// <summary>
/// What happens because time passes: deadlines, postponed requests, doubts about a silent node, sessions kept alive. It wakes when
/// something is due, at least ten times a second while requests are open, and not at all when there is nothing to watch.
/// </summary>
internal sealed class RequestClock : IAsyncDisposable
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(100);

    private readonly ClientCore _core;
    private readonly long _start;
    private readonly ITimer _timer;
    private MonotonicTime _wakesAt = MonotonicTime.Never;

    public RequestClock(ClientCore core)
    {
        _core = core;
        _start = core.Options.Clock.GetTimestamp();
        _timer = core.Options.Clock.CreateTimer(_ => Tick(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Needs no gate.</summary>
    public MonotonicTime Now => default(MonotonicTime) + _core.Options.Clock.GetElapsedTime(_start);

    /// <summary>Something is due then. Call under the gate.</summary>
    public void WakeBy(MonotonicTime due)
    {
        MonotonicTime now = Now;
        due = MonotonicTime.Min(due, now + LongestSleep);
        if (due < _wakesAt)
        {
            _wakesAt = due;
            _timer.Change(due.Since(now), Timeout.InfiniteTimeSpan);
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Tick()
    {
        var completed = new List<PendingRequest>();
        lock (_core.Gate)
        {
            if (_core.Closing.IsCancellationRequested)
            {
                return;
            }

            _wakesAt = MonotonicTime.Never;
            MonotonicTime now = Now;
            EndOverdue(now, completed);
            SendPostponed(now);
            DoubtSilentNodes(now);
            KeepSessionsAlive(now);
            if (_core.Spaces.RenewDue(now) is { IsNever: false } renewal)
            {
                WakeBy(renewal);
            }
        }

        ClientCore.Complete(completed);
    }

    private void EndOverdue(MonotonicTime now, List<PendingRequest> completed)
    {
        for (int slot = 0; slot < _core.Pending.UsedSlots; slot++)
        {
            if (_core.Pending[slot] is not { } request)
            {
                continue;
            }

            if (request.Deadline > now)
            {
                WakeBy(request.Deadline);
                continue;
            }

            _core.GiveUp(request, UnknownCause.Deadline, new RequestTimedOutException(request.Trouble));
            completed.Add(request);
        }
    }

    private void SendPostponed(MonotonicTime now)
    {
        PendingRequest? request = _core.Postponed.First;
        for (int left = _core.Postponed.Count; left > 0 && request is not null; left--)
        {
            PendingRequest? next = request.Next;
            if (request.NotBefore <= now)
            {
                _core.Postponed.Remove(request);
                _core.Resume(request);
            }
            else
            {
                WakeBy(request.NotBefore);
            }

            request = next;
        }
    }

    /// <summary>
    /// A node that does not answer for long may be paused, cut off, or deposed without knowing; or only the replica that was asked is gone. Each group is
    /// looked after by itself: one that is silent hides no other.
    /// </summary>
    private void DoubtSilentNodes(MonotonicTime now)
    {
        TimeSpan patience = _core.Options.AttemptTimeout;
        foreach (NodeLink link in _core.Links)
        {
            if (link.Connection is not { InFlight.First: { } oldest } connection || now.Since(oldest.SentAt) < patience || now.Since(connection.DoubtedAt) < patience)
            {
                continue;
            }

            connection.DoubtedAt = now;
            for (PendingRequest? next = oldest; next is { } request && now.Since(request.SentAt) >= patience;)
            {
                next = request.Next;
                if (request.Route is { Kind: RouteKind.Leader } route)
                {
                    _core.StartSearch(route, isDoubt: true);
                }
                else if (request.Route is { } any)
                {
                    // Another replica may be as good; reading twice does no harm.
                    any.Lost(link);
                    connection.InFlight.Remove(request);
                    _core.Send(request);
                }
            }
        }
    }

    private void KeepSessionsAlive(MonotonicTime now)
    {
        const int TimesPerTimeout = 4;
        List<ClientSession>? idle = null;
        foreach (ClientSession session in _core.Sessions)
        {
            if (session.State == SessionState.Open && now.Since(session.LastUsed) > session.IdleTimeout / TimesPerTimeout)
            {
                session.LastUsed = now;
                (idle ??= []).Add(session);
            }
        }

        foreach (ClientSession session in idle ?? [])
        {
            _ = new SessionHousekeeping(_core, session).SendAsync(CommandKind.KeepAlive, _core.Options.RequestTimeout);
        }

        if (_core.Sessions.Any(session => session.State == SessionState.Open))
        {
            WakeForSessions(now);
        }
    }

    private void WakeForSessions(MonotonicTime now)
    {
        // Ten times a second is needed while requests are open; an idle client looks after its sessions once a second.
        var second = TimeSpan.FromSeconds(1);
        if (_wakesAt > now + second)
        {
            _wakesAt = now + second;
            _timer.Change(second, Timeout.InfiniteTimeSpan);
        }
    }
}
