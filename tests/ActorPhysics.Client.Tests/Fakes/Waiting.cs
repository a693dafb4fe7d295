using System.Text;

namespace ActorPhysics.Client.Tests.Fakes;

internal static class Waiting
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Waits for a task that must end soon; a hang is a failure, not a stuck run.</summary>
    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Patience);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Patience);

    public static Task Soon(this Task task) => task.WaitAsync(Patience);

    /// <summary>Waits for a condition, with a deadline.</summary>
    public static async Task Until(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public static ValueTask<Reply<ReadOnlyMemory<byte>>> WriteText(
        this ActorPhysicsClient client, string command, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        client.WriteAsync(FakeCluster.Group, Encoding.UTF8.GetBytes(command), timeout, cancellation);

    public static ValueTask<Reply<ReadOnlyMemory<byte>>> ReadText(this ActorPhysicsClient client, string query, ReadLevel level = default, TimeSpan? timeout = null) =>
        client.ReadAsync(FakeCluster.Group, Encoding.UTF8.GetBytes(query), level, timeout);

    public static string Text(this Reply<ReadOnlyMemory<byte>> reply) => Encoding.UTF8.GetString(reply.Result.Span);
}
