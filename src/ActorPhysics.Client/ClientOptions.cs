using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Handshake;

namespace ActorPhysics.Client;

/// <summary>How a client reaches its cluster and how patient it is.</summary>
public sealed record ClientOptions
{
    /// <summary>
    /// Nodes of the cluster. One that answers is enough to begin; leaders elsewhere are learnt from it. Name them all, so that the client
    /// still finds its way when any of them is down.
    /// </summary>
    public required ImmutableArray<NodeAddress> Nodes { get; init; }

    /// <summary>The client's name in the nodes' logs, at most 256 bytes.</summary>
    public string Name { get; init; } = "client";

    /// <summary>The cluster that is meant; when it is not known, the first node that answers decides.</summary>
    public ClusterId Cluster { get; init; }

    /// <summary>The group that knows the spaces; when it is not given, the nodes are asked which one it is.</summary>
    public GroupId ConfigGroup { get; init; }

    /// <summary>Without it only loopback addresses are dialled.</summary>
    public ClientTlsOptions? Tls { get; init; }

    /// <summary>How long a request may take, retries included, unless the call says otherwise.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long connecting to one node may take, handshake included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a node may be silent on an open request before its leadership is doubted.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The pause before the first retry; it doubles, with jitter, up to <see cref="LongestBackoff"/>.</summary>
    public TimeSpan ShortestBackoff { get; init; } = TimeSpan.FromMilliseconds(10);

    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often a request that is refused for overload is tried again before the refusal is reported.</summary>
    public int MaxOverloadRetries { get; init; } = 10;

    /// <summary>
    /// Whether a lease read that its leader refuses, because it holds no lease, is asked as a strong read instead: as fresh, but a round of
    /// the quorum slower. The reply's level then says that it was strong. Otherwise it waits for a lease until its deadline.
    /// </summary>
    public bool StrongReadWithoutLease { get; init; } = true;

    /// <summary>How many requests may be unanswered; one more is refused with <see cref="OverloadedException"/>.</summary>
    public int MaxPendingRequests { get; init; } = 16 * 1024;

    /// <summary>How many payload bytes may be unanswered; more are refused with <see cref="OverloadedException"/>.</summary>
    public long MaxPendingBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>The longest command or query.</summary>
    public int MaxPayloadBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>
    /// Whether code that awaits a reply goes on inside the client's receive loop instead of on the thread pool. It saves a hop per request,
    /// and whatever blocks there blocks every reply: only for code that never blocks, such as a load generator.
    /// </summary>
    public bool InlineContinuations { get; init; }

    /// <summary>The clock; replaced in tests.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Makes jitter, and the order in which nodes are tried, repeatable; null draws a seed.</summary>
    public int? RandomSeed { get; init; }

    internal void Validate()
    {
        if (Nodes.IsDefaultOrEmpty)
        {
            throw new ArgumentException("At least one node is needed.", nameof(Nodes));
        }

        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AttemptTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ShortestBackoff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(LongestBackoff, ShortestBackoff);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxOverloadRetries);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPendingRequests, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxPendingRequests, Requests.PendingTable.MostRequests);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPendingBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPayloadBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Name.Length, Hello.MaxNameBytes);
    }
}

/// <summary>How a client and its nodes prove who they are to each other.</summary>
public sealed record ClientTlsOptions
{
    /// <summary>The client's certificate with its private key; null where nodes do not ask for one.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The authorities that may have signed the nodes' certificates; no others are trusted, the system's included.</summary>
    public required X509Certificate2Collection TrustedRoots { get; init; }

    /// <summary>
    /// The name that a node's certificate must prove, exactly, without wildcards; <c>{node}</c> is its number, <c>{cluster}</c> the cluster's
    /// id in hexadecimal. A pattern without placeholders asks the same name of every node.
    /// </summary>
    public string NodeNamePattern { get; init; } = NodeName.DefaultPattern;
}
