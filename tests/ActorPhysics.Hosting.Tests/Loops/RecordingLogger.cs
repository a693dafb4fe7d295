using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ActorPhysics.Hosting.Tests.Loops;

/// <summary>Keeps what is logged, and lets a test wait for a line.</summary>
internal sealed class RecordingLogger : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Line)> _lines = new();
    private readonly SemaphoreSlim _logged = new(0);

    public IReadOnlyCollection<(LogLevel Level, string Line)> Lines => _lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue((logLevel, formatter(state, exception)));
        _logged.Release();
    }

    public int Count(string part) => _lines.Count(line => line.Line.Contains(part, StringComparison.Ordinal));

    /// <summary>Waits until a line holds <paramref name="part"/>.</summary>
    public async Task SeesAsync(string part)
    {
        using var deadline = new CancellationTokenSource(Deadline.Long);
        while (Count(part) == 0)
        {
            await _logged.WaitAsync(deadline.Token);
        }
    }
}

/// <summary>How long a test waits for what must happen: far longer than it ever takes.</summary>
internal static class Deadline
{
    public static TimeSpan Long => TimeSpan.FromSeconds(30);

    public static Task Within(this Task task) => task.WaitAsync(Long);

    public static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Long);
}
