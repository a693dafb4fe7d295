using ActorPhysics.Checking.Causal;
using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Isolation;
using Xunit.Abstractions;

namespace ActorPhysics.Checking.Tests.Causal;

/// <summary>Holds the weak levels against the verdicts of lassemoldrup/AWDIT on its own cases, where they lie beside the checkout.</summary>
public sealed class SharedWeakVectorTests(ITestOutputHelper output)
{
    [Fact]
    public void Verdicts_agree_with_those_of_another_checker()
    {
        string? folder = SharedVectors.Find("weak");
        if (folder is null)
        {
            output.WriteLine("Not run: no shared/vectors/weak beside this checkout.");
            return;
        }

        int judged = 0;
        foreach (string line in File.ReadLines(Path.Combine(folder, "VERDICTS.tsv")).Where(line => line.Length > 0))
        {
            string[] fields = line.Split('\t');
            string text = File.ReadAllText(Path.Combine(folder, fields[0]));
            Assert.True(PlainTransactions.TryRead(text, out IReadOnlyList<Operation> operations, out HistoryFault? fault), fault?.ToString());
            CausalReport report = CausalChecker.Check(TransactionParser.Parse(operations, TransactionObjects.Registers, out _)!);
            foreach (string[] verdict in fields[1..].Select(field => field.Split('=')))
            {
                Assert.True(CausalLevels.TryParse(verdict[0], out CausalLevel level), verdict[0]);
                Verdict expected = bool.Parse(verdict[1]) ? Verdict.Holds : Verdict.Violated;
                Assert.Equal((fields[0], level, expected), (fields[0], level, report.Judge(level)));
                judged++;
            }
        }

        output.WriteLine($"{judged} verdicts judged.");
        Assert.True(judged >= 60, $"only {judged} verdicts were judged");
    }
}
