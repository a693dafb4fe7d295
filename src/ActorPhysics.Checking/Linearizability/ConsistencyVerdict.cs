using System.Collections.Immutable;

namespace ActorPhysics.Checking.Linearizability;

/// <summary>What a search found: <see cref="Holds"/>, <see cref="Violated"/> or <see cref="Undecided"/>.</summary>
public abstract record ConsistencyVerdict
{
    private ConsistencyVerdict()
    {
    }

    public abstract Verdict Verdict { get; }

    /// <summary>There is an order.</summary>
    /// <param name="Order">The calls that took effect in that order, by their numbers in the history. Calls of unknown outcome that are not
    /// needed are left out, and so are reads of unknown outcome.</param>
    public sealed record Holds(ImmutableArray<int> Order) : ConsistencyVerdict
    {
        public override Verdict Verdict => Verdict.Holds;
    }

    /// <summary>There is none.</summary>
    /// <param name="Offending">Calls, by their numbers, that have no order even if every other state-changing call since the drawing begins
    /// could take effect at any time after its invocation with any result, or not at all. None of them can be spared, unless the budget ended
    /// the search for fewer.</param>
    /// <param name="Drawing">The same as a diagram over time, with the states that are possible where it begins; lines end in \n.</param>
    public sealed record Violated(ImmutableArray<int> Offending, string Drawing) : ConsistencyVerdict
    {
        public override Verdict Verdict => Verdict.Violated;
    }

    /// <summary>The search was given up.</summary>
    public sealed record Undecided(string Reason) : ConsistencyVerdict
    {
        public override Verdict Verdict => Verdict.Undecided;
    }
}
