using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace ActorPhysics.Cli.Tests;

/// <summary>What a run of the command said, and how it ended.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Errors)
{
    public string FirstError => Errors.Split('\n')[0];

    public override string ToString() => $"exit code {ExitCode}\n{Output}{Errors}";
}

/// <summary>The built <c>actorphysics</c> program, which lies beside the tests.</summary>
internal static class Cli
{
    public static TimeSpan Patience => TimeSpan.FromSeconds(60);

    private static string Program { get; } =
        Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "actorphysics.exe" : "actorphysics");

    /// <summary>Runs a command to its end.</summary>
    public static Task<CliResult> RunAsync(params string[] arguments) => RunAsync(Patience, arguments);

    /// <summary>As the other, for a command that takes longer than most: one that compiles a mutant, say.</summary>
    public static async Task<CliResult> RunAsync(TimeSpan patience, params string[] arguments)
    {
        using Process process = Start(arguments);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(patience);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{string.Join(' ', arguments)}' did not end within {patience}");
        }

        return new CliResult(process.ExitCode, await output, await errors);
    }

    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The tests' own runtime, wherever it is installed.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start) ?? throw new InvalidOperationException($"{Program} could not be started");
    }
}

/// <summary>A running process of the command, whose lines can be waited for.</summary>
internal sealed class CliProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _text = new();
    private readonly Lock _gate = new();
    private readonly List<(string Part, TaskCompletionSource<string> Seen)> _waiting = [];

    private CliProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>Everything it said so far.</summary>
    public string Text
    {
        get
        {
            lock (_gate)
            {
                return _text.ToString();
            }
        }
    }

    public static CliProcess Start(params string[] arguments) => new(Cli.Start(arguments));

    /// <summary>Waits for a line that holds <paramref name="part"/>; a process that ends without one has failed.</summary>
    public async Task<string> SaysAsync(string part)
    {
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_text.ToString().Split('\n').FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal)) is { } line)
            {
                return line;
            }

            _waiting.Add((part, seen));
        }

        Task ended = _process.WaitForExitAsync();
        await Task.WhenAny(seen.Task, ended).WaitAsync(Cli.Patience);
        return seen.Task.IsCompleted ? await seen.Task : throw new InvalidOperationException($"process {Id} ended without saying '{part}':\n{Text}");
    }

    /// <summary>As <c>kill -9</c> does; returns when it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Cli.Patience);
    }

    /// <summary>Ends its input, which nodes that were told so take as the wish to stop.</summary>
    public async Task<int> EndInputAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Cli.Patience);
        return _process.ExitCode;
    }

    /// <summary>Asks it to end as a service manager does.</summary>
    public async Task<int> TerminateAsync()
    {
        const int Sigterm = 15;
        Assert.Equal(0, SendSignal(Id, Sigterm));
        await _process.WaitForExitAsync().WaitAsync(Cli.Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            _text.Append(line).Append('\n');
            foreach ((string part, TaskCompletionSource<string> seen) in _waiting)
            {
                if (line.Contains(part, StringComparison.Ordinal))
                {
                    seen.TrySetResult(line);
                }
            }
        }
    }
}
