using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorPhysics.Client;
using ActorPhysics.Client.Recovery;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Nodes;
using ActorPhysics.Wire.Requests;

namespace ActorPhysics.Cli.Commands;

/// <summary>Begins a group that lost its quorum anew, from the survivor with the longest log, when the operator accepts the loss.</summary>
internal static class RecoverCommand
{
    public static Command Create()
    {
        var group = new Argument<ulong>("group") { Description = "The group's number." };
        var acceptLoss = new Option<bool>("--accept-loss")
        {
            Description = "What members that are gone committed beyond the survivor's log is lost for good, and members that are only cut off never take part again.",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show who is left and which coordinates are at risk, and change nothing." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var access = new ClusterAccess();
        var command = new Command(
            "recover", "Begin a group that lost its quorum anew, from its best survivor. Example: actorphysics recover 1 --dry-run, then --accept-loss") { group, acceptLoss, dryRun, json };
        access.AddTo(command, withGroup: false);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using ActorPhysicsClient client = await access.ConnectAsync(parsed, cancellation).ConfigureAwait(false);
            var recovery = new RecoveryClient(client, new GroupId(parsed.GetValue(group)));
            RecoverySurvey survey = await recovery.SurveyAsync(cancellation).ConfigureAwait(false);
            bool isJson = parsed.GetValue(json);
            if (!isJson)
            {
                PrintSurvey(survey);
            }

            if (ObjectionTo(survey) is { } objection)
            {
                Console.Error.WriteLine(objection);
                return ExitCodes.Failed;
            }

            Survivor best = survey.Best!;
            RecoveryPlan plan = await recovery.PlanAsync(survey, best, cancellation).ConfigureAwait(false);
            if (!isJson)
            {
                PrintRisk(survey, best, plan);
            }

            bool isAccepted = parsed.GetValue(acceptLoss);
            if (!parsed.GetValue(dryRun) && isAccepted)
            {
                plan = await recovery.RecoverAcceptingLossAsync(survey, best, cancellation).ConfigureAwait(false);
                if (!isJson)
                {
                    PrintDone(best, plan);
                }
            }

            if (isJson)
            {
                Console.WriteLine(ToJson(survey, best, plan).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
            }

            if (parsed.GetValue(dryRun) || isAccepted)
            {
                return ExitCodes.Done;
            }

            Console.Error.WriteLine("nothing was changed: say --accept-loss if no quorum of the group will ever come back");
            return ExitCodes.Failed;
        });
        return command;
    }

    private static string? ObjectionTo(RecoverySurvey survey) =>
        survey.Leader is { } leader ? $"group {survey.Group.Value} has a leader, {leader.Replica.Replica} on {leader.NodeName}: it has its quorum, there is nothing to recover"
        : survey.Survivors.IsEmpty ? $"no node that answers holds a replica of group {survey.Group.Value}"
        : survey.Best is null ? $"none of the replicas of group {survey.Group.Value} that answer can be begun from: they are retired, damaged, stopped, or have no state"
        : null;

    private static void PrintSurvey(RecoverySurvey survey)
    {
        Console.WriteLine($"group {survey.Group.Value}: {survey.Survivors.Length} replicas answer, {survey.Silent.Length} nodes do not");
        foreach (Survivor survivor in survey.Survivors)
        {
            Console.WriteLine(
                $"  {survivor.Replica.Replica} on {survivor.NodeName}: {survivor.Replica.Role.ToString().ToLowerInvariant()}, log through {Show(survivor.Tail)}, "
                + $"durable through {survivor.Replica.Durable.Value}, known to be committed through {survivor.Replica.Committed.Value}");
        }

        foreach (NodeReport silent in survey.Silent)
        {
            Console.WriteLine($"  {silent.Address}: no answer ({silent.Trouble})");
        }
    }

    private static void PrintRisk(RecoverySurvey survey, Survivor best, RecoveryPlan plan)
    {
        Console.WriteLine($"the group would go on from {best.Replica.Replica} on {best.NodeName}, whose log ends at {Show(plan.At)}");
        Console.WriteLine($"AT RISK of being kept though nobody was told that they are committed: {ShowRuns(plan.AtRisk)}");
        Console.WriteLine($"AT RISK of being lost though somebody was told that they are committed: every coordinate above {Show(plan.At)} that only the silent members have");
        if (survey.HighestCommitted > plan.At.Index)
        {
            Console.WriteLine($"LOST FOR CERTAIN: a member that answers knows of commits through {survey.HighestCommitted.Value}");
        }

        Console.WriteLine("members that are only cut off retire when they hear of it: nothing that they commit meanwhile will be part of the group");
    }

    private static void PrintDone(Survivor best, RecoveryPlan plan)
    {
        Console.WriteLine($"done: {plan.Done}");
        Console.WriteLine($"{best.NodeName} is the only member now, as {plan.Done!.Configuration.Members[0].Replica}. Add others at once: actorphysics members {plan.Done.Group.Value} add NODE");
    }

    private static string ShowRuns(ImmutableArray<CoordinateRun> runs) => runs.IsEmpty ? "none" : string.Join(", ", runs);

    private static string Show(LogPosition position) =>
        string.Create(CultureInfo.InvariantCulture, $"(e{position.Epoch.Value}, {position.Index.Value})");

    private static JsonObject ToJson(RecoverySurvey survey, Survivor best, RecoveryPlan plan) => new()
    {
        ["group"] = survey.Group.Value,
        ["survivors"] = new JsonArray([.. survey.Survivors.Select(survivor => new JsonObject
        {
            ["node"] = survivor.NodeName,
            ["replica"] = survivor.Replica.Replica.Value,
            ["role"] = survivor.Replica.Role.ToString(),
            ["tailEpoch"] = survivor.Tail.Epoch.Value,
            ["tailIndex"] = survivor.Tail.Index.Value,
            ["durable"] = survivor.Replica.Durable.Value,
            ["committed"] = survivor.Replica.Committed.Value,
        })]),
        ["silent"] = new JsonArray([.. survey.Silent.Select(silent => (JsonNode)silent.Address.ToString())]),
        ["from"] = best.NodeName,
        ["at"] = new JsonObject { ["leaderEpoch"] = plan.At.Epoch.Value, ["index"] = plan.At.Index.Value },
        ["knownCommitted"] = plan.KnownCommitted.Value,
        ["atRisk"] = new JsonArray([.. plan.AtRisk.Select(run => new JsonObject
        {
            ["configEpoch"] = run.ConfigEpoch.Value,
            ["leaderEpoch"] = run.LeaderEpoch.Value,
            ["first"] = run.First.Value,
            ["last"] = run.Last.Value,
        })]),
        ["done"] = plan.Done is { } done
            ? new JsonObject { ["incarnation"] = done.Configuration.Incarnation.ToString(), ["configEpoch"] = done.Configuration.Epoch.Value, ["replica"] = done.Configuration.Members[0].Replica.Value }
            : null,
    };
}
