using System.Diagnostics;

namespace ActorPhysics.Cli.Mutants;

/// <summary>What a process said and how it ended.</summary>
internal sealed record ChildOutcome(int ExitCode, string Output, string Errors);

/// <summary>Runs a program of the running .NET host to its end. A mutant may overflow the stack, leak or hang: it must not take the run with it.</summary>
internal static class ChildProcess
{
    /// <summary>The exit code of a process that was stopped because its time was up.</summary>
    public const int TimedOut = -1;

    public static async Task<ChildOutcome> RunAsync(string assembly, IEnumerable<string> arguments, TimeSpan patience, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(patience);
        var start = new ProcessStartInfo(Sdk.Host, [assembly, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{Sdk.Host} cannot be started");
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
            return new ChildOutcome(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            return new ChildOutcome(TimedOut, await output, $"stopped after {patience.TotalSeconds:N0} s; {await errors}");
        }
    }
}
