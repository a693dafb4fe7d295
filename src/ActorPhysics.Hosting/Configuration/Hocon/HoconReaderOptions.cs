namespace ActorPhysics.Hosting.Configuration.Hocon;

/// <summary>
/// Bounds of the reader. A configuration is written by people, so they are generous for people and small enough that a damaged
/// or hostile file ends in an error: a stack overflow cannot be caught in .NET, and a substitution can name itself twice.
/// </summary>
public sealed record HoconReaderOptions
{
    /// <summary>How deep objects and lists may nest, dotted keys counted by segment.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>The largest size of one file, in bytes; also the longest string that substitution may build, in characters.</summary>
    public int MaxFileBytes { get; init; } = 1024 * 1024;

    /// <summary>How many files one configuration may consist of, each inclusion counted.</summary>
    public int MaxFiles { get; init; } = 256;

    /// <summary>How many values may be visited while substitutions are resolved.</summary>
    public int MaxResolutionSteps { get; init; } = 1_000_000;

    /// <summary>Where <c>${NAME}</c> looks when the configuration itself has no such key; null means the variable is not set.</summary>
    public Func<string, string?> EnvironmentVariable { get; init; } = Environment.GetEnvironmentVariable;
}
