using System.Diagnostics;
using ActorPhysics.Client;

namespace ActorPhysics.Samples.Banking;

/// <summary>What a teller knows of one of its transfers.</summary>
internal enum Fate
{
    /// <summary>The bank said that it is done.</summary>
    Acknowledged,

    /// <summary>The bank said no: the balance was too low.</summary>
    Refused,

    /// <summary>It was sent, and nobody can tell what became of it: it took place once or not at all.</summary>
    Unknown,

    /// <summary>It was turned away before it reached the log: it did not take place.</summary>
    NotTaken,
}

/// <summary>One transfer as its teller remembers it.</summary>
/// <param name="EndedAt">A time stamp of <see cref="Stopwatch"/>.</param>
internal readonly record struct Receipt(Transfer Transfer, Fate Fate, long EndedAt, TimeSpan Latency);

/// <summary>
/// Orders one transfer after another and writes down what it was told. It never repeats a transfer under a new number: the client repeats
/// what was not answered by itself, within its session, and what it cannot settle in time it reports as unknown.
/// </summary>
internal sealed class Teller(int number, BankClient bank, int accounts, int seed, TimeSpan patience)
{
    private const int MostCents = 200_00;
    private const int SampleEvery = 32;

    private readonly Random _random = new(unchecked((seed * 7919) + number));

    public List<Receipt> Receipts { get; } = [];

    /// <summary>Replies that are kept to have their certificates proven again.</summary>
    public List<Reply<BankResult>> Samples { get; } = [];

    public async Task WorkAsync(CancellationToken closing)
    {
        while (!closing.IsCancellationRequested)
        {
            long began = Stopwatch.GetTimestamp();
            Transfer transfer = NextTransfer();
            Fate fate = await OrderAsync(transfer);
            Receipts.Add(new Receipt(transfer, fate, Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(began)));
        }
    }

    private async Task<Fate> OrderAsync(Transfer transfer)
    {
        try
        {
            Reply<BankResult> reply = await bank.ApplyAsync(transfer, patience);
            if (Receipts.Count % SampleEvery == 0)
            {
                Samples.Add(reply);
            }

            return reply.Result switch
            {
                BankResult.Done => Fate.Acknowledged,
                BankResult.BalanceTooLow => Fate.Refused,
                _ => throw new InvalidDataException($"transfer {transfer.Id} was answered with {reply.Result}"),
            };
        }
        catch (RequestException failure)
        {
            return failure.MayHaveTakenEffect ? Fate.Unknown : Fate.NotTaken;
        }
    }

    private Transfer NextTransfer()
    {
        int from = _random.Next(accounts);
        int to = (from + 1 + _random.Next(accounts - 1)) % accounts;
        return new Transfer(new TransferId(number, Receipts.Count), from, to, _random.Next(1, MostCents));
    }
}
