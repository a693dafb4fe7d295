using System.Collections.Immutable;
using System.Diagnostics;
using ActorPhysics.Client;
using Spectre.Console;

namespace ActorPhysics.Samples.Banking;

/// <summary>How the demonstration runs.</summary>
/// <param name="Tellers">How many order transfers at the same time.</param>
/// <param name="Seed">Decides which transfers they order.</param>
/// <param name="Folder">The new folder for the nodes' data.</param>
internal sealed record DemonstrationPlan(TimeSpan Duration, int Tellers, int Accounts, int Seed, string Folder);

/// <summary>Opens the bank, lets tellers transfer money while the leader crashes, then audits.</summary>
internal sealed class Demonstration(DemonstrationPlan plan)
{
    private const int TellersPerBranch = 8;
    private const int ImpatientEvery = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Shorter than an election: these give up in the middle of a fail-over, and then nobody knows what became of their transfer.
    private static readonly TimeSpan LittlePatience = TimeSpan.FromMilliseconds(200);

    /// <returns>Whether the audit found everything in order.</returns>
    public async Task<bool> RunAsync()
    {
        await using BankCluster cluster = await BankCluster.StartAsync(plan.Folder);
        var branches = new List<ActorPhysicsClient>();
        try
        {
            for (int i = 0; i < (plan.Tellers + TellersPerBranch - 1) / TellersPerBranch; i++)
            {
                var options = new ClientOptions { Nodes = cluster.Addresses, Name = $"branch-{i + 1}" };
                branches.Add(await ActorPhysicsClient.ConnectAsync(options));
            }

            return await RunAsync(cluster, [.. branches.Select(branch => new BankClient(branch, BankCluster.Group))]);
        }
        finally
        {
            foreach (ActorPhysicsClient branch in branches)
            {
                await branch.DisposeAsync();
            }
        }
    }

    private async Task<bool> RunAsync(BankCluster cluster, ImmutableArray<BankClient> branches)
    {
        Leadership leader = await cluster.WaitForLeaderAsync();
        AnsiConsole.WriteLine(
            $"Three nodes run, vault-{leader.Node.Value} leads. {plan.Tellers} tellers in {branches.Length} branches share {plan.Accounts} accounts.");
        await OpenAccountsAsync(branches[0]);

        Teller[] tellers =
        [
            .. Enumerable.Range(0, plan.Tellers)
                .Select(number => new Teller(number, branches[number % branches.Length], plan.Accounts, plan.Seed, PatienceOf(number))),
        ];
        var crashes = new LeaderCrashes(cluster, plan.Duration);
        long began = Stopwatch.GetTimestamp();
        await AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .StartAsync(progress => TransferAsync(tellers, crashes, progress.AddTask("transferring money", maxValue: plan.Duration.TotalSeconds)))
            ;
        TimeSpan duration = Stopwatch.GetElapsedTime(began);

        AnsiConsole.WriteLine("The tellers have gone home. Auditing …");
        ImmutableArray<Finding> findings = await new Audit(cluster, branches[0], tellers, plan.Accounts).RunAsync();
        Report.Print(tellers, crashes.Crashes, duration, findings);
        return findings.All(finding => finding.Holds);
    }

    private static TimeSpan PatienceOf(int teller) => teller % ImpatientEvery == ImpatientEvery - 1 ? LittlePatience : Patience;

    private async Task OpenAccountsAsync(BankClient bank)
    {
        IEnumerable<Task<Reply<BankResult>>> openings = Enumerable.Range(0, plan.Accounts)
            .Select(account => bank.ApplyAsync(new OpenAccount(account, Audit.OpeningCents), Patience).AsTask());
        foreach (Reply<BankResult> reply in await Task.WhenAll(openings))
        {
            if (reply.Result != BankResult.Done)
            {
                throw new InvalidDataException($"an account could not be opened: {reply.Result}");
            }
        }
    }

    private static async Task TransferAsync(Teller[] tellers, LeaderCrashes crashes, ProgressTask bar)
    {
        using var closing = new CancellationTokenSource();
        Task[] work = [.. tellers.Select(teller => Task.Run(() => teller.WorkAsync(closing.Token), CancellationToken.None))];
        long began = Stopwatch.GetTimestamp();
        Task trouble = crashes.RunAsync(text => bar.Description = text);
        while (!trouble.IsCompleted)
        {
            bar.Value = Math.Min(bar.MaxValue, Stopwatch.GetElapsedTime(began).TotalSeconds);
            await Task.WhenAny(trouble, Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None));
        }

        await closing.CancelAsync();
        await Task.WhenAll([trouble, .. work]);
        bar.Value = bar.MaxValue;
        bar.Description = "the bank has closed";
    }
}
