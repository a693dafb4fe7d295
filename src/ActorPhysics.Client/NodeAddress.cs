using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ActorPhysics.Client;

/// <summary>Where a node listens for clients. <c>default</c> is no address.</summary>
/// <param name="Host">A host name or an IP address, without brackets.</param>
/// <param name="Port">The TCP port, 1 to 65535.</param>
public readonly record struct NodeAddress(string Host, int Port)
{
    /// <summary>Reads <c>host:port</c>, <c>1.2.3.4:port</c> or <c>[::1]:port</c>.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out NodeAddress? address)
    {
        address = null;
        int colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port is < 1 or > ushort.MaxValue)
        {
            return false;
        }

        string host = text![..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }
        else if (host.Contains(':'))
        {
            return false;
        }

        address = host.Length > 0 ? new NodeAddress(host, port) : null;
        return address is not null;
    }

    /// <exception cref="FormatException">The text is not an address.</exception>
    public static NodeAddress Parse(string text) =>
        TryParse(text, out NodeAddress? address) ? address.Value : throw new FormatException($"'{text}' is not of the form host:port.");

    public override string ToString() =>
        Host is null ? "nowhere" : string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}");
}
