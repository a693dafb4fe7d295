using System.Collections.Frozen;
using ActorPhysics.Simulation.Plans;

namespace ActorPhysics.Simulation.Scenarios;

/// <summary>How each kind of fault is said: <c>at 1200ms crash n2 down 300ms</c>.</summary>
internal static class FaultPhrases
{
    private static readonly IFaultPhrase[] All =
    [
        Of("crash", at => new Crash(at, 0, default), phrase => phrase
            .First("node", TextForms.Target, f => f.Node, (f, v) => f with { Node = v })
            .Then("down", TextForms.Duration, f => f.Down, (f, v) => f with { Down = v })
            .Flag("later-version", f => f.Version == ProcessVersion.Later, (f, v) => f with { Version = ProcessVersion.Later })),
        Of("candidate-crash", at => new CandidateCrash(at, default, default, default), phrase => phrase
            .Then("after", TextForms.Duration, f => f.After, (f, v) => f with { After = v })
            .Then("down", TextForms.Duration, f => f.Down, (f, v) => f with { Down = v })
            .Then("within", TextForms.Duration, f => f.Within, (f, v) => f with { Within = v })),
        Of("pause", at => new Pause(at, 0, default, MidTurn: false), phrase => phrase
            .First("node", TextForms.Target, f => f.Node, (f, v) => f with { Node = v })
            .Then("for", TextForms.Duration, f => f.For, (f, v) => f with { For = v })
            .Flag("mid-turn", f => f.MidTurn, (f, v) => f with { MidTurn = v })),
        Of("partition", at => new Partition(at, 0, 0, BothWays: true, default), phrase => phrase
            .First("the nodes that are cut off", TextForms.NodeSet, f => f.From, (f, v) => f with { From = v })
            .Then("from", TextForms.NodeSet, f => f.To, (f, v) => f with { To = v })
            .Then("for", TextForms.Duration, f => f.For, (f, v) => f with { For = v })
            .Flag("one-way", f => !f.BothWays, (f, v) => f with { BothWays = !v })
            .Flag("noticed", f => f.Noticed, (f, v) => f with { Noticed = v })),
        Of("slow-link", at => new SlowLink(at, 0, 0, default, 0, default), phrase => phrase
            .First("node", TextForms.Node, f => f.From, (f, v) => f with { From = v })
            .Then("to", TextForms.Node, f => f.To, (f, v) => f with { To = v })
            .Then("extra", TextForms.Duration, f => f.Extra, (f, v) => f with { Extra = v })
            .Then("drops", TextForms.PerMillion, f => f.DropsPerMillion, (f, v) => f with { DropsPerMillion = v })
            .Then("for", TextForms.Duration, f => f.For, (f, v) => f with { For = v })),
        Of("reconnect", at => new Reconnect(at, 0, 0), phrase => phrase
            .First("node", TextForms.Node, f => f.A, (f, v) => f with { A = v })
            .First("the other node", TextForms.Node, f => f.B, (f, v) => f with { B = v })),
        Of("full-disk", at => new FullDisk(at, 0, default), phrase => phrase
            .First("node", TextForms.Target, f => f.Node, (f, v) => f with { Node = v })
            .Then("for", TextForms.Duration, f => f.For, (f, v) => f with { For = v })),
        Of("slow-disk", at => new SlowDisk(at, 0, 1, default), phrase => phrase
            .First("node", TextForms.Target, f => f.Node, (f, v) => f with { Node = v })
            .Then("factor", TextForms.Count, f => f.Factor, (f, v) => f with { Factor = v })
            .Then("for", TextForms.Duration, f => f.For, (f, v) => f with { For = v })),
        Of("failed-sync", at => new FailedSync(at, 0, default), phrase => phrase
            .First("node", TextForms.Target, f => f.Node, (f, v) => f with { Node = v })
            .Then("down", TextForms.Duration, f => f.Down, (f, v) => f with { Down = v })),
        Of("damaged-journal", at => new DamagedJournal(at, 0, Misdirected: false, default), phrase => phrase
            .First("node", TextForms.Target, f => f.Node, (f, v) => f with { Node = v })
            .Then("down", TextForms.Duration, f => f.Down, (f, v) => f with { Down = v })
            .Flag("misdirected", f => f.Misdirected, (f, v) => f with { Misdirected = v })),
        Of("damaged-snapshot", at => new DamagedSnapshot(at, 0), phrase => phrase
            .First("node", TextForms.Target, f => f.Node, (f, v) => f with { Node = v })),
        Of("failing-snapshots", at => new FailingSnapshots(at, 0, default), phrase => phrase
            .First("node", TextForms.Target, f => f.Node, (f, v) => f with { Node = v })
            .Then("for", TextForms.Duration, f => f.For, (f, v) => f with { For = v })),
        Of("wall-jump", at => new WallJump(at, 0, default), phrase => phrase
            .First("node", TextForms.Target, f => f.Node, (f, v) => f with { Node = v })
            .Then("by", TextForms.Offset, f => f.By, (f, v) => f with { By = v })),
        Of("drift", at => new Drift(at, 0, 0), phrase => phrase
            .First("node", TextForms.Target, f => f.Node, (f, v) => f with { Node = v })
            .Then("rate", TextForms.ClockRate, f => f.PartsPerMillion, (f, v) => f with { PartsPerMillion = v })),
        Of("lull", at => new Lull(at, default), phrase => phrase
            .Then("for", TextForms.Duration, f => f.For, (f, v) => f with { For = v })),
        Of("transfer", at => new Transfer(at, 0), phrase => phrase
            .First("node", TextForms.Node, f => f.Node, (f, v) => f with { Node = v })),
        Of("change-members", at => new ChangeMembers(at, 0, default), phrase => phrase
            .Then("voters", TextForms.Nodes, f => f.Voters, (f, v) => f with { Voters = v })
            .Then("for", TextForms.Duration, f => f.For, (f, v) => f with { For = v })
            .Option("learners", TextForms.Nodes, f => f.Learners, (f, v) => f with { Learners = v })
            .Option("witnesses", TextForms.Nodes, f => f.Witnesses, (f, v) => f with { Witnesses = v })
            .Flag("outdated", f => f.Outdated, (f, v) => f with { Outdated = v })
            .Flag("same-names", f => f.SameNames, (f, v) => f with { SameNames = v })),
        Of("lying-disk", at => new LyingDisk(at, 0, default), phrase => phrase
            .First("node", TextForms.Target, f => f.Node, (f, v) => f with { Node = v })
            .Then("for", TextForms.Duration, f => f.For, (f, v) => f with { For = v })),
    ];

