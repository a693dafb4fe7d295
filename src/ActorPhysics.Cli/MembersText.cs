using System.Text.Json;
using ActorPhysics.Client.Membership;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Wire.Requests;
using Spectre.Console;

namespace ActorPhysics.Cli;

/// <summary>What <c>members</c> prints.</summary>
internal static class MembersText
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Print(MembershipView view, bool json)
    {
        if (json)
        {
            PrintJson(ShapeOf(view));
            return;
        }

        string stage = $"{view.Configuration.Epoch}, {view.Stage.ToString().ToLowerInvariant()}{(view.IsCommitted ? "" : ", not on the trunk yet")}";
        var table = new Table { Title = new TableTitle(Markup.Escape($"group {view.Configuration.Group.Value}: {stage}, leader {NameOf(view, view.Leader)}")) };
        foreach (string column in (string[])["replica", "node", "member", "state", "E", "lag", "remarks"])
        {
            table.AddColumn(column);
        }

        foreach (MemberView member in view.Members)
        {
            string becomes = view.Stage == MembershipStage.Settled || member.Becomes == member.Member.Role ? ""
                : member.Becomes is { } role ? $", becomes {Lower(role)}" : ", leaves";
            table.AddRow(
                member.Member.Replica.ToString(), Markup.Escape(NameOf(view, member.Member.Node)), Lower(member.Member.Role) + becomes, member.Role.ToString(),
                member.Appended.ToString(), member.LagEntries?.ToString() ?? "", Markup.Escape(member.Trouble));
        }

        foreach (ReplicaStatus retired in view.Retired)
        {
            table.AddRow(retired.Replica.ToString(), Markup.Escape(NameOf(view, retired.Node)), "none", retired.Role.ToString(), "", "", Markup.Escape(retired.StoppedBecause));
        }

        AnsiConsole.Write(table);
    }

    public static void PrintPlan(MembershipView view, MembershipPlan? plan, string? refusal, bool json)
    {
        if (json)
        {
            PrintJson(new
            {
                DryRun = true,
                Refused = refusal,
                Unchanged = plan?.IsReached ?? false,
                Present = Shape(view.Configuration.Members, view.Configuration),
                Resulting = plan is null ? null : Shape(plan.Target.Members, null),
            });
            return;
        }

        Console.WriteLine($"now:        {view.Configuration.Epoch} {Line(view, view.Configuration.Members)}");
        if (plan is not null)
        {
            Console.WriteLine($"at the end: {Line(view, plan.Target.Members)}{(plan.IsReached ? " (nothing to do)" : "")}");
        }

        Console.WriteLine(refusal is null ? "nothing was changed" : $"it would be refused: {refusal}");
    }

    public static void Print(MembershipResult result, bool json)
    {
        if (json)
        {
            PrintJson(new
            {
                Outcome = result.Outcome.ToString(),
                result.Detail,
                Configuration = result.Configuration is { } configuration ? Shape(configuration.Members, configuration) : null,
            });
            return;
        }

        Console.WriteLine($"{Lower(result.Outcome)}: {result.Detail}");
    }

    public static void PrintDiscarded(NodeId node, ReplicaId[] replicas, bool isDry, bool json)
    {
        if (json)
        {
            PrintJson(new { DryRun = isDry, Node = node.Value, Discarded = replicas.Select(replica => replica.Value) });
        }
        else if (replicas.Length == 0)
        {
            Console.Error.WriteLine($"{node} keeps nothing of a retired replica");
        }
        else
        {
            Console.WriteLine($"{(isDry ? "would discard" : "discarded")} {string.Join(", ", replicas)} on {node}");
        }
    }

    private static object ShapeOf(MembershipView view) => new
    {
        Group = view.Configuration.Group.Value,
        ConfigEpoch = view.Configuration.Epoch.Value,
        Stage = view.Stage.ToString(),
        view.IsCommitted,
        Leader = view.Leader == default ? (ulong?)null : view.Leader.Value,
        NextReplica = view.NextReplica.Value,
        Members = view.Members.Select(member => new
        {
            Replica = member.Member.Replica.Value,
            Node = member.Member.Node.Value,
            Role = member.Member.Role.ToString(),
            Becomes = member.Becomes?.ToString(),
            State = member.Role.ToString(),
            E = member.Appended.Value,
            member.LagEntries,
            Trouble = member.Trouble.Length == 0 ? null : member.Trouble,
        }),
        Retired = view.Retired.Select(replica => new { Replica = replica.Replica.Value, Node = replica.Node.Value, Reason = replica.StoppedBecause }),
    };

    private static object Shape(IEnumerable<Member> members, GroupConfiguration? configuration) => new
    {
        ConfigEpoch = configuration?.Epoch.Value,
        Stage = configuration?.Stage.ToString(),
        Members = members.OrderBy(member => member.Replica).Select(member => new { Replica = member.Replica.Value, Node = member.Node.Value, Role = member.Role.ToString() }),
    };

    private static string Line(MembershipView view, IEnumerable<Member> members) => string.Join(", ", members
        .OrderBy(member => member.Replica)
        .Select(member => $"{member.Replica} on {NameOf(view, member.Node)}{(member.Role == MemberRole.Voter ? "" : $" ({Lower(member.Role)})")}"));

    private static string NameOf(MembershipView view, NodeId node) =>
        node == default ? "none" : view.Nodes.FirstOrDefault(candidate => candidate.Node == node).Name ?? node.ToString();

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static void PrintJson(object shape) => Console.WriteLine(JsonSerializer.Serialize(shape, Json));
}
