using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ActorPhysics.Cli.Tests;

/// <summary>What goes wrong is said in one clear line, with the exit code that <c>--help</c> promises.</summary>
public sealed class ErrorTests
{
    [Theory]
    [InlineData("frobnicate")]
    [InlineData("put", "key-without-value")]
    [InlineData("node")]
    [InlineData("get", "k", "--level", "psychic")]
    [InlineData("get", "k", "--nodes", "nowhere")]
    [InlineData("cluster", "--nodes", "0")]
    public async Task A_wrong_command_line_ends_with_2(params string[] arguments)
    {
        CliResult result = await Cli.RunAsync(arguments);

        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.StartsWith("error: ", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_shows_examples_and_exit_codes()
    {
        CliResult help = await Cli.RunAsync("--help");

        Assert.Equal(0, help.ExitCode);
        Assert.Contains("Examples:", help.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", help.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistake_in_a_configuration_is_named_by_file_line_and_key()
    {
        await using var cluster = new NodeProcesses();
        string file = cluster.Write("bad.conf", "actorphysics {\n  cluster.id = x\n  journal.segment-byts = 4 MiB\n}\n");

        CliResult result = await Cli.RunAsync("node", "--config", file);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("error: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains($"{file}:3", result.FirstError, StringComparison.Ordinal);
        Assert.Contains("segment-byts", result.FirstError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_configuration_file_is_named()
    {
        CliResult result = await Cli.RunAsync("node", "--config", "/nowhere/at-all.conf");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("/nowhere/at-all.conf", result.FirstError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_ends_with_3()
    {
        await using var cluster = new NodeProcesses();
        using var holder = new TcpListener(IPAddress.Loopback, cluster.Ports[0]);
        holder.Start();

        CliResult result = await Cli.RunAsync("node", "--config", cluster.ConfigOf(1));

        Assert.True(result.ExitCode == 3, result.ToString());
        string error = Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"127.0.0.1:{cluster.Ports[0]}", error, StringComparison.Ordinal);
        Assert.Contains("in use", error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Pitfall", "33")]
    public async Task A_data_folder_of_a_live_process_ends_with_3_and_names_the_process()
    {
        await using var cluster = new NodeProcesses();
        await cluster.StartAsync(1);
        int port = NodeProcesses.FreePorts(1)[0];
        string text = string.Create(CultureInfo.InvariantCulture, $"include required(file(\"n1.conf\"))\nactorphysics.listen.address = \"127.0.0.1:{port}\"\n");
        string otherPort = cluster.Write("same-folder.conf", text);

        CliResult result = await Cli.RunAsync("node", "--config", otherPort);

        Assert.True(result.ExitCode == 3, result.ToString());
        Assert.Contains("in use by another live process", result.FirstError, StringComparison.Ordinal);
        Assert.Equal(0, await cluster.StopAsync(1));
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_ends_with_4()
    {
        CliResult result = await Cli.RunAsync("get", "k", "--nodes", $"127.0.0.1:{NodeProcesses.FreePorts(1)[0]}", "--timeout", "1");

        Assert.True(result.ExitCode == 4, result.ToString());
        Assert.StartsWith("error: ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_a_journal_has_no_history()
    {
        CliResult result = await Cli.RunAsync("history", Path.GetTempPath());

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("no node's data folder", result.FirstError, StringComparison.Ordinal);
    }
}
