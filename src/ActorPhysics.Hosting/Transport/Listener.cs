using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Loops;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Transport;

/// <summary>
/// Accepts connections for a loop, plain or through TLS. Each begins with <paramref name="newcomers"/> as its handler, who finds out
/// who it is. The number of connections is bounded, those that have not yet proved anything included.
/// </summary>
public sealed class Listener(
    EventLoop loop,
    TransportOptions options,
    TlsCredentials? credentials,
    IConnectionHandler newcomers,
    ILogger logger) : IReadinessHandler, ITimerTarget, IDisposable
{
    private const int Backlog = 512;
    private const int MaxAcceptsPerTurn = 64;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _ended = new();
    private readonly List<Connection> _accepted = [];
    private Socket? _socket;
    private SocketWatch? _watch;
    private int _greeting;

    /// <summary>Where it listens, with the port that the system chose if none was given.</summary>
    public EndPoint? Address { get; private set; }

    /// <summary>Binds and listens. On the loop.</summary>
    /// <exception cref="TransportConfigurationException">The address is not allowed without TLS, not this machine's, or in use.</exception>
    public void Listen(IPEndPoint address)
    {
        LoopbackRule.Require(address, credentials is not null, "Listening at");
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(address);
            socket.Listen(Backlog);
            socket.Blocking = false;
        }
        catch (SocketException cause)
        {
            socket.Dispose();
            throw new TransportConfigurationException($"Listening at {address} is impossible: {Describe(cause)}", cause);
        }

        _socket = socket;
        Address = socket.LocalEndPoint;
        _watch = loop.Watch(socket, Readiness.Readable, this);
        loop.Own(this);
        TransportLog.Listening(logger, Address!, credentials is null ? "plain, loopback only" : "TLS");
    }

    void IReadinessHandler.SocketReady(Readiness ready)
    {
        for (int accepts = 0; accepts < MaxAcceptsPerTurn; accepts++)
        {
            if (!TryAccept(out Socket? socket))
            {
                return;
            }

            Welcome(socket);
        }
    }

    void ITimerTarget.TimerFired(TimerHandle timer, ulong tag)
    {
        if (_watch is { } watch)
        {
            watch.Interest = Readiness.Readable;
        }
    }

    /// <summary>Stops accepting; connections that were accepted live on. On the loop.</summary>
    public void Dispose()
    {
        loop.Disown(this);
        _ended.Cancel();
        _watch?.Dispose();
        _watch = null;
        _socket?.Dispose();
        _socket = null;
    }

    private static string Describe(SocketException cause) => cause.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "the port is in use by another process.",
        SocketError.AddressNotAvailable => "the address is not one of this machine.",
        SocketError.AccessDenied => "the system does not allow it.",
        _ => cause.Message,
    };

    private bool TryAccept([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Socket? socket)
    {
        socket = null;
        try
        {
            socket = _socket!.Accept();
            return true;
        }
        catch (SocketException cause) when (cause.SocketErrorCode is SocketError.WouldBlock or SocketError.ConnectionAborted or SocketError.ConnectionReset)
        {
            return false;
        }
        catch (SocketException cause)
        {
            // Most likely no descriptors are left; polling the listener again at once would only spin.
            TransportLog.AcceptFailed(logger, cause.Message);
            _watch!.Interest = Readiness.None;
            loop.SetTimer(loop.Now + PauseAfterFailure, this, tag: 0);
            return false;
        }
    }

    private void Welcome(Socket socket)
    {
        EndPoint? remote = socket.RemoteEndPointOrNull();
        _accepted.RemoveAll(static connection => !connection.IsOpen);
        if (remote is null || _accepted.Count + _greeting >= options.MaxAcceptedConnections)
        {
            if (remote is not null)
            {
                TransportLog.AcceptRefused(logger, remote, "too many connections are open");
            }

            socket.Dispose();
            return;
        }

        socket.NoDelay = true;
        socket.Blocking = credentials is not null;
        if (credentials is null)
        {
            _accepted.Add(new PlainConnection(loop, socket, remote, newcomers, options, logger));
        }
        else
        {
            _greeting++;
            _ = GreetAsync(socket, remote, credentials);
        }
    }

    /// <summary>The TLS handshake, off the loop and bounded in time.</summary>
    private async Task GreetAsync(Socket socket, EndPoint remote, TlsCredentials tls)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        bound.CancelAfter(options.HandshakeTimeout);
        try
        {
            (SslStream stream, PeerCertificate peer) = await TlsHandshake.AnswerAsync(socket, tls, bound.Token).ConfigureAwait(false);
            loop.Post(new Arrival(this, stream, peer, remote));
        }
        catch (Exception cause)
        {
            // Whatever it was, it concerns this newcomer only.
            socket.Dispose();
            loop.Post(new Arrival(this, null, default, remote));
            TransportLog.AcceptRefused(logger, remote, cause is OperationCanceledException ? "the TLS handshake took too long" : cause.Message);
        }
    }

    private void Admit(SslStream? stream, PeerCertificate peer, EndPoint remote)
    {
        _greeting--;
        if (stream is not null && _socket is null)
        {
            stream.Dispose();
        }
        else if (stream is not null)
        {
            _accepted.Add(new TlsConnection(loop, stream, peer, remote, newcomers, options, logger));
        }
    }

    /// <summary>The end of one TLS handshake; a null stream means that it failed.</summary>
    private sealed class Arrival(Listener listener, SslStream? stream, PeerCertificate peer, EndPoint remote) : ILoopWork, IDroppable
    {
        public void RunOnLoop() => listener.Admit(stream, peer, remote);

        public void Dropped() => stream?.Dispose();
    }
}
