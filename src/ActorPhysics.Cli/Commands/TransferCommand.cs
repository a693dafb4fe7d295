using System.CommandLine;
using ActorPhysics.Client;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Nodes;

namespace ActorPhysics.Cli.Commands;

/// <summary>Hands a group's leadership over.</summary>
internal static class TransferCommand
{
    public static Command Create()
    {
        var group = new Argument<ulong>("group") { Description = "The group's number." };
        var node = new Argument<ulong>("node") { Description = "The number of the node that shall lead." };
        var access = new ClusterAccess();
        var command = new Command("transfer-leadership", "Hand the leadership of a group to another node. Example: actorphysics transfer-leadership 1 2")
        {
            group, node,
        };
        access.AddTo(command, withGroup: false);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using ActorPhysicsClient client = await access.ConnectAsync(parsed, cancellation).ConfigureAwait(false);
            var target = new NodeId(parsed.GetValue(node));
            await client.TransferLeadershipAsync(new GroupId(parsed.GetValue(group)), target, cancellation: cancellation).ConfigureAwait(false);
            Console.WriteLine($"leadership of group {parsed.GetValue(group)} was handed over; {target} was asked to lead");
            return ExitCodes.Done;
        });
        return command;
    }
}
