using System.Diagnostics.CodeAnalysis;

namespace ActorPhysics.Core;

/// <summary>
/// What a decoder yields: a claim of whoever sent the bytes. The value cannot be read; the one way out is a gateway that examines it
/// (and, like the rest of the protocol, refuses by returning a reason). <c>default</c> claims nothing and is always refused.
/// </summary>
public readonly struct Unverified<T>
    where T : class
{
    private readonly T? _claim;

    public Unverified(T claim)
    {
        ArgumentNullException.ThrowIfNull(claim);
        _claim = claim;
    }

    /// <summary>The value, once the gateway finds nothing wrong with it.</summary>
    /// <param name="gateway">Returns null to admit the value, or the reason to refuse it.</param>
    public bool TryTrust(Func<T, string?> gateway, [NotNullWhen(true)] out T? trusted, [NotNullWhen(false)] out string? refusal) =>
        TryTrust(gateway, static (claim, gateway) => gateway(claim), out trusted, out refusal);

    /// <summary>As above; the context spares the gateway a closure.</summary>
    public bool TryTrust<TContext>(
        TContext context, Func<T, TContext, string?> gateway, [NotNullWhen(true)] out T? trusted, [NotNullWhen(false)] out string? refusal)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        refusal = _claim is null ? "nothing was claimed" : gateway(_claim, context);
        trusted = refusal is null ? _claim : null;
        return trusted is not null;
    }

    /// <summary>Says what is claimed, not what it contains: a log line is no gateway.</summary>
    public override string ToString() => $"unverified {typeof(T).Name}";
}
