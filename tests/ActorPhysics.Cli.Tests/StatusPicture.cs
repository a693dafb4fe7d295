using System.Text.Json;

namespace ActorPhysics.Cli.Tests;

/// <summary>One replica as <c>status --json</c> shows it.</summary>
internal sealed record ReplicaPicture(
    ulong Replica, ulong Node, string Role, ulong LeaderEpoch, ulong E, ulong D, ulong A, ulong C, ulong T, ulong S, ulong LagEntries,
    string? StateHash, string? StoppedBecause)
{
    /// <summary>The order of the frontiers that holds at every moment (seed §2.5); null, or what breaks it.</summary>
    public string? BrokenLattice =>
        T <= A && A <= C && C <= E && D <= E && S <= A ? null : $"node {Node}: E {E}, D {D}, A {A}, C {C}, T {T}, S {S}";
}

/// <summary>One group as <c>status --json</c> shows it.</summary>
internal sealed record GroupPicture(ulong Group, string Name, ulong ConfigEpoch, ulong LeaderEpoch, ulong? Leader, ReplicaPicture[] Replicas);

internal sealed record NodePicture(string Address, ulong? Node, string? Software, string? Trouble);

/// <summary>The output of <c>status --json</c>.</summary>
internal sealed record StatusPicture(NodePicture[] Nodes, GroupPicture[] Groups)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static async Task<StatusPicture> TakeAsync(NodeProcesses cluster, params string[] options)
    {
        CliResult result = await cluster.RunAsync(["status", "--json", .. options]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return JsonSerializer.Deserialize<StatusPicture>(result.Output, Json)!;
    }
}
