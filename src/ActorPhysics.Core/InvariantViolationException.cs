namespace ActorPhysics.Core;

/// <summary>
/// A broken invariant: the program, not its environment, is wrong. Thrown in every build; the supervisor stops the replica that
/// threw, keeps its journal for diagnosis and never resumes it blindly.
/// </summary>
public sealed class InvariantViolationException(string invariant, string detail)
    : Exception($"Invariant {invariant} is broken: {detail}")
{
    /// <summary>The invariant's name as in docs/GLOSSARY.md, for instance <c>BoundaryLattice</c>.</summary>
    public string Invariant { get; } = invariant;
}

/// <summary>Checks that stay in every build.</summary>
public static class Invariant
{
    /// <exception cref="InvariantViolationException"><paramref name="holds"/> is false.</exception>
    public static void Require(bool holds, string invariant, string detail)
    {
        if (!holds)
        {
            throw new InvariantViolationException(invariant, detail);
        }
    }

    /// <summary>As <see cref="Require(bool, string, string)"/>; the detail is built only when the check fails.</summary>
    public static void Require<T>(bool holds, string invariant, T context, Func<T, string> detail)
    {
        if (!holds)
        {
            throw new InvariantViolationException(invariant, detail(context));
        }
    }
}
