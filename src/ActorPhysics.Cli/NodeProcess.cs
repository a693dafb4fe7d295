using System.Diagnostics;
using ActorPhysics.Hosting.Nodes;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Cli;

/// <summary>
/// A node in a process of its own. It stops when this process ends its input, and so also when this process dies; when it dies itself it is
/// started again.
/// </summary>
internal sealed class NodeProcess(string name, string configFile, bool restart, LogLevel logLevel = LogLevel.Warning)
{
    // One that dies right after its start will not live longer the next time either.
    private static readonly TimeSpan ShortestLife = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(15);

    public string Name { get; } = name;

    /// <summary>The process that runs now; null while none does.</summary>
    public Process? Running { get; private set; }

    /// <returns>Its exit code, once it is stopped or not worth starting again.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        while (true)
        {
            long started = Stopwatch.GetTimestamp();
            using Process process = Start();
            Running = process;
            Console.WriteLine($"{Name}: process {process.Id}");
            int? code = await WaitAsync(process, stop).ConfigureAwait(false);
            Running = null;
            if (code is null || stop.IsCancellationRequested)
            {
                return code ?? ExitCodes.Failed;
            }

            Console.Error.WriteLine($"{Name}: process {process.Id} ended with code {code}");
            if (!restart || Stopwatch.GetElapsedTime(started) < ShortestLife)
            {
                return code.Value == ExitCodes.Done ? ExitCodes.Failed : code.Value;
            }
        }
    }

    private static async Task<int?> WaitAsync(Process process, CancellationToken stop)
    {
        try
        {
            await process.WaitForExitAsync(stop).ConfigureAwait(false);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.StandardInput.Close();
        }

        using var patience = new CancellationTokenSource(StopPatience);
        try
        {
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            // The cluster has not ended before its last node has.
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            return null;
        }
    }

    private Process Start()
    {
        string self = Environment.ProcessPath ?? throw new InvalidOperationException("the path of this program is unknown");
        var start = new ProcessStartInfo(self) { RedirectStandardInput = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(self).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.ArgumentList.Add(typeof(NodeProcess).Assembly.Location);
        }

        foreach (string argument in (string[])["node", "--config", configFile, "--until-input-ends", "--log-level", logLevel.ToString()])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new IOException($"{Name} could not be started");
    }
}
