using System.Net;
using System.Net.Sockets;
using ActorPhysics.Hosting.Loops;

namespace ActorPhysics.Hosting.Tests.Loops;

/// <summary>What a loop relies on, whatever the system offers to poll with.</summary>
public abstract class SocketPollerTests : IReadinessHandler, IDisposable
{
    private readonly SocketPoller _poller;
    private readonly List<SocketWatch> _ready = [];
    private readonly List<Socket> _sockets = [];

    private protected SocketPollerTests(SocketPoller poller) => _poller = poller;

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _poller.Dispose();
    }

    [Fact]
    public void A_socket_with_input_is_readable_and_stays_so_until_it_is_read()
    {
        (Socket near, Socket far) = Pair();
        SocketWatch watch = _poller.Watch(near, Readiness.Readable, this);
        Assert.Empty(Poll(0));
        far.Send([1]);
        Assert.Equal([(watch, Readiness.Readable)], Poll(10_000));
        Assert.Equal([(watch, Readiness.Readable)], Poll(0));
        near.Receive(new byte[1]);
        Assert.Empty(Poll(0));
    }

    [Fact]
    public void Only_what_was_asked_for_is_reported()
    {
        (Socket near, Socket far) = Pair();
        SocketWatch watch = _poller.Watch(near, Readiness.Writable, this);
        far.Send([1]);
        Assert.Equal([(watch, Readiness.Writable)], Poll(10_000));
        watch.Interest = Readiness.None;
        Assert.Empty(Poll(0));
        watch.Interest = Readiness.Readable | Readiness.Writable;
        Assert.Equal([(watch, Readiness.Readable | Readiness.Writable)], Poll(10_000));
    }

    [Fact]
    public void A_peer_that_has_gone_makes_its_socket_readable()
    {
        (Socket near, Socket far) = Pair();
        SocketWatch watch = _poller.Watch(near, Readiness.Readable, this);
        far.Dispose();
        Assert.Equal([(watch, Readiness.Readable)], Poll(10_000));
    }

    [Fact]
    public void A_removed_socket_is_not_reported_and_the_others_keep_their_identity()
    {
        var pairs = Enumerable.Range(0, 40).Select(_ => Pair()).ToArray();
        SocketWatch[] watches = pairs.Select(pair => _poller.Watch(pair.Near, Readiness.Readable, this)).ToArray();
        foreach (int removed in (int[])[0, 39, 7, 20])
        {
            watches[removed].Dispose();
            watches[removed].Dispose();
        }

        foreach ((_, Socket far) in pairs)
        {
            far.Send([1]);
        }

        IEnumerable<SocketWatch> expected = watches.Where((_, index) => index is not (0 or 39 or 7 or 20));
        Assert.Equal(expected.ToHashSet(), Poll(10_000).Select(ready => ready.Watch).ToHashSet());
        Assert.Equal(36, _poller.Count);
    }

    [Fact]
    public async Task A_wake_up_ends_a_poll_that_would_wait_for_ever()
    {
        Task poll = Task.Run(() => Poll(-1));
        _poller.Wake();
        await poll.Within();
    }

    [Fact]
    public void A_wake_up_before_the_poll_ends_it_and_many_count_as_one()
    {
        for (int i = 0; i < 100; i++)
        {
            _poller.Wake();
        }

        Assert.Empty(Poll(10_000));
        // It was cleared: a socket that becomes ready is what ends the next poll.
        (Socket near, Socket far) = Pair();
        SocketWatch watch = _poller.Watch(near, Readiness.Readable, this);
        far.Send([1]);
        Assert.Equal([(watch, Readiness.Readable)], Poll(10_000));
    }

    [Fact]
    public void A_refused_connection_attempt_is_reported()
    {
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        _sockets.Add(socket);
        SocketError atOnce = SocketError.Success;
        try
        {
            socket.Connect(closed.LocalEndPoint!);
        }
        catch (SocketException refused)
        {
            atOnce = refused.SocketErrorCode;
        }

        if (atOnce is SocketError.WouldBlock or SocketError.InProgress)
        {
            _poller.Watch(socket, Readiness.Writable, this);
            Assert.Single(Poll(10_000));
        }
        else
        {
            Assert.Equal(SocketError.ConnectionRefused, atOnce);
        }
    }

    void IReadinessHandler.SocketReady(Readiness ready)
    {
        // The poller only collects; loops call handlers.
    }

    private List<(SocketWatch Watch, Readiness Ready)> Poll(int timeoutMs)
    {
        _ready.Clear();
        _poller.Poll(timeoutMs, _ready);
        return _ready.Select(watch => (watch, watch.Ready)).ToList();
    }

    private (Socket Near, Socket Far) Pair()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        far.Connect(listener.LocalEndPoint!);
        Socket near = listener.Accept();
        near.Blocking = false;
        _sockets.AddRange([near, far]);
        return (near, far);
    }
}

public sealed class UnixPollerTests() : SocketPollerTests(OperatingSystem.IsWindows() ? new SelectPoller() : new UnixPoller());

public sealed class SelectPollerTests() : SocketPollerTests(new SelectPoller());
