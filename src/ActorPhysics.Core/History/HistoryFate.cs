namespace ActorPhysics.Core.History;

/// <summary>What became of a history entry, as far as the given histories tell (seed §2.3).</summary>
public enum HistoryFate
{
    /// <summary>They do not say: nobody was seen to append it, or what would decide it was trimmed.</summary>
    Unknown,

    /// <summary>Wet cement: some replica holds it, and it may still become trunk or be pruned.</summary>
    Wet,

    /// <summary>On the committed trunk, for ever.</summary>
    Trunk,

    /// <summary>Never to be on the trunk: another entry has its place or its ancestor's, or every replica seen to hold it cut it off.</summary>
    Pruned,
}
