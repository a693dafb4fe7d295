using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;

namespace ActorPhysics.Core.Certificates;

/// <summary>The certificates of seed §3.2 that this assembly can prove.</summary>
public enum CertificateKind
{
    Authority,
    Commit,
    Read,
    Trim,
}

/// <summary>
/// Evidence that made an irreversible step safe (seed §3.1). What exists has been proven: constructors are private, the only way in
/// is the static <c>TryProve</c> of each kind, and there is no copying with changes. Anyone who holds the configuration of the
/// certificate's ConfigEpoch can check it again from its evidence alone. The hierarchy is closed.
/// </summary>
/// <remarks>
/// Outside the Byzantine model this proves that the evidence is consistent, not who gave it: a receiver also authenticates the sender.
/// </remarks>
public abstract class Certificate
{
    private protected Certificate()
    {
    }

    public abstract CertificateKind Kind { get; }

    /// <summary>
    /// What the certificate is about: for a commit or a read, its frontier; for a trim, the last entry that may go; for authority,
    /// index 0 of the epoch that it opens.
    /// </summary>
    public abstract Coordinate Coordinate { get; }

    /// <summary>Proves the evidence anew against a configuration; false when it is not the one the evidence was gathered under.</summary>
    public bool Verify(GroupConfiguration configuration) => Verify(configuration, out _);

    /// <summary>As <see cref="Verify(GroupConfiguration)"/>, and says what is wrong.</summary>
    public bool Verify(GroupConfiguration configuration, out CertificateRefusal? refusal)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        refusal = Check(configuration);
        return refusal is null;
    }

    public override string ToString() => $"{Kind} certificate of {Coordinate}";

    private protected abstract CertificateRefusal? Check(GroupConfiguration configuration);
}
