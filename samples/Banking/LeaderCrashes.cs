using System.Diagnostics;

namespace ActorPhysics.Samples.Banking;

/// <summary>One crash of the leading node.</summary>
/// <param name="Leader">Who led when it was crashed.</param>
/// <param name="Successor">Who led next.</param>
/// <param name="At">A time stamp of <see cref="Stopwatch"/>.</param>
internal sealed record Crash(Leadership Leader, Leadership Successor, long At);

/// <summary>Crashes the leading node again and again while money moves, and starts it from its data folder a little later.</summary>
internal sealed class LeaderCrashes(BankCluster cluster, TimeSpan duration)
{
    private const double SecondsPerCrash = 6;
    private const int FewestCrashes = 2;

    public List<Crash> Crashes { get; } = [];

    public async Task RunAsync(Action<string> tell)
    {
        int count = Math.Max(FewestCrashes, (int)(duration.TotalSeconds / SecondsPerCrash));
        TimeSpan share = duration / count;
        for (int i = 0; i < count; i++)
        {
            tell("transferring money");
            await Task.Delay(share / 2);
            Leadership leader = await cluster.WaitForLeaderAsync();
            tell($"vault-{leader.Node.Value}, the leader, is crashed");
            long at = Stopwatch.GetTimestamp();
            await cluster.CrashAsync(leader.Node);
            Leadership successor = await cluster.WaitForLeaderAsync();
            Crashes.Add(new Crash(leader, successor, at));
            tell($"vault-{successor.Node.Value} leads, vault-{leader.Node.Value} is down");
            await Task.Delay(share / 4);
            tell($"vault-{leader.Node.Value} starts again from its data folder");
            await cluster.StartAsync(leader.Node);
            await Task.Delay(share / 4);
        }
    }
}
