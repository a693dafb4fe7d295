using System.CommandLine;
using ActorPhysics.Client;
using ActorPhysics.Client.Control;
using ActorPhysics.Core.Space;
using ActorPhysics.Hosting.Nodes;

namespace ActorPhysics.Cli.Commands;

/// <summary>Shows, makes and deletes spaces.</summary>
internal static class SpacesCommand
{
    public static Command Create()
    {
        var command = new Command("spaces", "Show, make and delete spaces: keyspaces that are spread over many groups. Example: actorphysics spaces create orders --shards 8");
        Command list = List("list", "Show all spaces. Example: actorphysics spaces list");
        var line = new ControlCommandLine();
        line.ThatAsks(command);
        command.SetAction((parsed, cancellation) => ListAsync(line, parsed, cancellation));
        command.Subcommands.Add(list);
        command.Subcommands.Add(CreateCreate());
        command.Subcommands.Add(CreateDescribe());
        command.Subcommands.Add(CreateDelete());
        return command;
    }

    /// <summary>The map of one space.</summary>
    public static Command CreateShards() => Describe("shards", "Show a space's shards: their keys, groups, leaders and members, and what is under way. Example: actorphysics shards orders");

    private static Command List(string name, string description)
    {
        var line = new ControlCommandLine();
        Command command = line.ThatAsks(new Command(name, description));
        command.SetAction((parsed, cancellation) => ListAsync(line, parsed, cancellation));
        return command;
    }

    private static async Task<int> ListAsync(ControlCommandLine line, ParseResult parsed, CancellationToken cancellation)
    {
        await using ActorPhysicsClient client = await line.ConnectAsync(parsed, cancellation).ConfigureAwait(false);
        ControlText.Print(await new ControlClient(client).SpacesAsync(cancellation).ConfigureAwait(false), line.IsJson(parsed));
        return ExitCodes.Done;
    }

    private static Command CreateDescribe() => Describe("describe", "Show one space with its shards. Example: actorphysics spaces describe orders");

    private static Command Describe(string name, string description)
    {
        var space = new Argument<string>("space") { Description = "The space's name." };
        var line = new ControlCommandLine();
        Command command = line.ThatAsks(new Command(name, description) { space });
        command.SetAction(async (parsed, cancellation) =>
        {
            await using ActorPhysicsClient client = await line.ConnectAsync(parsed, cancellation).ConfigureAwait(false);
            var control = new ControlClient(client);
            if (await control.DescribeAsync(parsed.GetValue(space)!, cancellation).ConfigureAwait(false) is not { } view)
            {
                Console.Error.WriteLine($"there is no space '{parsed.GetValue(space)}'");
                return ExitCodes.Failed;
            }

            ControlText.Print(
                view,
                await control.NodesAsync(cancellation).ConfigureAwait(false),
                await client.StatusAsync(cancellation: cancellation).ConfigureAwait(false),
                line.IsJson(parsed));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateCreate()
    {
        var space = new Argument<string>("space") { Description = "Its name: lower-case letters, digits, '-', '_' and '.'." };
        var machine = new Option<string>("--machine") { Description = "The state machine that its groups run.", DefaultValueFactory = _ => "kv" };
        var shards = new Option<int>("--shards") { Description = "With how many shards it begins.", DefaultValueFactory = _ => 1 };
        var replicas = new Option<int>("--replicas") { Description = "How many voters of each group hold its state.", DefaultValueFactory = _ => 3 };
        var witnesses = new Option<int>("--witnesses") { Description = "How many further voters of each group hold its log alone." };
        var splits = new Option<string[]>("--split-at") { Description = "Lay keys out by themselves instead of by their hash, and begin a shard at each of these keys.", AllowMultipleArgumentsPerToken = true };
        var ordered = new Option<bool>("--ordered") { Description = "Lay keys out by themselves instead of by their hash." };
        var line = new ControlCommandLine();
        Command command = line.ThatChanges(new Command("create", "Make a space, and wait until it serves. Example: actorphysics spaces create orders --shards 8")
        {
            space, machine, shards, replicas, witnesses, ordered, splits,
        });
        command.SetAction((parsed, cancellation) =>
        {
            string[] starts = parsed.GetValue(splits) ?? [];
            bool isOrdered = parsed.GetValue(ordered) || starts.Length > 0;
            var settings = new SpaceSettings
            {
                Name = parsed.GetValue(space)!,
                Specification = parsed.GetValue(machine)!,
                Sharding = isOrdered ? ShardingKind.Ordered : ShardingKind.Hash,
                InitialShards = isOrdered ? starts.Length + 1 : parsed.GetValue(shards),
                InitialSplits = [.. starts.Order(StringComparer.Ordinal).Select(SpaceKey.OfText)],
                Replicas = parsed.GetValue(replicas),
                Witnesses = parsed.GetValue(witnesses),
            };
            var description = SpaceDescription.Create(settings);
            return line.ChangeAsync(
                parsed,
                _ => Task.FromResult($"{description}, {settings.InitialShards} shards"),
                (control, progress) => control.CreateSpaceAsync(settings, progress, line.WaitOf(parsed), cancellation),
                cancellation);
        });
        return command;
    }

    private static Command CreateDelete()
    {
        var space = new Argument<string>("space") { Description = "The space's name." };
        var yes = new Option<bool>("--yes") { Description = "Really: everything in it will be gone." };
        var line = new ControlCommandLine();
        Command command = line.ThatChanges(new Command("delete", "Delete a space with everything that is in it. Example: actorphysics spaces delete orders --yes") { space, yes });
        command.Validators.Add(result =>
        {
            if (!result.GetValue(yes) && !line.IsDry(result))
            {
                result.AddError("deleting a space destroys its data: say --yes, or look with --dry-run");
            }
        });
        command.SetAction((parsed, cancellation) => line.ChangeAsync(
            parsed,
            async control => await control.DescribeAsync(parsed.GetValue(space)!, cancellation).ConfigureAwait(false) is { } view
                ? $"'{view.Summary.Settings.Name}' with {view.Map.Shards.Length} shards would be gone with everything in it"
                : throw new ArgumentException($"there is no space '{parsed.GetValue(space)}'"),
            (control, progress) => control.DeleteSpaceAsync(parsed.GetValue(space)!, progress, line.WaitOf(parsed), cancellation),
            cancellation));
        return command;
    }
}
