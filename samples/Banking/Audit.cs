using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using ActorPhysics.Client;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Samples.Banking;

/// <summary>One statement about the bank and whether it holds.</summary>
internal sealed record Finding(string Statement, bool Holds, string Detail);

/// <summary>
/// Compares what the tellers were told with what the bank's books say, the replicas with each other, and the certificates with the group's
/// configuration. It trusts nothing but the receipts and the configuration.
/// </summary>
internal sealed class Audit(BankCluster cluster, BankClient bank, IReadOnlyList<Teller> tellers, int accounts)
{
    public const long OpeningCents = 1_000_00;

    private readonly List<Reply<AuditPage>> _reads = [];

    public async Task<ImmutableArray<Finding>> RunAsync()
    {
        (ImmutableSortedDictionary<int, long> balances, List<Transfer> ledger) = await ReadBooksAsync();
        return
        [
            MoneyIsConserved(balances),
            BalancesFollowFromLedger(balances, ledger),
            .. TransfersAreAccountedFor(ledger),
            await ReplicasAreEqualAsync(),
            await ReplicasAreInServiceAsync(),
            CommitCertificatesHold(),
            ReadCertificatesHold(),
        ];
    }

    private async Task<(ImmutableSortedDictionary<int, long> Balances, List<Transfer> Ledger)> ReadBooksAsync()
    {
        // A transfer of unknown outcome may still take place between two pages: whoever reads on until a page adds nothing has the balances
        // and the ledger of one and the same moment.
        var ledger = new List<Transfer>();
        while (true)
        {
            Reply<AuditPage> reply = await bank.QueryAsync(new AuditQuery(ledger.Count));
            _reads.Add(reply);
            ledger.AddRange(reply.Result.Page);
            if (ledger.Count == reply.Result.LedgerEntries)
            {
                return (reply.Result.Balances, ledger);
            }
        }
    }

    private Finding MoneyIsConserved(ImmutableSortedDictionary<int, long> balances)
    {
        long expected = accounts * OpeningCents;
        long found = balances.Values.Sum();
        return new Finding(
            "money is conserved",
            found == expected && balances.Count == accounts,
            $"{Money(found)} of {Money(expected)} in {balances.Count} accounts");
    }

    private Finding BalancesFollowFromLedger(ImmutableSortedDictionary<int, long> balances, List<Transfer> ledger)
    {
        long[] expected = Enumerable.Repeat(OpeningCents, accounts).ToArray();
        foreach (Transfer transfer in ledger)
        {
            expected[transfer.From] -= transfer.Cents;
            expected[transfer.To] += transfer.Cents;
        }

        int wrong = balances.Count(account => account.Key >= accounts || account.Value != expected[account.Key] || account.Value < 0);
        return new Finding("balances follow from the ledger", wrong == 0, wrong == 0 ? $"{ledger.Count:N0} entries" : $"{wrong} balances do not");
    }

    private IEnumerable<Finding> TransfersAreAccountedFor(List<Transfer> ledger)
    {
        ILookup<TransferId, Transfer> entries = ledger.ToLookup(transfer => transfer.Id);
        ILookup<Fate, Receipt> receipts = tellers.SelectMany(teller => teller.Receipts).ToLookup(receipt => receipt.Fate);
        Receipt[] Wrong(Fate fate, Func<int, bool> mayAppear) =>
        [
            .. receipts[fate].Where(receipt =>
                !mayAppear(entries[receipt.Transfer.Id].Count()) || entries[receipt.Transfer.Id].Any(entry => entry != receipt.Transfer)),
        ];

        yield return Of("acknowledged transfers: once each", Wrong(Fate.Acknowledged, times => times == 1), receipts[Fate.Acknowledged].Count());
        int settled = receipts[Fate.Unknown].Count(receipt => entries[receipt.Transfer.Id].Any());
        yield return Of(
            "unknown outcomes: at most once", Wrong(Fate.Unknown, times => times <= 1), receipts[Fate.Unknown].Count(), $", {settled:N0} did");
        yield return Of("refused transfers: never", Wrong(Fate.Refused, times => times == 0), receipts[Fate.Refused].Count());
        yield return Of("turned away transfers: never", Wrong(Fate.NotTaken, times => times == 0), receipts[Fate.NotTaken].Count());

        int known = receipts.SelectMany(group => group).Count(receipt => entries[receipt.Transfer.Id].Any());
        yield return new Finding("nothing that nobody ordered", known == entries.Count, $"{entries.Count:N0} transfers");
    }

    private static Finding Of(string statement, Receipt[] wrong, int all, string more = "") => new(
        statement,
        wrong.Length == 0,
        wrong.Length == 0 ? $"{all:N0}{more}" : $"{wrong.Length:N0} of {all:N0} are wrong, for instance {wrong[0].Transfer.Id}");

    private async Task<Finding> ReplicasAreEqualAsync()
    {
        ImmutableArray<(LogIndex At, byte[] State)> states = await cluster.ReadStatesAsync();
        bool equal = states.All(state => state.State.AsSpan().SequenceEqual(states[0].State));
        string hash = Convert.ToHexStringLower(SHA256.HashData(states[0].State).AsSpan(0, 6));
        return new Finding(
            "replicas equal, byte for byte",
            equal,
            $"{states.Length} × {states[0].State.Length:N0} bytes at index {states[0].At}, SHA-256 {hash}…");
    }

    private async Task<Finding> ReplicasAreInServiceAsync()
    {
        ImmutableArray<(LeaderEpoch Epoch, ReplicaStatus Replica)> replicas = await cluster.ReplicasAsync();
        bool inService = replicas.All(item => item.Replica.Role is ReplicaRole.Leader or ReplicaRole.Follower);
        string roles = string.Join(", ", replicas.Select(item => $"vault-{item.Replica.Node.Value}: {item.Replica.Role}{Reason(item.Replica)}"));
        return new Finding("every replica in service again", inService, roles);

        static string Reason(ReplicaStatus replica) => replica.StoppedBecause.Length > 0 ? $" ({replica.StoppedBecause})" : "";
    }

    private Finding CommitCertificatesHold()
    {
        Reply<BankResult>[] samples = [.. tellers.SelectMany(teller => teller.Samples)];
        int held = samples.Count(reply => reply.ProvesItsCommit(cluster.Configuration));
        return new Finding(
            "commit certificates hold", held == samples.Length && held > 0, $"{held:N0} of {samples.Length:N0}, by {cluster.Configuration.Quorums}");
    }

    private Finding ReadCertificatesHold()
    {
        int held = _reads.Count(reply => reply.TryProve(cluster.Configuration) is ReadCertificate);
        return new Finding("read certificates hold", held == _reads.Count, $"{held} of {_reads.Count}");
    }

    private static string Money(long cents) => (cents / 100m).ToString("N2", CultureInfo.InvariantCulture);
}
