using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json.Serialization;
using ActorPhysics.Actors.StateMachines;

namespace ActorPhysics.Samples.Banking;

// What can be asked of the bank. Plain records: they travel as JSON, and only the types that are named here can be read back.

[JsonDerivedType(typeof(OpenAccount), "open")]
[JsonDerivedType(typeof(Transfer), "transfer")]
internal abstract record BankCommand;

/// <summary>Opens an account with a first deposit.</summary>
internal sealed record OpenAccount(int Account, long Cents) : BankCommand;

/// <summary>Moves money from one account to another.</summary>
internal sealed record Transfer(TransferId Id, int From, int To, long Cents) : BankCommand;

/// <summary>Who ordered a transfer, and the how-manieth of theirs it is.</summary>
internal readonly record struct TransferId(int Teller, int Number)
{
    public override string ToString() => $"{Teller}/{Number}";
}

internal enum BankResult
{
    None = 0,
    Done = 1,
    NoSuchAccount = 2,
    AccountExists = 3,
    BalanceTooLow = 4,
    BadAmount = 5,
}

/// <summary>Asks for the balances and for one page of the ledger.</summary>
internal sealed record AuditQuery(int FromEntry)
{
    public const int PageEntries = 20_000;
}

internal sealed record AuditPage(ImmutableSortedDictionary<int, long> Balances, int LedgerEntries, ImmutableArray<Transfer> Page);

/// <summary>Everything that the bank knows. Immutable, so a snapshot of it costs nothing and disturbs nobody.</summary>
/// <param name="Balances">In cents, by account.</param>
/// <param name="Ledger">Every transfer that took place, in the order in which it did.</param>
internal sealed record Books(ImmutableSortedDictionary<int, long> Balances, ImmutableList<Transfer> Ledger)
{
    public static Books Empty { get; } = new(ImmutableSortedDictionary<int, long>.Empty, ImmutableList<Transfer>.Empty);
}

/// <summary>
/// The bank: an ordinary class without a lock, a file, a socket or a retry. ActorPhysics runs it on every replica and makes it behave like
/// one object that does not crash. It does not even look for repeated transfers: that each is applied once is the runtime's business, and
/// the ledger would show it if it were not.
/// </summary>
internal sealed class Bank : StateMachine<BankCommand, BankResult, AuditQuery, AuditPage>
{
    private Books _books = Books.Empty;

    public override BankResult Apply(in ApplyContext context, BankCommand command) => command switch
    {
        OpenAccount open => Open(open),
        Transfer transfer => Move(transfer),
        _ => throw new UnreachableException($"no rule for {command.GetType().Name}"),
    };

    public override AuditPage Query(AuditQuery query)
    {
        int from = Math.Clamp(query.FromEntry, 0, _books.Ledger.Count);
        int count = Math.Min(AuditQuery.PageEntries, _books.Ledger.Count - from);
        return new AuditPage(_books.Balances, _books.Ledger.Count, [.. _books.Ledger.GetRange(from, count)]);
    }

    public override IStateCapture Capture() => StateCapture.Json(_books);

    public override void Restore(Stream snapshot) => _books = StateCapture.ReadJson<Books>(snapshot);

    private BankResult Open(OpenAccount open)
    {
        if (open.Cents < 0)
        {
            return BankResult.BadAmount;
        }

        if (_books.Balances.ContainsKey(open.Account))
        {
            return BankResult.AccountExists;
        }

        _books = _books with { Balances = _books.Balances.Add(open.Account, open.Cents) };
        return BankResult.Done;
    }

    private BankResult Move(Transfer transfer)
    {
        if (transfer.Cents <= 0 || transfer.From == transfer.To)
        {
            return BankResult.BadAmount;
        }

        if (!_books.Balances.TryGetValue(transfer.From, out long source) || !_books.Balances.TryGetValue(transfer.To, out long target))
        {
            return BankResult.NoSuchAccount;
        }

        if (source < transfer.Cents)
        {
            return BankResult.BalanceTooLow;
        }

        _books = new Books(
            _books.Balances.SetItem(transfer.From, source - transfer.Cents).SetItem(transfer.To, target + transfer.Cents),
            _books.Ledger.Add(transfer));
        return BankResult.Done;
    }
}
