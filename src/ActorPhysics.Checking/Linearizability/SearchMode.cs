namespace ActorPhysics.Checking.Linearizability;

/// <summary>How a search treats calls of unknown outcome, which are what makes it hard: any of them may explain anything, at any later time.</summary>
internal enum SearchMode
{
    /// <summary>As they are. The search is right either way, but may need too much.</summary>
    Exact,

    /// <summary>They are used only where no order is left without, and of configurations that differ in nothing else few are kept. An order that
    /// is found is one; that none is found says nothing.</summary>
    Frugal,

    /// <summary>Of configurations that differ in nothing but what was used of them few are kept. An order that is found is one; that none is
    /// found says nothing.</summary>
    Thrifty,

    /// <summary>Each may take effect any number of times. That none is found is right; an order that is found may be none.</summary>
    Lavish,
}
