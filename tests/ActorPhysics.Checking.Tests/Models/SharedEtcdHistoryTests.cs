using ActorPhysics.Checking.Histories;
using ActorPhysics.Checking.Models;
using Xunit.Abstractions;

namespace ActorPhysics.Checking.Tests.Models;

/// <summary>
/// Holds verdicts against those of Porcupine for histories that Jepsen recorded of etcd, where a folder <c>shared/vectors</c> lies beside the
/// checkout or beside one of its parents. Nothing here depends on it: without the folder the test says so and ends.
/// </summary>
public sealed class SharedEtcdHistoryTests(ITestOutputHelper output)
{
    [Fact]
    public void Verdicts_agree_with_those_of_another_implementation()
    {
        string? folder = FindVectors();
        if (folder is null)
        {
            output.WriteLine("Not run: no shared/vectors/etcd-histories beside this checkout.");
            return;
        }

        string[][] expected = [.. File.ReadLines(Path.Combine(folder, "VERDICTS.tsv")).Select(line => line.Split('\t')).Where(fields => fields.Length >= 3)];
        foreach (string[] fields in expected)
        {
            CheckReport report = History.Check(
                "register",
                History.Read(File.ReadAllBytes(Path.Combine(folder, fields[0])), HistoryFormat.Json),
                new CheckOptions { Level = "linearizable", FailedCompareAndSet = FailedCompareAndSet.Compared });

            Assert.Equal((fields[0], fields[2] == "true" ? Verdict.Holds : Verdict.Violated), (fields[0], report.Verdict));
        }

        output.WriteLine($"{expected.Length} histories judged.");
        Assert.NotEmpty(expected);
    }

    private static string? FindVectors()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "vectors", "etcd-histories");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
