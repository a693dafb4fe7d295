using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Client;

/// <summary>An answer and what it rests on (seed §5.4).</summary>
/// <param name="Result">The state machine's result or answer.</param>
/// <param name="Coordinate">Where a command took effect; <c>default</c> for reads.</param>
/// <param name="Ordinal">The command's place within that entry.</param>
/// <param name="Frontier">The frontier consulted: C for writes and linearizable reads, A for follower reads.</param>
/// <param name="Level">How consistent the answer is, as the node states it.</param>
/// <param name="EncodedProof">The certificate and what ties it to the coordinate, as sent; empty when the level has none.</param>
/// <param name="KnownLagEntries">How far the frontier is known to lie behind the commit frontier.</param>
public readonly record struct Reply<T>(
    T Result,
    Coordinate Coordinate,
    EntryOrdinal Ordinal,
    Coordinate Frontier,
    ConsistencyLevel Level,
    ReadOnlyMemory<byte> EncodedProof,
    ulong KnownLagEntries)
{
    /// <summary>
    /// Proves the certificate that came with the answer, under the group's configuration: of the commit for a write, of the read for a
    /// linearizable read. Null when there is none or it proves nothing.
    /// </summary>
    /// <param name="configuration">As the reader knows it, for instance from <see cref="ActorPhysicsClient.StatusAsync"/>.</param>
    public Certificate? TryProve(GroupConfiguration configuration) =>
        (Certificate?)ProofCodec.ProveRead(EncodedProof.Span, configuration) ?? ProofCodec.ProveCommit(EncodedProof.Span, configuration)?.Certificate;

    /// <summary>Whether the answer's own proof shows that its coordinate is on the trunk.</summary>
    public bool ProvesItsCommit(GroupConfiguration configuration) =>
        ProofCodec.ProveCommit(EncodedProof.Span, configuration) is { } proof && proof.Covers(Coordinate);

    /// <summary>The same answer with another view of its result.</summary>
    public Reply<TOther> With<TOther>(TOther result) =>
        new(result, Coordinate, Ordinal, Frontier, Level, EncodedProof, KnownLagEntries);
}
