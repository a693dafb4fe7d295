using System.Globalization;
using System.Text.Json;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using Xunit.Abstractions;

namespace ActorPhysics.Core.Tests.Membership;

/// <summary>
/// Holds membership changes against the cases of etcd-io/raft (confchange/testdata), where a folder <c>shared/vectors</c> lies beside the checkout
/// or beside one of its parents. Deliberate differences, which the test expects by name: a group is founded with voters, so nothing is done to an
/// empty one; every change of voters is joint, so what is refused there for being more than one voter is done here in its steps; a joint
/// configuration is left by itself, and a change of nothing needs none; progress of peers belongs to the leader, not to the configuration.
/// </summary>
public sealed class SharedMembershipVectorTests(ITestOutputHelper output)
{
    private int _judged;
    private int _different;

    [Fact]
    [Trait("Seed", "5.1")]
    public void Configurations_agree_with_the_vectors_of_another_implementation()
    {
        if (FindVectors() is not { } file)
        {
            output.WriteLine("Not run: no shared/vectors/confchange.jsonl beside this checkout.");
            return;
        }

        foreach (string line in File.ReadLines(file).Where(line => line.Length > 0))
        {
            JsonElement story = JsonDocument.Parse(line).RootElement;
            string name = story.GetProperty("file").GetString()!;
            GroupConfiguration? current = null;
            foreach (JsonElement step in story.GetProperty("steps").EnumerateArray())
            {
                current = Play(name, step, current);
            }
        }

        output.WriteLine($"{_judged} steps judged, {_different} differ on purpose.");
        Assert.True(_judged >= 30, $"only {_judged} steps were judged");
    }

    private GroupConfiguration? Play(string story, JsonElement step, GroupConfiguration? current)
    {
        string command = step.GetProperty("cmd").GetString()!.Split(' ')[0];
        string expected = step.GetProperty("expect")[0].GetString()!;
        string[] operations = [.. step.GetProperty("ops").EnumerateArray().SelectMany(line => line.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        string where = $"{story}: {command} {string.Join(' ', operations)}";
        if (current is null)
        {
            return Found(operations, expected);
        }

        if (command == "leave-joint")
        {
            return Leave(current, expected, where);
        }

        MembershipTarget target = TargetOf(current, operations);
        if (target.Members.All(member => !member.Votes))
        {
            Assert.Null(Reconfiguration.TryBegin(current, target, out _));
            return Judged("removed all voters", expected, where, current);
        }

        GroupConfiguration? begun = Reconfiguration.TryBegin(current, target, out _);
        if (current.Stage == MembershipStage.Joint)
        {
            Assert.Null(begun);
            Assert.Contains("joint", expected, StringComparison.Ordinal);
            _judged++;
            return current;
        }

        Assert.True(begun is not null, where);
        GroupConfiguration joint = begun.Stage == MembershipStage.Learning ? Reconfiguration.EnterJoint(begun) : begun;
        if (command == "enter-joint")
        {
            return joint.Stage == MembershipStage.Joint ? Judged(Describe(joint), Plain(expected), where, joint) : Different(joint);
        }

        if (expected.StartsWith("more than one voter", StringComparison.Ordinal))
        {
            return Different(current);
        }

        GroupConfiguration end = joint.Stage == MembershipStage.Joint ? Reconfiguration.LeaveJoint(joint) : joint;
        return Judged(Describe(end), Plain(expected), where, end);
    }

    private GroupConfiguration? Found(string[] operations, string expected)
    {
        MembershipTarget target = TargetOf(null, operations);
        ReplicaId[] voters = [.. target.Members.Where(member => member.Votes).Select(member => member.Replica)];
        if (voters.Length == 0)
        {
            _different++;
            return null;
        }

        if (!expected.StartsWith("voters", StringComparison.Ordinal))
        {
            Assert.Contains("zero-voter", expected, StringComparison.Ordinal);
            _different++;
            return null;
        }

        GroupConfiguration founding = GroupConfiguration.Create(
            Given.Group, Given.Incarnation, ConfigEpoch.Founding, target.Members, QuorumSystem.Majority(voters), Core.FailureModels.CrashRecovery.Instance);
        return Judged(Describe(founding), Plain(expected), "founding", founding);
    }

    private GroupConfiguration Leave(GroupConfiguration current, string expected, string where)
    {
        if (current.Stage == MembershipStage.Joint)
        {
            GroupConfiguration left = Reconfiguration.LeaveJoint(current);
            return Judged(Describe(left), Plain(expected), where, left);
        }

        Assert.Throws<InvariantViolationException>(() => Reconfiguration.LeaveJoint(current));
        // There a change of nothing had entered a joint configuration, here it had not.
        return expected == "can't leave a non-joint config" ? Judged(expected, expected, where, current) : Different(current);
    }

    private static MembershipTarget TargetOf(GroupConfiguration? current, string[] operations)
    {
        var roles = new SortedDictionary<ReplicaId, MemberRole>();
        foreach (Member member in current?.Members ?? [])
        {
            roles[member.Replica] = member.Role;
        }

        foreach (string operation in operations)
        {
            var replica = new ReplicaId(ulong.Parse(operation[1..], CultureInfo.InvariantCulture));
            if (operation[0] == 'r')
            {
                roles.Remove(replica);
            }
            else if (operation[0] != 'u' && !replica.IsNone)
            {
                roles[replica] = operation[0] == 'v' ? MemberRole.Voter : MemberRole.Learner;
            }
        }

        return new MembershipTarget(
            [.. roles.Select(role => new Member(role.Key, new NodeId(role.Key.Value), role.Value))],
            new MajorityRule([.. roles.Where(role => role.Value == MemberRole.Voter).Select(role => role.Key)]));
    }

    /// <summary>In the words of the vectors: the new half first, then the old one, who learns now, and who will.</summary>
    private static string Describe(GroupConfiguration configuration)
    {
        string voters = configuration.Quorums.Rule is JointRule joint ? $"{Ids(joint.New)}&&{Ids(joint.Old)}" : Ids(configuration.Quorums.Rule);
        string learners = Ids(configuration.Members.Where(member => !member.Votes));
        string next = Ids((configuration.Target?.Members ?? []).Where(member => !member.Votes && configuration.Find(member.Replica) is { Votes: true }));
        return $"voters={voters}{(learners == "()" ? "" : $" learners={learners}")}{(next == "()" ? "" : $" learners_next={next}")}";
    }

    private static string Ids(QuorumRule rule) => Ids(QuorumSystem.Create(rule).Members.Select(voter => new Member(voter, default, MemberRole.Voter)));

    private static string Ids(IEnumerable<Member> members) => "(" + string.Join(' ', members.Select(member => member.Replica.Value).Order()) + ")";

    private static string Plain(string expected) => expected.Replace(" autoleave", "", StringComparison.Ordinal);

    private GroupConfiguration Judged(string ours, string theirs, string where, GroupConfiguration next)
    {
        Assert.True(ours == theirs, $"{where}: here {ours}, there {theirs}");
        _judged++;
        return next;
    }

    private GroupConfiguration Different(GroupConfiguration next)
    {
        _different++;
        return next;
    }

    private static string? FindVectors()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, "shared", "vectors", "confchange.jsonl");
            if (File.Exists(file))
            {
                return file;
            }
        }

        return null;
    }
}
