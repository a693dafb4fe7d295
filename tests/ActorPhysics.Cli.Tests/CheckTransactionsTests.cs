using System.Text.Json;

namespace ActorPhysics.Cli.Tests;

/// <summary>Histories of transactions, sessions and replicas, judged by the command.</summary>
public sealed class CheckTransactionsTests : IDisposable
{
    private const string TwoWithdrawals = """
        {"index":0,"process":0,"type":"invoke","f":"txn","value":[["append","account",100]]}
        {"index":1,"process":0,"type":"ok","f":"txn","value":[["append","account",100]]}
        {"index":2,"process":1,"type":"invoke","f":"txn","value":[["r","account",null],["append","account",-70]]}
        {"index":3,"process":2,"type":"invoke","f":"txn","value":[["r","account",null],["append","account",-80]]}
        {"index":4,"process":1,"type":"ok","f":"txn","value":[["r","account",[100]],["append","account",-70]]}
        {"index":5,"process":2,"type":"ok","f":"txn","value":[["r","account",[100, -70]],["append","account",-80]]}
        {"index":6,"process":0,"type":"invoke","f":"txn","value":[["r","account",null]]}
        {"index":7,"process":0,"type":"ok","f":"txn","value":[["r","account",[100,-70,-80]]]}

        """;

    private const string Comments = """
        {:index 0, :process 0, :type :invoke, :f :write, :key "lost my ring", :value 1}
        {:index 1, :process 0, :type :ok, :f :write, :key "lost my ring", :value 1}
        {:index 2, :process 1, :type :invoke, :f :read, :key "lost my ring", :value nil}
        {:index 3, :process 1, :type :ok, :f :read, :key "lost my ring", :value 1}
        {:index 4, :process 1, :type :invoke, :f :write, :key "sorry to hear", :value 2}
        {:index 5, :process 1, :type :ok, :f :write, :key "sorry to hear", :value 2}
        {:index 6, :process 2, :type :invoke, :f :read, :key "sorry to hear", :value nil}
        {:index 7, :process 2, :type :ok, :f :read, :key "sorry to hear", :value 2}
        {:index 8, :process 2, :type :invoke, :f :read, :key "lost my ring", :value nil}
        {:index 9, :process 2, :type :ok, :f :read, :key "lost my ring", :value 1}

        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("actorphysics-check-");

    [Fact]
    public async Task A_history_edited_to_lose_an_update_ends_with_1_and_names_the_transactions()
    {
        string edited = TwoWithdrawals.Replace("[100, -70]", "[100]", StringComparison.Ordinal);

        CliResult held = await Cli.RunAsync("check", "--model", "list-append", Write("bank.jsonl", TwoWithdrawals));
        CliResult violated = await Cli.RunAsync("check", "--model", "list-append", Write("lost.jsonl", edited));

        Assert.True(held.ExitCode == 0, held.ToString());
        Assert.Contains("strict-serializable: holds", held.Output, StringComparison.Ordinal);
        Assert.True(violated.ExitCode == 1, violated.ToString());
        Assert.Contains("lost-update (operations invoked at 2, 3)", violated.Output, StringComparison.Ordinal);
        Assert.Contains("T3 (process 2, committed): r account [100], append account -80", violated.Output, StringComparison.Ordinal);
        Assert.Contains("strongest level that holds: causal", violated.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read-committed", 0)]
    [InlineData("snapshot-isolation", 1)]
    public async Task A_level_that_is_asked_for_decides_the_exit_code(string level, int exitCode)
    {
        string edited = TwoWithdrawals.Replace("[100, -70]", "[100]", StringComparison.Ordinal);

        CliResult result = await Cli.RunAsync("check", "--model", "list-append", "--level", level, "--json", Write("lost.jsonl", edited));

        Assert.True(result.ExitCode == exitCode, result.ToString());
        JsonElement report = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(exitCode == 0, report.GetProperty("levels").GetProperty(level).GetString() == "holds");
        Assert.Equal(exitCode != 0, report.GetProperty("anomalies").GetArrayLength() > 0);
    }

    [Fact]
    public async Task A_history_edited_to_reverse_causes_ends_with_1_and_names_the_operations()
    {
        string edited = Comments.Replace(":index 9, :process 2, :type :ok, :f :read, :key \"lost my ring\", :value 1", ":index 9, :process 2, :type :ok, :f :read, :key \"lost my ring\", :value nil", StringComparison.Ordinal);

        CliResult held = await Cli.RunAsync("check", "--model", "causal", Write("comments.edn", Comments));
        CliResult violated = await Cli.RunAsync("check", "--model", "causal", Write("reversed.edn", edited));

        Assert.True(held.ExitCode == 0, held.ToString());
        Assert.True(violated.ExitCode == 1, violated.ToString());
        Assert.Contains("writes-follow-reads (operations invoked at 0, 2, 4, 6, 8)", violated.Output, StringComparison.Ordinal);
        Assert.Contains("T8 read \"lost my ring\" = nil from the initial value", violated.Output, StringComparison.Ordinal);
        Assert.Contains("monotonic-reads: holds", violated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_that_were_written_twice_are_undecided_and_end_with_2()
    {
        CliResult result = await Cli.RunAsync("check", "--model", "rw-register", Write("twice.jsonl", """
            {"process":0,"type":"invoke","f":"txn","value":[["w","x",1]]}
            {"process":0,"type":"ok","f":"txn","value":[["w","x",1]]}
            {"process":1,"type":"invoke","f":"txn","value":[["w","x",1]]}
            {"process":1,"type":"ok","f":"txn","value":[["w","x",1]]}

