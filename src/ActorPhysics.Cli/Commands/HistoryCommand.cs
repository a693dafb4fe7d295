using System.CommandLine;
using ActorPhysics.Core.History;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Protocol.Membership;

namespace ActorPhysics.Cli.Commands;

/// <summary>Draws the history tree that the journals of stopped nodes hold.</summary>
internal static class HistoryCommand
{
    public static Command Create()
    {
        var folders = new Argument<string[]>("data-dir") { Description = "Data folders of stopped nodes.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("history", "Draw trunk, wet cement and pruned branches from the journals of stopped nodes. Example: actorphysics history data/n1 data/n2 data/n3")
        {
            folders,
        };
        command.SetAction(parsed =>
        {
            IReadOnlyList<HistoryTree> trees = JournalHistory.Read(parsed.GetValue(folders)!);
            foreach (HistoryTree tree in trees)
            {
                Console.WriteLine($"group {tree.Group}");
                Console.WriteLine(HistoryTreeDrawing.Draw(tree));
                foreach (HistoryContradiction contradiction in tree.Contradictions)
                {
                    Console.Error.WriteLine($"contradiction ({contradiction.Invariant}) at {contradiction.Replica}: {contradiction.Detail}");
                }
            }

            foreach (GroupRecovery recovery in JournalHistory.ReadRecoveries(parsed.GetValue(folders)!))
            {
                Console.WriteLine($"{recovery}; an operator accepted the loss at {DateTimeOffset.FromUnixTimeMilliseconds((long)recovery.AcceptedAt.UnixMilliseconds):u}");
            }

            if (trees.Count == 0)
            {
                Console.Error.WriteLine("the journals hold no history");
            }

            return trees.Any(tree => !tree.Contradictions.IsEmpty) || trees.Count == 0 ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }
}
