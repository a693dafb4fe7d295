using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ActorPhysics.Client;
using ActorPhysics.Client.Control;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Protocol.ControlPlane;

namespace ActorPhysics.Cli.Commands;

/// <summary>The options of a command that has the config group decide, and how it ends.</summary>
internal sealed class ControlCommandLine
{
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON; progress goes to standard error." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Show what would be asked for, and change nothing." };
    private readonly Option<double> _wait = new("--wait")
    {
        Description = "How long to wait for the end of a change, in seconds; it goes on without anybody who waits.",
        DefaultValueFactory = _ => 60,
    };

    private readonly ClusterAccess _access = new();

    /// <summary>Each step of a change is a line on standard error.</summary>
    public static IProgress<string> Progress { get; } = new ErrorOutput();

    /// <summary>Adds the options to a command that only asks.</summary>
    public Command ThatAsks(Command command)
    {
        command.Options.Add(_json);
        _access.AddTo(command, withGroup: false);
        return command;
    }

    /// <summary>Adds the options to a command that changes something.</summary>
    public Command ThatChanges(Command command)
    {
        command.Options.Add(_json);
        command.Options.Add(_dryRun);
        command.Options.Add(_wait);
        _access.AddTo(command, withGroup: false);
        return command;
    }

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    public bool IsDry(ParseResult parsed) => parsed.GetValue(_dryRun);

    public bool IsDry(CommandResult result) => result.GetValue(_dryRun);

    public TimeSpan WaitOf(ParseResult parsed) => TimeSpan.FromSeconds(parsed.GetValue(_wait));

    public Task<ActorPhysicsClient> ConnectAsync(ParseResult parsed, CancellationToken cancellation) => _access.ConnectAsync(parsed, cancellation);

    /// <summary>Connects, and either has the change made or says what it would be.</summary>
    /// <param name="plan">What would be asked for, in one line; a refusal as an exception.</param>
    /// <param name="change">Makes it.</param>
    public async Task<int> ChangeAsync(
        ParseResult parsed, Func<ControlClient, Task<string>> plan, Func<ControlClient, IProgress<string>, Task<ControlResult>> change, CancellationToken cancellation)
    {
        await using ActorPhysicsClient client = await ConnectAsync(parsed, cancellation).ConfigureAwait(false);
        var control = new ControlClient(client);
        if (IsDry(parsed))
        {
            ControlText.PrintPlan(await plan(control).ConfigureAwait(false), IsJson(parsed));
            return ExitCodes.Done;
        }

        ControlResult result = await change(control, Progress).ConfigureAwait(false);
        ControlText.Print(result, IsJson(parsed));
        return CodeOf(result);
    }

    public static int CodeOf(ControlResult result) => result.Outcome switch
    {
        ControlOutcome.Done or ControlOutcome.Unchanged => ExitCodes.Done,
        ControlOutcome.Conflict or ControlOutcome.Refused => ExitCodes.Failed,
        _ => ExitCodes.Unavailable,
    };

    /// <summary>A node by its name or its number.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static async Task<NodeRecord> NodeOfAsync(ControlClient control, string text, CancellationToken cancellation)
    {
        var nodes = await control.NodesAsync(cancellation).ConfigureAwait(false);
        bool isNumber = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
        return nodes.Select(node => node.Node).FirstOrDefault(node => node.Name == text || (isNumber && node.Node == new NodeId(number)))
            ?? throw new ArgumentException($"the cluster has no node '{text}'; it has {string.Join(", ", nodes.Select(node => node.Node.Name))}");
    }

    /// <summary>A number as ids are written: plain, or with the letters that they are printed with.</summary>
    public static ulong NumberOf(string text, string letters, string what) =>
        ulong.TryParse(text.StartsWith(letters, StringComparison.Ordinal) ? text.AsSpan(letters.Length) : text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? number
            : throw new ArgumentException($"'{text}' is no {what}");

    /// <summary>Said at once, in order; the framework's own class says it some time later, on another thread.</summary>
    private sealed class ErrorOutput : IProgress<string>
    {
        public void Report(string value) => Console.Error.WriteLine(value);
    }
}
