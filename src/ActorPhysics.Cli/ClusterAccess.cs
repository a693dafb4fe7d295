using System.Collections.Immutable;
using System.CommandLine;
using ActorPhysics.Client;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Cli;

/// <summary>The options with which a command reaches a cluster.</summary>
internal sealed class ClusterAccess
{
    public Option<string> Nodes { get; } = new("--nodes", "-n")
    {
        Description = "Some nodes of the cluster as host:port, separated by commas; one that answers is enough.",
        DefaultValueFactory = _ => "127.0.0.1:7101",
    };

    public Option<ulong> Group { get; } = new("--group", "-g")
    {
        Description = "The group's number.",
        DefaultValueFactory = _ => 1,
    };

    public Option<double> TimeoutSeconds { get; } = new("--timeout")
    {
        Description = "How long to try, in seconds.",
        DefaultValueFactory = _ => 10,
    };

    public void AddTo(Command command, bool withGroup = true)
    {
        command.Options.Add(Nodes);
        command.Options.Add(TimeoutSeconds);
        if (withGroup)
        {
            command.Options.Add(Group);
        }
    }

    public GroupId GroupOf(ParseResult parsed) => new(parsed.GetValue(Group));

    public ClientOptions OptionsOf(ParseResult parsed) => new()
    {
        Nodes = ParseNodes(parsed.GetValue(Nodes)!),
        Name = "actorphysics-cli",
        RequestTimeout = TimeSpan.FromSeconds(parsed.GetValue(TimeoutSeconds)),
    };

    public Task<ActorPhysicsClient> ConnectAsync(ParseResult parsed, CancellationToken cancellation) =>
        ActorPhysicsClient.ConnectAsync(OptionsOf(parsed), cancellation);

    public static ImmutableArray<NodeAddress> ParseNodes(string list) =>
        [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(NodeAddress.Parse)];
}
