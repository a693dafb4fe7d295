using System.CommandLine;
using System.Globalization;
using ActorPhysics.Client;
using ActorPhysics.Client.Control;
using ActorPhysics.Client.Membership;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Placement;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Cli.Commands;

/// <summary>Shows and changes who belongs to a running group.</summary>
internal sealed class MembersCommand
{
    private readonly Argument<ulong> _group = new("group") { Description = "The group's number." };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON; progress goes to standard error.", Recursive = true };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Show the members now and at the end, and change nothing.", Recursive = true };
    private readonly Option<double> _wait = new("--wait")
    {
        Description = "How long to wait for the end of a change, in seconds; it goes on without anybody who waits.",
        DefaultValueFactory = _ => 60,
        Recursive = true,
    };

    private readonly ClusterAccess _access = new();

    private MembersCommand()
    {
        _access.Nodes.Recursive = true;
        _access.TimeoutSeconds.Recursive = true;
    }

    public static Command Create() => new MembersCommand().Build();

    private Command Build()
    {
        var command = new Command("members", "Show and change who belongs to a running group. Example: actorphysics members 1 replace n2 --with n4") { _group };
        command.Options.Add(_json);
        command.Options.Add(_dryRun);
        command.Options.Add(_wait);
        _access.AddTo(command, withGroup: false);
        var list = new Command("list", "Show the members, how far each is behind, and what is kept of former ones. Example: actorphysics members 1 list");
        list.SetAction(ListAsync);
        command.SetAction(ListAsync);
        command.Subcommands.Add(list);
        command.Subcommands.Add(Add());
        command.Subcommands.Add(Change("remove", "Take a node out, be it alive or dead; its data stays. Example: actorphysics members 1 remove n2", MembershipPlanner.Remove,
            (group, node) => new RemoveReplica(group, node, PlacementReason.SurplusReplica)));
        command.Subcommands.Add(Replace());
        command.Subcommands.Add(Change("promote", "Make a learner a voter. Example: actorphysics members 1 promote n4", MembershipPlanner.Promote, move: null));
        command.Subcommands.Add(Discard());
        return command;
    }

    private static Argument<string> NodeArgument() => new("node") { Description = "A node's number or name." };

    private Command Add()
    {
        Argument<string> node = NodeArgument();
        var learner = new Option<bool>("--learner") { Description = "It stores and serves, and never votes." };
        var witness = new Option<bool>("--witness") { Description = "It stores the log and votes, and keeps no state." };
        var command = new Command("add", "Make a node a member, with a new replica. Example: actorphysics members 1 add n4") { node, learner, witness };
        command.Validators.Add(result =>
        {
            if (result.GetValue(learner) && result.GetValue(witness))
            {
                result.AddError("a member is either a learner or a witness");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            MemberRole role = parsed.GetValue(learner) ? MemberRole.Learner : parsed.GetValue(witness) ? MemberRole.Witness : MemberRole.Voter;
            return RunAsync(
                parsed,
                view => MembershipPlanner.Add(NodeOf(view, parsed.GetValue(node)!), role),
                (group, view) => new AddReplica(group, NodeOf(view, parsed.GetValue(node)!), role, PlacementReason.MissingReplica),
                cancellation);
        });
        return command;
    }

    private Command Replace()
    {
        Argument<string> node = NodeArgument();
        var successor = new Option<string>("--with") { Description = "The node that takes its place.", Required = true };
        var command = new Command("replace", "Put another node in a member's place, in one change. Example: actorphysics members 1 replace n2 --with n4") { node, successor };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed,
            view => MembershipPlanner.Replace(NodeOf(view, parsed.GetValue(node)!), NodeOf(view, parsed.GetValue(successor)!)),
            (group, view) => new ReplaceReplica(group, NodeOf(view, parsed.GetValue(node)!), NodeOf(view, parsed.GetValue(successor)!), PlacementReason.ReplicaBalance),
            cancellation));
        return command;
    }

    private Command Change(string name, string description, Func<NodeId, MembershipPlanner> planner, Func<GroupId, NodeId, PlacementMove>? move)
    {
        Argument<string> node = NodeArgument();
        var command = new Command(name, description) { node };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed,
            view => planner(NodeOf(view, parsed.GetValue(node)!)),
            move is null ? null : (group, view) => move(group, NodeOf(view, parsed.GetValue(node)!)),
            cancellation));
        return command;
    }

    private Command Discard()
    {
        Argument<string> node = NodeArgument();
        var command = new Command("discard", "Delete what a node keeps of replicas that are retired there. Example: actorphysics members 1 discard n2") { node };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using ActorPhysicsClient client = await _access.ConnectAsync(parsed, cancellation).ConfigureAwait(false);
            MembershipClient members = MembersOf(client, parsed);
            MembershipView view = await members.DescribeAsync(cancellation).ConfigureAwait(false);
            NodeId from = NodeOf(view, parsed.GetValue(node)!);
            bool isDry = parsed.GetValue(_dryRun);
            ReplicaId[] replicas = isDry
                ? [.. view.Retired.Where(replica => replica.Node == from).Select(replica => replica.Replica)]
                : [.. await members.DiscardAsync(from, cancellation).ConfigureAwait(false)];
            MembersText.PrintDiscarded(from, replicas, isDry, parsed.GetValue(_json));
            return replicas.Length > 0 ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        await using ActorPhysicsClient client = await _access.ConnectAsync(parsed, cancellation).ConfigureAwait(false);
        MembersText.Print(await MembersOf(client, parsed).DescribeAsync(cancellation).ConfigureAwait(false), parsed.GetValue(_json));
        return ExitCodes.Done;
    }

    /// <param name="move">The same for the config group, which must hear of what it made itself or its planner would undo it; null where it has no word for it.</param>
    private async Task<int> RunAsync(
        ParseResult parsed, Func<MembershipView, MembershipPlanner> choose, Func<GroupId, MembershipView, PlacementMove>? move, CancellationToken cancellation)
    {
        await using ActorPhysicsClient client = await _access.ConnectAsync(parsed, cancellation).ConfigureAwait(false);
        MembershipClient members = MembersOf(client, parsed);
        var planner = new MembershipPlanner(view => choose(view).Plan(view));
        bool json = parsed.GetValue(_json);
        if (parsed.GetValue(_dryRun))
        {
            MembershipView view = await members.DescribeAsync(cancellation).ConfigureAwait(false);
            PlanningResult planned = planner.Plan(view);
            string? refusal = planned.Plan is { } plan
                ? plan.IsReached || Reconfiguration.TryBegin(plan.Present, plan.Target, out string? unsafeTarget) is not null ? null : unsafeTarget
                : planned.Refusal;
            MembersText.PrintPlan(view, planned.Plan, refusal, json);
            return refusal is null ? ExitCodes.Done : ExitCodes.Failed;
        }

        TimeSpan wait = TimeSpan.FromSeconds(parsed.GetValue(_wait));
        if (move is not null && members.Group.CompareTo(GroupCharter.FirstMadeGroup) >= 0)
        {
            PlacementMove asked = move(members.Group, await members.DescribeAsync(cancellation).ConfigureAwait(false));
            ControlResult decided = await new ControlClient(client).MoveAsync(asked, ControlCommandLine.Progress, wait, cancellation).ConfigureAwait(false);
            ControlText.Print(decided, json);
            return ControlCommandLine.CodeOf(decided);
        }

        MembershipResult result = await members.ChangeAsync(planner, new Progress(), wait, cancellation).ConfigureAwait(false);
        MembersText.Print(result, json);
        return result.Outcome switch
        {
            MembershipOutcome.Done or MembershipOutcome.Unchanged => ExitCodes.Done,
            MembershipOutcome.Conflict or MembershipOutcome.Refused => ExitCodes.Failed,
            _ => ExitCodes.Unavailable,
        };
    }

    private MembershipClient MembersOf(ActorPhysicsClient client, ParseResult parsed) => new(client, new GroupId(parsed.GetValue(_group)));

    private static NodeId NodeOf(MembershipView view, string text)
    {
        foreach (ClusterNodeStatus node in view.Nodes)
        {
            if (node.Name == text)
            {
                return node.Node;
            }
        }

        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? new NodeId(number)
            : throw new ArgumentException($"the cluster has no node '{text}'; it has {string.Join(", ", view.Nodes.Select(node => node.Name))}");
    }

    /// <summary>Said at once, in order; the framework's own class says it some time later, on another thread.</summary>
    private sealed class Progress : IProgress<MembershipProgress>
    {
        public void Report(MembershipProgress value) => Console.Error.WriteLine(value.Text);
    }
}
