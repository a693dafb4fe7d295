using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Tests.Harness;

namespace ActorPhysics.Protocol.Tests.Scenarios;

/// <summary>The <c>expect</c> lines of a scenario.</summary>
internal sealed class ScenarioExpectations(Cluster cluster)
{
    public void Check(Words words)
    {
        string what = words.Next("what to expect");
        if (!TryRole(what, words) && !TryBoundary(what, words) && !TryContents(what, words) && !TryRequest(what, words))
        {
            throw new ScenarioException($"nothing is known of {what}");
        }
    }

    private bool TryRole(string what, Words words)
    {
        switch (what)
        {
            case "leader":
                LineReplica leader = Replica(words).Line!;
                Same(LineRole.Leader, leader.RoleKind);
                if (words.Take("epoch"))
                {
                    Same((ulong)words.Number("epoch"), leader.Epoch.Value);
                }

                return true;
            case "leader-among":
                Same(true, cluster.Leader is { } found && Words.Set(words.Next("set of replicas")).Contains(found.Id));
                return true;
            case "no-leader":
                Same(null, cluster.Leader?.Id);
                return true;
            case "role":
                LineReplica replica = Replica(words).Line!;
                Same(Enum.Parse<LineRole>(words.Next("role").Replace("-", "", StringComparison.Ordinal), ignoreCase: true), replica.RoleKind);
                return true;
            case "epoch":
                SimulatedReplica inEpoch = Replica(words);
                words.Expect("=");
                Same((ulong)words.Number("epoch"), inEpoch.Line!.Epoch.Value);
                return true;
            case "members":
                GroupConfiguration configuration = Replica(words).Line!.Configurations.Newest;
                words.Expect("=");
                SameSequence(words.Rest(), configuration.Members.Select(Describe));
                return true;
            case "stage":
                SimulatedReplica staged = Replica(words);
                words.Expect("=");
                Same(Enum.Parse<MembershipStage>(words.Next("stage"), ignoreCase: true), staged.Line!.Configurations.Newest.Stage);
                return true;
            case "config-epoch":
                SimulatedReplica configured = Replica(words);
                words.Expect("=");
                Same((ulong)words.Number("ConfigEpoch"), configured.Line!.Configurations.Newest.Epoch.Value);
                return true;
            case "follows":
                SimulatedReplica follower = Replica(words);
                Same(Replica(words).Id, follower.Line!.Leader);
                return true;
            case "asleep" or "awake":
                foreach (string word in words.Rest())
                {
                    Same((word, what == "asleep"), (word, cluster[int.Parse(word, System.Globalization.CultureInfo.InvariantCulture)].Line!.IsQuiescent));
                }

                return true;
            case "damaged" or "sound":
                Same(what == "damaged", Replica(words).Line!.Status.Damage is not null);
                return true;
            default:
                return false;
        }
    }

    private bool TryBoundary(string what, Words words)
    {
        if (what is not ("appended" or "durable" or "committed" or "applied" or "trimmed" or "snapshot"))
        {
            return false;
        }

        var at = Replica(words).Line!.Boundaries;
        words.Expect("=");
        LogIndex actual = what switch
        {
            "appended" => at.Appended,
            "durable" => at.Durable,
            "committed" => at.Committed,
            "applied" => at.Applied,
            "trimmed" => at.TrimmedThrough.Index,
            _ => at.SnapshotThrough,
        };
        Same((ulong)words.Number("index"), actual.Value);
        return true;
    }

    private bool TryContents(string what, Words words)
    {
        switch (what)
        {
            case "log":
                ShadowLog log = Replica(words).Memory;
                words.Expect("=");
                SameSequence(words.Rest().Select(Words.Position), log.Entries.Select(entry => entry.Position));
                return true;
            case "disk":
                ShadowLog disk = Replica(words).Disk;
                words.Expect("=");
                SameSequence(words.Rest().Select(Words.Position), disk.Entries.Select(entry => entry.Position));
                return true;
            case "state":
                AppliedState state = Replica(words).State;
                words.Expect("=");
                SameSequence(words.Rest(), state.Commands);
                return true;
            case "equal":
                List<SimulatedReplica> equal = [.. words.Rest().Select(word => cluster[int.Parse(word, System.Globalization.CultureInfo.InvariantCulture)])];
                equal.ForEach(replica => SameSequence(equal[0].State.Applied, replica.State.Applied));
                return true;
            case "in-flight" or "not-in-flight":
                bool found = cluster.Network.InFlight.Any(new Func<Protocol.Line.Messages.LineMessage, bool>(words.Messages()));
                Same(what == "in-flight", found);
                return true;
            default:
                return false;
        }
    }

    private bool TryRequest(string what, Words words)
    {
        if (what is not ("write" or "read" or "transfer" or "change"))
        {
            return false;
        }

        ClientRequest request = cluster.Ledger[words.Next("name")];
        if (words.Take("="))
        {
            Same(Outcome.Done, request.Outcome, request);
            SameSequence(words.Rest(), request.Values);
        }
        else if (words.Take("refused"))
        {
            Same(Outcome.Refused, request.Outcome, request);
            Same(Enum.Parse<Refusal>(words.Next("refusal"), ignoreCase: true), request.Refusal!.Value);
        }
        else
        {
            Same(Enum.Parse<Outcome>(words.Next("outcome").Replace("-", "", StringComparison.Ordinal), ignoreCase: true), request.Outcome, request);
        }

        return true;
    }

    private SimulatedReplica Replica(Words words) => words.Replica(cluster);

    private static void Same<T>(T expected, T actual, ClientRequest? about = null)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            string why = about?.Refusal is { } refusal ? $" ({refusal})" : "";
            throw new ScenarioException($"expected {expected}, found {actual?.ToString() ?? "none"}{why}");
        }
    }

    /// <summary><c>4</c> is a voter, <c>4-learner</c> and <c>4-witness</c> say what they are.</summary>
    private static string Describe(Member member) => member.Role == MemberRole.Voter
        ? $"{member.Replica.Value}"
        : $"{member.Replica.Value}-{member.Role.ToString().ToLowerInvariant()}";

    private static void SameSequence<T>(IEnumerable<T> expected, IEnumerable<T> actual)
    {
        List<T> found = [.. actual];
        if (!expected.SequenceEqual(found))
        {
            throw new ScenarioException($"expected {string.Join(' ', expected)}, found {string.Join(' ', found)}");
        }
    }
}
