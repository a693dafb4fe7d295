using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Loops;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Transport;

/// <summary>Hears the outcome of one <see cref="DialAttempt"/>, on the loop.</summary>
internal interface IDialer
{
    /// <summary>The handler of a connection that this attempt makes.</summary>
    IConnectionHandler NewConnectionHandler { get; }

    void Dialled(Connection connection);

    void DialFailed(string detail);
}

/// <summary>One attempt to connect. It ends in exactly one call of its dialer, within the handshake's time bound, unless it is disposed.</summary>
internal abstract class DialAttempt : IDisposable
{
    /// <summary>Begins an attempt. On the loop.</summary>
    /// <param name="loop">Where the connection will live.</param>
    /// <param name="address">Whom to call.</param>
    /// <param name="credentials">For TLS, with <paramref name="expectedName"/> as what the peer must prove; null for plain.</param>
    /// <param name="expectedName">The name that the peer's certificate must hold.</param>
    /// <param name="options">The bounds.</param>
    /// <param name="dialer">Who hears of the outcome.</param>
    /// <param name="logger">For the connection.</param>
    public static DialAttempt Begin(
        EventLoop loop, EndPoint address, TlsCredentials? credentials, string expectedName, TransportOptions options, IDialer dialer, ILogger logger)
    {
        LoopbackRule.Require(address, credentials is not null, "Dialling");
        if (credentials is not null)
        {
            return new TlsDialAttempt(loop, address, credentials, expectedName, options, dialer, logger);
        }

        IPEndPoint ip = address as IPEndPoint ?? new IPEndPoint(IPAddress.Loopback, ((DnsEndPoint)address).Port);
        return new PlainDialAttempt(loop, ip, options, dialer, logger);
    }

    /// <summary>Gives up; the dialer is not called any more. Nothing happens when the attempt has ended.</summary>
    public abstract void Dispose();
}

/// <summary>A non-blocking connect that the loop polls.</summary>
internal sealed class PlainDialAttempt : DialAttempt, IReadinessHandler, ITimerTarget
{
    /// <summary>The tag of a failure that was known at once: it is reported later all the same, never from inside the constructor.</summary>
    private const ulong FailedAtOnce = 1;

    private readonly EventLoop _loop;
    private readonly IPEndPoint _address;
    private readonly TransportOptions _options;
    private readonly IDialer _dialer;
    private readonly ILogger _logger;
    private readonly TimerHandle _bound;
    private readonly SocketError _error;
    private Socket? _socket;
    private SocketWatch? _watch;

    public PlainDialAttempt(EventLoop loop, IPEndPoint address, TransportOptions options, IDialer dialer, ILogger logger)
    {
        (_loop, _address, _options, _dialer, _logger) = (loop, address, options, dialer, logger);
        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false, NoDelay = true };
        loop.Own(this);
        try
        {
            _socket.Connect(address);
        }
        catch (SocketException cause) when (cause.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // The usual case: writable means decided.
        }
        catch (SocketException cause)
        {
            _error = cause.SocketErrorCode;
            _bound = loop.SetTimer(loop.Now, this, FailedAtOnce);
            return;
        }

        _watch = loop.Watch(_socket, Readiness.Writable, this);
        _bound = loop.SetTimer(loop.Now + options.HandshakeTimeout, this, tag: 0);
    }

    public void SocketReady(Readiness ready)
    {
        Socket socket = _socket!;
        SocketError error = socket.TakeError();
        if (error != SocketError.Success)
        {
            Fail(error.ToString());
            return;
        }

        _socket = null;
        Dispose();
        _dialer.Dialled(new PlainConnection(_loop, socket, _address, _dialer.NewConnectionHandler, _options, _logger));
    }

    public void TimerFired(TimerHandle timer, ulong tag) =>
        Fail(tag == FailedAtOnce ? _error.ToString() : "connecting took too long");

    public override void Dispose()
    {
        _loop.Disown(this);
        _loop.CancelTimer(_bound);
        _watch?.Dispose();
        _watch = null;
        _socket?.Dispose();
        _socket = null;
    }

    private void Fail(string detail)
    {
        Dispose();
        _dialer.DialFailed(detail);
    }
}

/// <summary>Name resolution, connect and TLS handshake on the thread pool; the outcome is posted to the loop.</summary>
internal sealed class TlsDialAttempt : DialAttempt
{
    private readonly EventLoop _loop;
    private readonly EndPoint _address;
    private readonly TlsCredentials _credentials;
    private readonly string _expectedName;
    private readonly TransportOptions _options;
    private readonly IDialer _dialer;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _bound;
    private bool _ended;

    public TlsDialAttempt(
        EventLoop loop, EndPoint address, TlsCredentials credentials, string expectedName, TransportOptions options, IDialer dialer, ILogger logger)
    {
        (_loop, _address, _credentials, _expectedName) = (loop, address, credentials, expectedName);
        (_options, _dialer, _logger) = (options, dialer, logger);
        _bound = new CancellationTokenSource(options.HandshakeTimeout);
        loop.Own(this);
        _ = DialAsync();
    }

    public override void Dispose()
    {
        if (!_ended)
        {
            _ended = true;
            _loop.Disown(this);
            _bound.Cancel();
        }
    }

    private async Task DialAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        CancellationToken cancel = _bound.Token;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(_address, cancel).ConfigureAwait(false);
            (SslStream stream, PeerCertificate peer) = await TlsHandshake.CallAsync(socket, _credentials, _expectedName, cancel).ConfigureAwait(false);
            _loop.Post(new Outcome(this, stream, peer, detail: ""));
        }
        catch (Exception cause)
        {
            socket.Dispose();
            string detail = cause is OperationCanceledException ? "connecting took too long" : cause.Message;
            _loop.Post(new Outcome(this, null, default, detail));
        }
    }

    private void Finish(SslStream? stream, PeerCertificate peer, string detail)
    {
        if (_ended)
        {
            stream?.Dispose();
            return;
        }

        Dispose();
        if (stream is null)
        {
            _dialer.DialFailed(detail);
        }
        else
        {
            _dialer.Dialled(new TlsConnection(_loop, stream, peer, _address, _dialer.NewConnectionHandler, _options, _logger));
        }
    }

    private sealed class Outcome(TlsDialAttempt attempt, SslStream? stream, PeerCertificate peer, string detail) : ILoopWork, IDroppable
    {
        public void RunOnLoop() => attempt.Finish(stream, peer, detail);

        public void Dropped() => stream?.Dispose();
    }
}
