using System.Globalization;
using System.Net;

namespace ActorPhysics.Hosting.Configuration;

/// <summary>
/// A host name or IP address with a TCP port, written <c>host:port</c> or <c>[ipv6]:port</c>. Port 0 asks the system for a free
/// port. <c>default</c> names no host.
/// </summary>
public readonly record struct HostPort(string Host, int Port)
{
    /// <summary>True when the host can only be this machine. A name other than localhost is not asked of DNS: its answer may change.</summary>
    public bool IsLoopback =>
        string.Equals(Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(Host, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>False when the text is not an address, whatever the reason.</summary>
    public static bool TryParse(string text, out HostPort address)
    {
        address = default;
        int colon = text.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return false;
        }

        string host = text[..colon];
        bool bracketed = host.StartsWith('[') && host.EndsWith(']');
        host = bracketed ? host[1..^1] : host;
        UriHostNameType type = Uri.CheckHostName(host);
        if (bracketed ? type != UriHostNameType.IPv6 : type is not (UriHostNameType.Dns or UriHostNameType.IPv4))
        {
            return false;
        }

        address = new HostPort(host, port);
        return true;
    }

    public override string ToString() => Host?.Contains(':', StringComparison.Ordinal) == true ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