    private static readonly FrozenDictionary<string, IFaultPhrase> ByWord = All.ToFrozenDictionary(phrase => phrase.Word, StringComparer.Ordinal);
    private static readonly FrozenDictionary<Type, IFaultPhrase> ByType = All.ToFrozenDictionary(phrase => phrase.Type);

    private interface IFaultPhrase
    {
        string Word { get; }
        Type Type { get; }
        string Write(Fault fault);
        Fault Read(TimeSpan at, Words words);
    }

    public static IEnumerable<Type> Kinds => All.Select(phrase => phrase.Type);

    /// <summary>What the fault is called.</summary>
    public static string WordOf(Fault fault) => ByType[fault.GetType()].Word;

    public static string Write(Fault fault) => $"at {TextForms.Duration.Write(fault.At)} {ByType[fault.GetType()].Write(fault)}";

    /// <summary>What follows the word <c>at</c>.</summary>
    public static Fault Read(Words words)
    {
        TimeSpan at = TextForms.Duration.Read(words, "at");
        string word = words.Next("a fault");
        return ByWord.TryGetValue(word, out IFaultPhrase? phrase)
            ? phrase.Read(at, words)
            : throw words.Complaint($"'{word}' is no fault; known are {string.Join(", ", All.Select(known => known.Word))}");
    }

    private static FaultPhrase<TFault> Of<TFault>(string word, Func<TimeSpan, TFault> blank, Func<Phrase<TFault>, Phrase<TFault>> describe)
        where TFault : Fault => new(word, blank, describe(new Phrase<TFault>(complete: true)));

    private sealed class FaultPhrase<TFault>(string word, Func<TimeSpan, TFault> blank, Phrase<TFault> phrase) : IFaultPhrase
        where TFault : Fault
    {
        public string Word => word;
        public Type Type => typeof(TFault);
        public string Write(Fault fault) => $"{word} {phrase.Write((TFault)fault, blank(fault.At))}";
        public Fault Read(TimeSpan at, Words words) => phrase.Read(words, blank(at));
    }
}
