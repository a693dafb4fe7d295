using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using ActorPhysics.Client.Control;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Requests;
using Spectre.Console;
using NodeReport = ActorPhysics.Client.NodeReport;

namespace ActorPhysics.Cli;

/// <summary>What the commands about nodes and spaces print.</summary>
internal static class ControlText
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Print(ControlResult result, bool json)
    {
        if (json)
        {
            PrintJson(new { Outcome = result.Outcome.ToString(), result.Detail });
            return;
        }

        Console.WriteLine($"{result.Outcome.ToString().ToLowerInvariant()}: {result.Detail}");
    }

    public static void PrintPlan(string plan, bool json)
    {
        if (json)
        {
            PrintJson(new { DryRun = true, Plan = plan });
            return;
        }

        Console.WriteLine(plan);
        Console.WriteLine("nothing was changed");
    }

    public static void Print(ImmutableArray<NodeAnswer> nodes, ImmutableArray<NodeReport> reports, bool json)
    {
        var leading = reports.Where(report => report.Status is not null).DistinctBy(report => report.Status!.Node)
            .ToDictionary(report => report.Status!.Node, report => report.Status!.Groups.Count(group => group.LeaderNode == report.Status.Node));
        if (json)
        {
            PrintJson(nodes.Select(answer => new
            {
                Node = answer.Node.Node.Value,
                answer.Node.Name,
                answer.Node.Address,
                Zone = answer.Node.Zone.Value,
                answer.Node.Weight,
                Condition = ConditionOf(answer.Node),
                answer.Replicas,
                Leaders = leading.TryGetValue(answer.Node.Node, out int leads) ? leads : (int?)null,
                AbsentSince = answer.Node.AbsentSince is { } since ? TimeOf(since.UnixMilliseconds) : null,
            }));
            return;
        }

        Table table = TableOf("node", "name", "address", "zone", "weight", "condition", "replicas", "leads", "last heard");
        foreach (NodeAnswer answer in nodes)
        {
            string heard = answer.Node.AbsentSince is { } since ? TimeOf(since.UnixMilliseconds) : "now";
            AddRow(
                table, answer.Node.Node.ToString(), answer.Node.Name, answer.Node.Address, answer.Node.Zone.Value, $"{answer.Node.Weight}", ConditionOf(answer.Node),
                $"{answer.Replicas}", leading.TryGetValue(answer.Node.Node, out int leads) ? $"{leads}" : "", heard);
        }

        AnsiConsole.Write(table);
    }

    public static void Print(ImmutableArray<SpaceSummary> spaces, bool json)
    {
        if (json)
        {
            PrintJson(spaces.Select(Shape));
            return;
        }

        Table table = TableOf("space", "machine", "keys", "replicas", "shards", "map", "stage");
        foreach (SpaceSummary space in spaces)
        {
            AddRow(
                table, space.Settings.Name, space.Settings.Specification, Lower(space.Settings.Sharding),
                space.Settings.Witnesses > 0 ? $"{space.Settings.Replicas} and {space.Settings.Witnesses} witnesses" : $"{space.Settings.Replicas}",
                $"{space.Shards}", space.Version.ToString(), Lower(space.Stage));
        }

        AnsiConsole.Write(table);
    }

    public static void Print(SpaceView view, ImmutableArray<NodeAnswer> nodes, ImmutableArray<NodeReport> reports, bool json)
    {
        var names = nodes.ToDictionary(answer => answer.Node.Node, answer => answer.Node.Name);
        var groups = view.Groups.ToDictionary(group => group.Group);
        ILookup<GroupId, Leading> leaders = LeadersOf(reports);
        ShardLine[] lines = [.. view.Map.Shards.Select(shard => LineOf(shard, view, groups, leaders, names))];
        if (json)
        {
            PrintJson(new
            {
                Space = Shape(view.Summary),
                Shards = lines,
                Handoffs = view.Handoffs.Select(handoff => new
                {
                    Id = handoff.Id.Value,
                    Kind = handoff.IsMerge ? "merge" : "split",
                    Stage = handoff.Stage.ToString(),
                    Range = handoff.Range.ToString(),
                    From = handoff.Giver.Value,
                    To = handoff.Taker.Value,
                    Version = handoff.Version.Value,
                }),
                OtherGroups = view.Groups.Where(group => view.Map.Shards.All(shard => shard.Group != group.Group)).Select(group => new { Group = group.Group.Value, Stage = group.Stage.ToString() }),
            });
            return;
        }

        Table table = TableOf("shard", "keys", "group", "leader", "members", "size", "entries", "under way");
        table.Title = new TableTitle(Markup.Escape($"{view.Summary.Settings.Name}, {view.Map.Version}, {Lower(view.Summary.Stage)}"));
        foreach (ShardLine line in lines)
        {
            AddRow(table, $"{line.Shard}", line.Range, $"{line.Group}", line.Leader ?? "none", string.Join(", ", line.Members), SizeOf(line.SizeBytes), $"{line.Entries}", line.UnderWay ?? "");
        }

        AnsiConsole.Write(table);
    }

    /// <param name="SizeBytes">What the leader keeps: its newest snapshot and the entries since.</param>
    /// <param name="Entries">How many the trunk has.</param>
    private sealed record ShardLine(ulong Shard, string Range, ulong Group, string? Leader, string[] Members, ulong? SizeBytes, ulong? Entries, string? UnderWay);

    /// <summary>A group as the node sees it that takes itself for the leader's.</summary>
    private readonly record struct Leading(LeaderEpoch Epoch, NodeId Node, GroupStatus Status);

    private static ShardLine LineOf(
        Shard shard, SpaceView view, Dictionary<GroupId, GroupRecord> groups, ILookup<GroupId, Leading> leaders, Dictionary<NodeId, string> names)
    {
        GroupRecord? record = groups.GetValueOrDefault(shard.Group);
        Leading? leading = leaders[shard.Group].Select(leader => (Leading?)leader).MaxBy(leader => leader!.Value.Epoch);
        Handoff? handoff = view.Handoffs.FirstOrDefault(candidate => candidate.Giver == shard.Group || candidate.Taker == shard.Group);
        string? underWay = handoff is not null ? $"{handoff.Id} {(handoff.IsMerge ? "merge" : "split")} {Lower(handoff.Stage)}"
            : record?.Move is { } move ? $"{move.Id} {move.Move.GetType().Name}"
            : record is { Stage: not GroupStage.Serving } ? Lower(record.Stage)
            : null;
        return new ShardLine(
            shard.Id.Value,
            shard.Range.ToString(),
            shard.Group.Value,
            leading is { } leader ? NameOf(leader.Node) : null,
            [.. record?.Configuration.Members.Select(member => NameOf(member.Node)) ?? []],
            leading?.Status.SizeBytes,
            leading?.Status.Replicas.FirstOrDefault(replica => replica.IsLocal)?.Committed.Value,
            underWay);

        string NameOf(NodeId node) => names.GetValueOrDefault(node, node.ToString());
    }

    private static ILookup<GroupId, Leading> LeadersOf(ImmutableArray<NodeReport> reports) => reports
        .Where(report => report.Status is not null)
        .SelectMany(report => report.Status!.Groups.Where(group => group.LeaderNode == report.Status.Node).Select(group => new Leading(group.LeaderEpoch, report.Status.Node, group)))
        .ToLookup(leader => leader.Status.Group);

    private static object Shape(SpaceSummary space) => new
    {
        space.Settings.Name,
        Machine = space.Settings.Specification,
        Sharding = space.Settings.Sharding.ToString(),
        space.Settings.Replicas,
        space.Settings.Witnesses,
        Quorums = space.Settings.Quorums.ToString(),
        Stage = space.Stage.ToString(),
        Version = space.Version.Value,
        space.Shards,
    };

    private static string SizeOf(ulong? bytes) => bytes switch
    {
        null => "",
        < 1 << 20 => $"{bytes / 1024.0:N1} KiB",
        _ => $"{bytes / (1024.0 * 1024):N1} MiB",
    };

    private static string ConditionOf(NodeRecord node) =>
        node.AbsentSince is not null ? node.Draining ? "absent, draining" : "absent" : node.Draining ? "draining" : "serving";

    private static string TimeOf(ulong unixMilliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(unixMilliseconds, (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())).ToString("u", CultureInfo.InvariantCulture);

    private static Table TableOf(params string[] columns)
    {
        var table = new Table();
        foreach (string column in columns)
        {
            table.AddColumn(column);
        }

        return table;
    }

    private static void AddRow(Table table, params string[] cells) => table.AddRow([.. cells.Select(Markup.Escape)]);

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static void PrintJson(object shape) => Console.WriteLine(JsonSerializer.Serialize(shape, Json));
}
