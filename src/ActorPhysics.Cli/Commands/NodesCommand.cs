using System.CommandLine;
using ActorPhysics.Client;
using ActorPhysics.Client.Control;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Protocol.ControlPlane;

namespace ActorPhysics.Cli.Commands;

/// <summary>Shows the nodes as the config group knows them, and empties one.</summary>
internal static class NodesCommand
{
    public static Command Create()
    {
        var line = new ControlCommandLine();
        Command command = line.ThatAsks(new Command(
            "nodes", "Show the nodes: address, zone, weight, condition, how many replicas each holds and leads, and whether it is heard. Example: actorphysics nodes"));
        command.SetAction(async (parsed, cancellation) =>
        {
            await using ActorPhysicsClient client = await line.ConnectAsync(parsed, cancellation).ConfigureAwait(false);
            var nodes = await new ControlClient(client).NodesAsync(cancellation).ConfigureAwait(false);
            var reports = await client.StatusAsync(cancellation: cancellation).ConfigureAwait(false);
            ControlText.Print(nodes, reports, line.IsJson(parsed));
            return ExitCodes.Done;
        });
        return command;
    }

    public static Command CreateDrain()
    {
        var node = new Argument<string>("node") { Description = "A node's number or name." };
        var undo = new Option<bool>("--undo") { Description = "Allow the node to be given replicas again." };
        var line = new ControlCommandLine();
        Command command = line.ThatChanges(new Command("drain", "Empty a node: its replicas move to others, and none comes to it. Example: actorphysics drain n2") { node, undo });
        command.SetAction((parsed, cancellation) =>
        {
            bool drain = !parsed.GetValue(undo);
            return line.ChangeAsync(
                parsed,
                async control =>
                {
                    NodeRecord record = await FindAsync(control).ConfigureAwait(false);
                    int replicas = (await control.NodesAsync(cancellation).ConfigureAwait(false)).First(answer => answer.Node.Node == record.Node).Replicas;
                    return drain
                        ? $"{replicas} replicas would leave {record.Name}, which {(record.Draining ? "is being drained already" : "would be given no others")}"
                        : $"{record.Name} {(record.Draining ? "would be given replicas again" : "is not being drained")}";
                },
                async (control, progress) => await control.DrainAsync(
                    (await FindAsync(control).ConfigureAwait(false)).Node, drain, progress, line.WaitOf(parsed), cancellation).ConfigureAwait(false),
                cancellation);

            Task<NodeRecord> FindAsync(ControlClient control) => ControlCommandLine.NodeOfAsync(control, parsed.GetValue(node)!, cancellation);
        });
        return command;
    }
}
