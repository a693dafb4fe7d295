using System.Collections.Immutable;
using ActorPhysics.Actors.StateMachines;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.Shrinking;
using ActorPhysics.Simulation.TestKit;

namespace ActorPhysics.Samples.Banking.Tests;

/// <summary>The bank as one object that does not crash, while its nodes do: tellers retry, and every cent stays where it belongs.</summary>
public sealed class BankSimulationTests
{
    private const int Accounts = 5;
    private const long OpeningCents = 1_000_00;
    private static readonly AuditQuery Balances = new(int.MaxValue);

    [Fact]
    public void Money_neither_appears_nor_vanishes_under_faults() => SimulationTest.Of(() => new Bank(), "bank")
        .Drawing(Order)
        .Asking((_, _, _) => Balances)
        .JudgedBy(ImmutableSortedDictionary<int, long>.Empty, Specified)
        .Always("the total is conserved", Balances, page => page.Balances.Values.Sum() == page.Balances.Count * OpeningCents)
        .Seeds(1, 12)
        .Run();

    [Fact]
    public void A_bank_that_comes_back_from_a_snapshot_without_its_books_is_found()
    {
        SimulationFailedException failure = Assert.Throws<SimulationFailedException>(() => SimulationTest.Of(() => new ForgetfulBank(), "forgetful-bank")
            .Drawing(Order)
            .Asking((_, _, _) => Balances)
            .With(plan => plan with { Options = plan.Options with { SnapshotEveryBytes = 1_000 } })
            .Shrinking(new ShrinkBudget(MostRuns: 20))
            .Seeds(1, 20)
            .Run());

        Assert.Contains("forgetful-bank", failure.Message, StringComparison.Ordinal);
    }

    private static BankCommand Order(SeededRandom random, int teller, ulong number)
    {
        int from = random.Below(Accounts);
        return random.OneIn(10)
            ? new OpenAccount(from, OpeningCents)
            : new Transfer(new TransferId(teller, (int)number), from, (from + 1 + random.Below(Accounts - 1)) % Accounts, random.Between(1, 600_00));
    }

    /// <summary>The bank's promise, without ledger, snapshots or replicas.</summary>
    private static (ImmutableSortedDictionary<int, long> State, BankResult Result) Specified(ImmutableSortedDictionary<int, long> balances, BankCommand command) => command switch
    {
        OpenAccount open when balances.ContainsKey(open.Account) => (balances, BankResult.AccountExists),
        OpenAccount open => (balances.Add(open.Account, open.Cents), BankResult.Done),
        Transfer move when !balances.ContainsKey(move.From) || !balances.ContainsKey(move.To) => (balances, BankResult.NoSuchAccount),
        Transfer move when balances[move.From] < move.Cents => (balances, BankResult.BalanceTooLow),
        Transfer move => (balances.SetItem(move.From, balances[move.From] - move.Cents).SetItem(move.To, balances[move.To] + move.Cents), BankResult.Done),
        _ => throw new ArgumentException($"{command} is no command of the bank", nameof(command)),
    };

    private sealed class ForgetfulBank : StateMachine<BankCommand, BankResult, AuditQuery, AuditPage>
    {
        private readonly Bank _bank = new();

        public override BankResult Apply(in ApplyContext context, BankCommand command) => _bank.Apply(context, command);

        public override AuditPage Query(AuditQuery query) => _bank.Query(query);

        public override IStateCapture Capture() => _bank.Capture();

        public override void Restore(Stream snapshot)
        {
            // The new bank opens with empty books.
        }
    }
}
