using System.CommandLine;
using System.Globalization;
using ActorPhysics.Client.Control;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Placement;

namespace ActorPhysics.Cli.Commands;

/// <summary>Splits and merges shards, and moves their groups' replicas.</summary>
internal static class ReshardCommands
{
    public static Command CreateSplit()
    {
        var space = SpaceArgument();
        var shard = ShardArgument("The shard that is divided.");
        var at = new Option<string?>("--at") { Description = "Where the new shard begins: a key, of a hash space a point as 16 hexadecimal digits. Without it a hash space is divided in the middle." };
        Option<int?> into = IntoOption();
        var line = new ControlCommandLine();
        Command command = line.ThatChanges(new Command("split", "Make one shard two, or as many as are asked for, while they serve. Example: actorphysics split orders --into 64")
        {
            space, shard, at, into,
        });
        RequireOne(command, shard, into);
        command.SetAction((parsed, cancellation) => line.ChangeAsync(
            parsed,
            async control => PlanOf(await MapAsync(control, parsed.GetValue(space)!, cancellation).ConfigureAwait(false), parsed.GetValue(shard), parsed.GetValue(into), "split"),
            async (control, progress) =>
            {
                string name = parsed.GetValue(space)!;
                if (parsed.GetValue(into) is { } count)
                {
                    return await control.SplitIntoAsync(name, count, progress, line.WaitOf(parsed), cancellation).ConfigureAwait(false);
                }

                KeyPoint? point = parsed.GetValue(at) is { } text ? PointOf((await MapAsync(control, name, cancellation).ConfigureAwait(false)).Kind, text) : null;
                return await control.SplitAsync(name, ShardOf(parsed.GetValue(shard)!), point, progress, line.WaitOf(parsed), cancellation).ConfigureAwait(false);
            },
            cancellation));
        return command;
    }

    public static Command CreateMerge()
    {
        var space = SpaceArgument();
        var shard = ShardArgument("The shard that gets the keys of its right neighbour.");
        Option<int?> into = IntoOption();
        var line = new ControlCommandLine();
        Command command = line.ThatChanges(new Command("merge", "Join a shard with its right neighbour, or neighbours until so many are left, while they serve. Example: actorphysics merge orders 3")
        {
            space, shard, into,
        });
        RequireOne(command, shard, into);
        command.SetAction((parsed, cancellation) => line.ChangeAsync(
            parsed,
            async control => PlanOf(await MapAsync(control, parsed.GetValue(space)!, cancellation).ConfigureAwait(false), parsed.GetValue(shard), parsed.GetValue(into), "merged"),
            (control, progress) => parsed.GetValue(into) is { } count
                ? control.MergeIntoAsync(parsed.GetValue(space)!, count, progress, line.WaitOf(parsed), cancellation)
                : control.MergeAsync(parsed.GetValue(space)!, ShardOf(parsed.GetValue(shard)!), progress, line.WaitOf(parsed), cancellation),
            cancellation));
        return command;
    }

    public static Command CreateMove()
    {
        var group = new Argument<string>("group") { Description = "The group's number." };
        var from = new Option<string>("--from") { Description = "The node that gives its replica up.", Required = true };
        var to = new Option<string>("--to") { Description = "The node that takes its place.", Required = true };
        var line = new ControlCommandLine();
        Command command = line.ThatChanges(new Command("move", "Move a replica of a space's group from one node to another, while it serves. Example: actorphysics move 4294967297 --from n1 --to n4")
        {
            group, from, to,
        });
        command.SetAction((parsed, cancellation) =>
        {
            var id = new GroupId(ControlCommandLine.NumberOf(parsed.GetValue(group)!, "g", "group"));
            if (id.CompareTo(GroupCharter.FirstMadeGroup) < 0)
            {
                throw new ArgumentException($"{id} is a group of the settings, not of a space: use 'members {id.Value} replace'");
            }

            return line.ChangeAsync(
                parsed,
                async control => await control.GroupAsync(id, cancellation).ConfigureAwait(false) is { } record
                    ? $"{await MoveAsync(control).ConfigureAwait(false)}; now {string.Join(", ", record.Configuration.Members.Select(member => $"{member.Replica} on {member.Node}"))}"
                    : throw new ArgumentException($"the config group knows no group {id}"),
                async (control, progress) => await control.MoveAsync(await MoveAsync(control).ConfigureAwait(false), progress, line.WaitOf(parsed), cancellation).ConfigureAwait(false),
                cancellation);

            async Task<ReplaceReplica> MoveAsync(ControlClient control)
            {
                NodeRecord old = await ControlCommandLine.NodeOfAsync(control, parsed.GetValue(from)!, cancellation).ConfigureAwait(false);
                NodeRecord successor = await ControlCommandLine.NodeOfAsync(control, parsed.GetValue(to)!, cancellation).ConfigureAwait(false);
                return new ReplaceReplica(id, old.Node, successor.Node, PlacementReason.ReplicaBalance);
            }
        });
        return command;
    }

    private static Argument<string> SpaceArgument() => new("space") { Description = "The space's name." };

    private static Argument<string?> ShardArgument(string description) => new("shard") { Description = $"{description} Its number.", Arity = ArgumentArity.ZeroOrOne };

    private static Option<int?> IntoOption() => new("--into") { Description = "How many shards there shall be, instead of naming one." };

    private static void RequireOne(Command command, Argument<string?> shard, Option<int?> into) => command.Validators.Add(result =>
    {
        if (result.GetValue(shard) is null == (result.GetValue(into) is null))
        {
            result.AddError("either a shard is named or --into");
        }
    });

    private static ShardId ShardOf(string text) => new(ControlCommandLine.NumberOf(text, "sh", "shard"));

    private static KeyPoint PointOf(ShardingKind kind, string text) => kind == ShardingKind.Ordered ? KeyPoint.At(SpaceKey.OfText(text))
        : ulong.TryParse(text.TrimStart('#'), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong point) ? KeyPoint.At(new HashPoint(point))
        : throw new ArgumentException($"'{text}' is no point of a space sharded by hash: 16 hexadecimal digits");

    private static async Task<ShardMap> MapAsync(ControlClient control, string space, CancellationToken cancellation) =>
        (await control.DescribeAsync(space, cancellation).ConfigureAwait(false))?.Map ?? throw new ArgumentException($"there is no space '{space}'");

    private static string PlanOf(ShardMap map, string? shard, int? into, string what) => into is { } count
        ? $"{map.Shards.Length} shards in {map.Version} would become {count}"
        : map.Find(ShardOf(shard!)) is { } found ? $"{found} would be {what}"
        : throw new ArgumentException($"{map.Space} has no shard {shard}; it has {string.Join(", ", map.Shards.Take(20).Select(each => each.Id))}");
}
