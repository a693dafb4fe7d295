using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using ActorPhysics.Client;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Wire.Requests;
using Spectre.Console;

namespace ActorPhysics.Cli.Commands;

/// <summary>Shows every replica's role and frontiers, as each node reports its own.</summary>
internal static class StatusCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var hash = new Option<bool>("--state-hash") { Description = "Hash each applied state; takes time in proportion to it." };
        var access = new ClusterAccess();
        var command = new Command("status", "Show groups and replicas: role, epochs, and the frontiers E D A C T. Example: actorphysics status --json") { json, hash };
        access.AddTo(command, withGroup: false);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using ActorPhysicsClient client = await access.ConnectAsync(parsed, cancellation).ConfigureAwait(false);
            ImmutableArray<NodeReport> reports = await client.StatusAsync(parsed.GetValue(hash), cancellation).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(Shape(reports), Json));
            }
            else
            {
                Print(reports);
            }

            return reports.Any(report => report.Status is not null) ? ExitCodes.Done : ExitCodes.Unavailable;
        });
        return command;
    }

    private static object Shape(ImmutableArray<NodeReport> reports) => new
    {
        Nodes = reports.Select(report => new
        {
            Address = report.Address.ToString(),
            Node = report.Status?.Node.Value,
            Software = report.Status?.Software,
            Trouble = report.Trouble.Length == 0 ? null : report.Trouble,
        }),
        Groups = Groups(reports).Select(group => new
        {
            Group = group.Key,
            Name = group.First().Group.Name,
            ConfigEpoch = group.Max(item => item.Group.ConfigEpoch.Value),
            Stage = group.MaxBy(item => item.Group.ConfigEpoch).Group.Stage?.ToString(),
            LeaderEpoch = group.Max(item => item.Group.LeaderEpoch.Value),
            Leader = LeaderOf(group),
            Keys = KeysOf(group),
            Replicas = group.Select(item => new
            {
                Replica = item.Replica.Replica.Value,
                Node = item.Replica.Node.Value,
                Role = item.Replica.Role.ToString(),
                LeaderEpoch = item.Group.LeaderEpoch.Value,
                E = item.Replica.Appended.Value,
                D = item.Replica.Durable.Value,
                A = item.Replica.Applied.Value,
                C = item.Replica.Committed.Value,
                T = item.Replica.TrimmedThrough.Value,
                S = item.Replica.StableRead.Value,
                LagEntries = LagOf(group, item.Replica),
                StateHash = item.Replica.StateHash?.ToString(),
                StoppedBecause = item.Replica.StoppedBecause.Length == 0 ? null : item.Replica.StoppedBecause,
            }),
        }),
    };

    private static void Print(ImmutableArray<NodeReport> reports)
    {
        foreach (IGrouping<ulong, (GroupStatus Group, ReplicaStatus Replica)> group in Groups(reports))
        {
            string keys = KeysOf(group) is { } owned ? $", keys {owned}" : "";
            var table = new Table { Title = new TableTitle(Markup.Escape($"group {group.Key} '{group.First().Group.Name}', leader {LeaderOf(group)?.ToString() ?? "none"}{keys}")) };
            foreach (string column in (string[])["node", "role", "epoch", "E", "D", "A", "C", "T", "S", "lag", "state"])
            {
                table.AddColumn(column);
            }

            foreach ((GroupStatus status, ReplicaStatus replica) in group)
            {
                table.AddRow(
                    replica.Node.ToString(), replica.Role.ToString(), status.LeaderEpoch.Value.ToString(), replica.Appended.ToString(), replica.Durable.ToString(),
                    replica.Applied.ToString(), replica.Committed.ToString(), replica.TrimmedThrough.ToString(), replica.StableRead.ToString(),
                    LagOf(group, replica).ToString(), Markup.Escape(replica.StoppedBecause.Length > 0 ? replica.StoppedBecause : replica.StateHash?.ToString() ?? ""));
            }

            AnsiConsole.Write(table);
        }

        foreach (NodeReport report in reports.Where(report => report.Status is { } status && status.GroupsStarted < status.GroupsToStart))
        {
            Console.WriteLine($"{report.Status!.Node} is starting: {report.Status.GroupsStarted} of {report.Status.GroupsToStart} groups have begun");
        }

        foreach (NodeReport report in reports.Where(report => report.Status is null))
        {
            Console.Error.WriteLine($"{report.Address}: {report.Trouble}");
        }
    }

    private static IEnumerable<IGrouping<ulong, (GroupStatus Group, ReplicaStatus Replica)>> Groups(ImmutableArray<NodeReport> reports) => reports
        .Where(report => report.Status is not null)
        .SelectMany(report => report.Status!.Groups.SelectMany(group => group.Replicas.Where(replica => replica.IsLocal).Select(replica => (Group: group, Replica: replica))))
        .OrderBy(item => item.Replica.Node)
        .GroupBy(item => item.Group.Group.Value)
        .OrderBy(group => group.Key);

    private static ulong? LeaderOf(IEnumerable<(GroupStatus Group, ReplicaStatus Replica)> group) => group
        .Where(item => item.Replica.Role == ReplicaRole.Leader)
        .OrderByDescending(item => item.Group.LeaderEpoch)
        .Select(item => (ulong?)item.Replica.Node.Value)
        .FirstOrDefault();

    /// <summary>What the group owns of its space, as the replica that has applied most says, which is no witness; null for a group of no space.</summary>
    private static string? KeysOf(IEnumerable<(GroupStatus Group, ReplicaStatus Replica)> group) =>
        group.OrderByDescending(item => item.Replica.Applied.Value).Select(item => item.Group.Ownership).FirstOrDefault(ownership => ownership is not null)?.ToString();

    private static ulong LagOf(IEnumerable<(GroupStatus Group, ReplicaStatus Replica)> group, ReplicaStatus replica) =>
        replica.Role != ReplicaRole.Retired && group.Max(item => item.Replica.Committed.Value) is var committed && committed > replica.Applied.Value ? committed - replica.Applied.Value : 0;
}
