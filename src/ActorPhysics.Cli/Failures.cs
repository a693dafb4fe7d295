using ActorPhysics.Cli.Mutants;
using ActorPhysics.Client;
using ActorPhysics.Hosting.Configuration;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Hosting.Storage;

namespace ActorPhysics.Cli;

/// <summary>Turns what went wrong into one clear line and an exit code.</summary>
internal static class Failures
{
    /// <param name="misused">The exit code of a wrong command line.</param>
    public static int ReportUsage(IEnumerable<string> errors, int misused)
    {
        foreach (string error in errors)
        {
            Console.Error.WriteLine($"error: {error}");
        }

        Console.Error.WriteLine("Try 'actorphysics --help'.");
        return misused;
    }

    /// <param name="misused">The exit code of a wrong command line.</param>
    public static async Task<int> GuardAsync(Func<Task<int>> command, int misused)
    {
        try
        {
            return await command().ConfigureAwait(false);
        }
        catch (Exception failure) when (CodeOf(failure, misused) is { } code)
        {
            Console.Error.WriteLine($"error: {failure.Message}");
            return code;
        }
    }

    private static int? CodeOf(Exception failure, int misused) => failure switch
    {
        ConfigurationException or ArgumentException or FormatException or MutantException => misused,
        NodeStartException or StorageException => ExitCodes.CannotStart,
        OutcomeUnknownException or RequestTimedOutException or ClusterUnreachableException or OverloadedException => ExitCodes.Unavailable,
        RequestException => ExitCodes.Failed,
        IOException or UnauthorizedAccessException => ExitCodes.CannotStart,
        OperationCanceledException => ExitCodes.Unavailable,
        _ => null,
    };
}
