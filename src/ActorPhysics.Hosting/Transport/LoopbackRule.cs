using System.Net;

namespace ActorPhysics.Hosting.Transport;

/// <summary>Without TLS nobody proves who he is, so only the machine itself may take part (DESIGN §8).</summary>
internal static class LoopbackRule
{
    /// <exception cref="TransportConfigurationException">The address leaves the machine and TLS is off.</exception>
    public static void Require(EndPoint address, bool tlsEnabled, string purpose)
    {
        if (!tlsEnabled && !IsLoopback(address))
        {
            throw new TransportConfigurationException(
                $"{purpose} {address} is refused: it is not a loopback address and TLS is off. Turn TLS on, or use 127.0.0.1 or [::1].");
        }
    }

    /// <summary>A host name other than <c>localhost</c> may resolve to anything, so it is not loopback.</summary>
    public static bool IsLoopback(EndPoint address) => address switch
    {
        IPEndPoint ip => IPAddress.IsLoopback(ip.Address),
        DnsEndPoint dns => string.Equals(dns.Host, "localhost", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}
