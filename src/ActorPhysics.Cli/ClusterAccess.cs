using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using ActorPhysics.Client;
using ActorPhysics.Client.Spaces;
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

    public Option<string?> Space { get; } = new("--space", "-s")
    {
        Description = "The name of a space, instead of a group: the key decides which of its groups is asked.",
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
            command.Options.Add(Space);
        }
    }

    public GroupId GroupOf(ParseResult parsed) => new(parsed.GetValue(Group));

    /// <summary>Applies a kv command about a key in the space, where one is named, or the group.</summary>
    public ValueTask<Reply<ReadOnlyMemory<byte>>> WriteAsync(ActorPhysicsClient client, ParseResult parsed, string key, ReadOnlyMemory<byte> command, CancellationToken cancellation) =>
        parsed.GetValue(Space) is { } space
            ? new SpaceClient(client, space).WriteAsync(Encoding.UTF8.GetBytes(key), command, cancellation: cancellation)
            : client.WriteAsync(GroupOf(parsed), command, cancellation: cancellation);

    /// <summary>Answers a kv query about a key likewise.</summary>
    public ValueTask<Reply<ReadOnlyMemory<byte>>> ReadAsync(
        ActorPhysicsClient client, ParseResult parsed, string key, ReadOnlyMemory<byte> query, ReadLevel level, CancellationToken cancellation) =>
        parsed.GetValue(Space) is { } space
            ? new SpaceClient(client, space).ReadAsync(Encoding.UTF8.GetBytes(key), query, level, cancellation: cancellation)
            : client.ReadAsync(GroupOf(parsed), query, level, cancellation: cancellation);

    public ClientOptions OptionsOf(ParseResult parsed)
    {
        const int PartsOfTimeout = 4;
        var timeout = TimeSpan.FromSeconds(parsed.GetValue(TimeoutSeconds));
        var options = new ClientOptions { Nodes = ParseNodes(parsed.GetValue(Nodes)!), Name = "actorphysics-cli", RequestTimeout = timeout };

        // Who is told to try for long may find a busy machine on which connecting takes its time, too.
        return timeout / PartsOfTimeout > options.ConnectTimeout ? options with { ConnectTimeout = timeout / PartsOfTimeout } : options;
    }

    public Task<ActorPhysicsClient> ConnectAsync(ParseResult parsed, CancellationToken cancellation) =>
        ActorPhysicsClient.ConnectAsync(OptionsOf(parsed), cancellation);

    public static ImmutableArray<NodeAddress> ParseNodes(string list) =>
        [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(NodeAddress.Parse)];
}
