namespace ActorPhysics.Hosting.Nodes;

/// <summary>What a process that runs a node ends with.</summary>
public static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The command ran and the answer is bad: an audit failed, a key is missing, an operation was refused.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The node could not start: port in use, data folder locked or another's, journal unreadable.</summary>
    public const int CannotStart = 3;

    /// <summary>No node answered, or the outcome of an operation is unknown.</summary>
    public const int Unavailable = 4;

    /// <summary>The journal failed while the node ran; start it again, it recovers from its disk.</summary>
    public const int JournalFailed = 5;
}
