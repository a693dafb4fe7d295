using System.CommandLine;
using System.Text;
using ActorPhysics.Client;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Cli.Commands;

/// <summary>The operations of the built-in <c>kv</c> machine.</summary>
internal static class KeyCommands
{
    public static Command Put()
    {
        var key = new Argument<string>("key");
        var value = new Argument<string>("value");
        var access = new ClusterAccess();
        var command = new Command("put", "Store a value under a key. Example: actorphysics put greeting hello") { key, value };
        access.AddTo(command);
        command.SetAction((parsed, cancellation) => WriteAsync(access, parsed, parsed.GetValue(key)!, KvCommands.Put(parsed.GetValue(key)!, Bytes(parsed.GetValue(value)!)), cancellation));
        return command;
    }

    public static Command Delete()
    {
        var key = new Argument<string>("key");
        var access = new ClusterAccess();
        var command = new Command("delete", "Delete a key; exit code 1 if it is not there. Example: actorphysics delete greeting") { key };
        access.AddTo(command);
        command.SetAction((parsed, cancellation) => WriteAsync(access, parsed, parsed.GetValue(key)!, KvCommands.Delete(parsed.GetValue(key)!), cancellation));
        return command;
    }

    public static Command CompareAndSet()
    {
        var key = new Argument<string>("key");
        var old = new Argument<string>("old") { Description = "The value that must be there." };
        var value = new Argument<string>("new");
        var access = new ClusterAccess();
        var command = new Command("cas", "Replace a value if it is the expected one; exit code 1 if not. Example: actorphysics cas greeting hello bye") { key, old, value };
        access.AddTo(command);
        command.SetAction((parsed, cancellation) => WriteAsync(
            access,
            parsed,
            parsed.GetValue(key)!,
            KvCommands.CompareAndSet(parsed.GetValue(key)!, Bytes(parsed.GetValue(old)!), Bytes(parsed.GetValue(value)!)),
            cancellation));
        return command;
    }

    public static Command Get()
    {
        var key = new Argument<string>("key");
        var level = new Option<string>("--level") { Description = "strong, lease or follower.", DefaultValueFactory = _ => "strong" };
        level.AcceptOnlyFromAmong("strong", "lease", "follower");
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Also say what the answer rests on." };
        var access = new ClusterAccess();
        var command = new Command("get", "Print the value of a key; exit code 1 if it is not there. Example: actorphysics get greeting --level follower")
        {
            key, level, verbose,
        };
        access.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using ActorPhysicsClient client = await access.ConnectAsync(parsed, cancellation).ConfigureAwait(false);
            ReadLevel asked = parsed.GetValue(level) switch
            {
                "lease" => ReadLevel.Lease,
                "follower" => ReadLevel.Follower,
                _ => ReadLevel.Strong,
            };
            string name = parsed.GetValue(key)!;
            Reply<ReadOnlyMemory<byte>> reply = await access.ReadAsync(client, parsed, name, KvQueries.Get(name), asked, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(verbose))
            {
                Console.Error.WriteLine(
                    $"level {reply.Level}, frontier {reply.Frontier}, known lag {reply.KnownLagEntries} entries, certificate {reply.EncodedProof.Length} bytes");
            }

            return Print(KvResult.Read(reply.Result.Span));
        });
        return command;
    }

    private static async Task<int> WriteAsync(
        ClusterAccess access, ParseResult parsed, string key, ReadOnlyMemory<byte> request, CancellationToken cancellation)
    {
        await using ActorPhysicsClient client = await access.ConnectAsync(parsed, cancellation).ConfigureAwait(false);
        Reply<ReadOnlyMemory<byte>> reply = await access.WriteAsync(client, parsed, key, request, cancellation).ConfigureAwait(false);
        KvResult? result = KvResult.Read(reply.Result.Span);
        switch (result?.Outcome)
        {
            case KvOutcome.Stored or KvOutcome.Deleted:
                Console.WriteLine($"{result.Outcome.ToString().ToLowerInvariant()} at {reply.Coordinate}, committed through {reply.Frontier.Index}");
                return ExitCodes.Done;
            case KvOutcome.NotFound:
                Console.Error.WriteLine("the key is not there");
                return ExitCodes.Failed;
            case KvOutcome.Mismatch:
                Console.Error.WriteLine(result.Value is { } found ? $"another value is there: {Encoding.UTF8.GetString(found.Span)}" : "no value is there");
                return ExitCodes.Failed;
            default:
                Console.Error.WriteLine($"the answer is {result?.Outcome.ToString() ?? "unreadable"}: is the group a kv group?");
                return ExitCodes.Failed;
        }
    }

    private static int Print(KvResult? result)
    {
        if (result is { Outcome: KvOutcome.Found, Value: { } value })
        {
            Console.WriteLine(Encoding.UTF8.GetString(value.Span));
            return ExitCodes.Done;
        }

        Console.Error.WriteLine(result?.Outcome == KvOutcome.NotFound ? "the key is not there" : "the answer is unreadable: is the group a kv group?");
        return ExitCodes.Failed;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
