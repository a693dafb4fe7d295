using System.Text.Json;

namespace ActorPhysics.Cli.Tests;

/// <summary>Recorded histories, judged by the command.</summary>
public sealed class CheckCommandTests : IDisposable
{
    private const string Fresh = """
        {"index":0,"process":0,"type":"invoke","f":"write","value":1}
        {"index":1,"process":0,"type":"ok","f":"write","value":1}
        {"index":2,"process":0,"type":"invoke","f":"write","value":2}
        {"index":3,"process":0,"type":"ok","f":"write","value":2}
        {"index":4,"process":1,"type":"invoke","f":"read","value":null}
        {"index":5,"process":1,"type":"ok","f":"read","value":2}

        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("actorphysics-check-");

    [Fact]
    public async Task A_history_that_holds_ends_with_0()
    {
        CliResult result = await Cli.RunAsync("check", "--model", "register", Write("fresh.jsonl", Fresh));

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.StartsWith("holds: 3 operations", result.Output, StringComparison.Ordinal);
        Assert.Contains("linearizable: holds", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stale_read_ends_with_1_and_names_the_operations()
    {
        string stale = Write("stale", Fresh.Replace("\"f\":\"read\",\"value\":2", "\"f\":\"read\",\"value\":1"));

        CliResult result = await Cli.RunAsync("check", "--model", "register", stale);
        CliResult data = await Cli.RunAsync("check", "--model", "register", "--json", "--level", "linearizable", stale);

        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("read -> 1 (#4)", result.Output, StringComparison.Ordinal);
        Assert.Contains("write 2 (#2)", result.Output, StringComparison.Ordinal);
        Assert.Contains("sequential: holds", result.Output, StringComparison.Ordinal);
        Assert.Equal(1, data.ExitCode);
        JsonElement report = JsonDocument.Parse(data.Output).RootElement;
        Assert.Equal("violated", report.GetProperty("levels").GetProperty("linearizable").GetString());
        Assert.Equal([0, 2, 4], report.GetProperty("anomalies")[0].GetProperty("operations").EnumerateArray().Select(operation => operation.GetInt32()));
    }

    [Theory]
    [InlineData("broken.jsonl", Fresh + "{\"process\":", "line 7: ")]
    [InlineData("broken.edn", "{:process 0 :type :invoke :f :read}\n{:process 0 :type :done :f :read}\n", "line 2: ")]
    [InlineData("strange.jsonl", Fresh + """{"process":1,"type":"invoke","f":"increment"}""", "line 7: ")]
    [InlineData("orphan.jsonl", """{"process":1,"type":"ok","f":"read"}""", "line 1: ")]
    public async Task What_is_no_history_ends_with_3_and_tells_the_line(string name, string content, string error)
    {
        CliResult result = await Cli.RunAsync("check", "--model", "register", Write(name, content));

        Assert.True(result.ExitCode == 3, result.ToString());
        Assert.StartsWith("error: " + error, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_ends_with_3_and_a_wrong_command_line_with_64()
    {
        CliResult missing = await Cli.RunAsync("check", "--model", "kv", Path.Combine(_folder.FullName, "none.edn"));
        CliResult level = await Cli.RunAsync("check", "--model", "set", "--level", "psychic", Write("set.edn", ""));
        CliResult option = await Cli.RunAsync("check", "--model", "set", "--levle", "linearizable", Write("set.edn", ""));

        Assert.Equal(3, missing.ExitCode);
        Assert.Contains("none.edn", missing.FirstError, StringComparison.Ordinal);
        Assert.Equal(64, level.ExitCode);
        Assert.Equal(64, option.ExitCode);
        Assert.Contains("linearizable", level.FirstError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Independent_objects_are_judged_one_by_one()
    {
        const string Two = """
            {:index 0, :process 0, :type :invoke, :f :write, :value [7 1]}
            {:index 1, :process 0, :type :ok, :f :write, :value [7 1]}
            {:index 2, :process 1, :type :invoke, :f :write, :value [8 2]}
            {:index 3, :process 1, :type :ok, :f :write, :value [8 2]}
            {:index 4, :process 2, :type :invoke, :f :cas, :value [8 [2 3]]}
            {:index 5, :process 2, :type :ok, :f :cas, :value [8 [2 3]]}
            {:index 6, :process 3, :type :invoke, :f :read, :value [7 nil]}
            {:index 7, :process 3, :type :ok, :f :read, :value [7 1]}
            {:index 8, :process 3, :type :invoke, :f :read, :value [8 nil]}
            {:index 9, :process 3, :type :ok, :f :read, :value [8 3]}

            """;
        CliResult holds = await Cli.RunAsync("check", "--model", "register", "--independent", Write("two.edn", Two));
        CliResult stale = await Cli.RunAsync("check", "--model", "register", "--independent", Write("stale.edn", Two.Replace("[8 3]", "[8 2]", StringComparison.Ordinal)));
        CliResult bare = await Cli.RunAsync("check", "--model", "register", "--independent", Write("bare.jsonl", Fresh));

        Assert.True(holds.ExitCode == 0, holds.ToString());
        Assert.True(stale.ExitCode == 1, stale.ToString());
        Assert.Contains("key 8:", stale.Output, StringComparison.Ordinal);
        Assert.Contains("(#8)", stale.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("key 7:", stale.Output, StringComparison.Ordinal);
        Assert.True(bare.ExitCode == 3, bare.ToString());
        Assert.Contains("no pair of a key and a value", bare.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_exceeds_the_memory_is_undecided_and_ends_with_2()
    {
        CliResult result = await Cli.RunAsync("check", "--model", "register", "--memory", "0", Write("fresh.jsonl", Fresh));

        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains("memory", result.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(string name, string content)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }
}