            """));

        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains("1 was written to x more than once", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("linearizable-keys", 1)]
    public async Task Keys_of_registers_may_be_assumed_linearizable(string assumption, int exitCode)
    {
        string file = Write("stale.jsonl", """
            {"process":0,"type":"invoke","f":"txn","value":[["w","x",1]]}
            {"process":0,"type":"ok","f":"txn","value":[["w","x",1]]}
            {"process":0,"type":"invoke","f":"txn","value":[["w","x",2]]}
            {"process":0,"type":"ok","f":"txn","value":[["w","x",2]]}
            {"process":1,"type":"invoke","f":"txn","value":[["r","x",null]]}
            {"process":1,"type":"ok","f":"txn","value":[["r","x",1]]}

            """);
        string[] options = assumption.Length > 0 ? ["--assume", assumption] : [];

        CliResult result = await Cli.RunAsync(["check", "--model", "rw-register", .. options, file]);

        Assert.True(result.ExitCode == exitCode, result.ToString());
    }

    [Fact]
    public async Task Sessions_in_the_plain_notation_are_judged_too()
    {
        string forked = Write("sessions.txt", "w 0 0\nw 1 0\n=====\nw 0 1\n-----\nr 0 1\nr 1 0\n=====\nw 1 1\n-----\nr 1 1\nr 0 0\n");
        string reversed = Write("reversed.txt", "w 0 1\n-----\nw 0 2\n=====\nr 0 2\nw 1 1\n=====\nr 0 1\nr 1 1\n");

        CliResult held = await Cli.RunAsync("check", "--model", "causal", forked);
        CliResult violated = await Cli.RunAsync("check", "--model", "causal", reversed);

        Assert.True(held.ExitCode == 0, held.ToString());
        Assert.True(violated.ExitCode == 1, violated.ToString());
        Assert.Contains("read-atomic: holds", violated.Output, StringComparison.Ordinal);
        Assert.Contains("causal-reversal", violated.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replicas_that_differ_in_the_end_end_with_1_and_are_named()
    {
        CliResult result = await Cli.RunAsync("check", "--model", "convergence", Write("final.jsonl", """
            {"process":0,"type":"invoke","f":"read","value":null}
            {"process":0,"type":"ok","f":"read","value":{"x":1,"y":2}}
            {"process":1,"type":"invoke","f":"read","value":null}
            {"process":1,"type":"ok","f":"read","value":{"x":1,"y":3}}

            """));

        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("y: 2 at p0; 3 at p1", result.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(string name, string content)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }
}
