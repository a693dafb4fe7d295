using System.Net;
using System.Net.Sockets;

namespace ActorPhysics.Hosting.Transport;

internal static class SocketExtensions
{
    /// <summary>The other end; null when the peer has gone already.</summary>
    public static EndPoint? RemoteEndPointOrNull(this Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>The outcome of a non-blocking connect, once the socket is writable.</summary>
    public static SocketError TakeError(this Socket socket) =>
        (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
}
