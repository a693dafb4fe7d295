using System.Text.Json;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;
using Xunit.Abstractions;

namespace ActorPhysics.Core.Tests.Quorums;

/// <summary>
/// Holds quorums against the cases of etcd-io/raft (quorum/testdata), where a folder <c>shared/vectors</c> lies beside the checkout or
/// beside one of its parents. Nothing here depends on it: without the folder the test says so and ends.
/// </summary>
public sealed class SharedQuorumVectorTests(ITestOutputHelper output)
{
    /// <summary>An infinite index (given as the highest one, or as null), and a vote that is won before it begins.</summary>
    private static readonly string[] Everything = [ulong.MaxValue.ToString(), "", "VoteWon"];

    [Fact]
    [Trait("Seed", "4.1")]
    public void Commit_frontiers_and_tallies_agree_with_the_vectors_of_another_implementation()
    {
        string? file = FindVectors();
        if (file is null)
        {
            output.WriteLine("Not run: no shared/vectors/quorum.jsonl beside this checkout.");
            return;
        }

        int judged = 0;
        int empty = 0;
        foreach (string line in File.ReadLines(file).Where(line => line.Length > 0))
        {
            JsonElement vector = JsonDocument.Parse(line).RootElement;
            if (SystemOf(vector) is not { } system)
            {
                // An empty configuration decides everything there; here it is not a quorum system, and building one is refused.
                Assert.Contains(vector.GetProperty("expect").ToString(), Everything);
                empty++;
                continue;
            }

            Judge(vector, system);
            judged++;
        }

        output.WriteLine($"{judged} vectors judged, {empty} of empty configurations.");
        Assert.True(judged > 100, $"only {judged} vectors were judged");
    }

    private static void Judge(JsonElement vector, QuorumSystem system)
    {
        string source = vector.GetProperty("src").GetString()!;
        if (vector.GetProperty("op").GetString() == "committed")
        {
            var held = new LogIndex[system.Members.Length];
            foreach (JsonProperty acknowledged in vector.GetProperty("acks").EnumerateObject())
            {
                int position = system.PositionOf(new ReplicaId(ulong.Parse(acknowledged.Name)));
                if (position >= 0)
                {
                    held[position] = new LogIndex(acknowledged.Value.GetUInt64());
                }
            }

            Assert.Equal((source, vector.GetProperty("expect").GetUInt64()), (source, system.CommitFrontier(held).Value));
            return;
        }

        (MemberSet granted, MemberSet refused) = (MemberSet.Empty, MemberSet.Empty);
        foreach (JsonProperty vote in vector.GetProperty("votes").EnumerateObject())
        {
            MemberSet voter = system.SetOf(new ReplicaId(ulong.Parse(vote.Name)));
            granted = vote.Value.ToString() is "y" or "True" ? granted.Union(voter) : granted;
            refused = vote.Value.ToString() is "n" or "False" ? refused.Union(voter) : refused;
        }

        Assert.Equal((source, vector.GetProperty("expect").GetString()), (source, "Vote" + system.Tally(granted, refused)));
    }

    /// <summary>Half of a joint configuration may be empty there, which means the other half alone.</summary>
    private static QuorumSystem? SystemOf(JsonElement vector)
    {
        ReplicaId[] voters = Voters(vector, "cfg");
        ReplicaId[] other = vector.GetProperty("joint").GetBoolean() ? Voters(vector, "cfgj") : [];
        return (voters.Length, other.Length) switch
        {
            (0, 0) => null,
            (_, 0) => QuorumSystem.Majority(voters),
            (0, _) => QuorumSystem.Majority(other),
            _ => QuorumSystem.Create(new JointRule(new MajorityRule([.. voters]), new MajorityRule([.. other]))),
        };
    }

    private static ReplicaId[] Voters(JsonElement vector, string name) =>
        vector.TryGetProperty(name, out JsonElement ids) ? [.. ids.EnumerateArray().Select(id => new ReplicaId(id.GetUInt64()))] : [];

    private static string? FindVectors()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "vectors", "quorum.jsonl");
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
