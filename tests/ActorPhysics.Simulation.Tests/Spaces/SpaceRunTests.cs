using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Spaces;

namespace ActorPhysics.Simulation.Tests.Spaces;

/// <summary>
/// Sharded spaces under faults: what is broken on purpose is found by the mutants that are hunted with <c>swarm: spaces</c>; here it is shown that the
/// shipped code is clean and that the runs contain what they claim to.
/// </summary>
public sealed class SpaceRunTests
{
    [Fact]
    [Trait("Seed", "5.1")]
    public void Shards_that_are_split_merged_and_moved_under_faults_keep_every_key_and_every_command()
    {
        SortedDictionary<string, int> happened = RunClean(Plans(isControlled: false).Take(24));

        foreach (ShardWish wish in Enum.GetValues<ShardWish>())
        {
            Assert.True(happened.GetValueOrDefault(wish.ToString()) > 0, $"no {wish} came to its end in any of the runs");
        }

        Assert.True(happened["Redirection"] > 0, "no client was ever sent to another group");
        Assert.True(happened["SharedSession"] > 0, "no client ever went on in a session that its key brought along");
    }

    [Fact]
    [Trait("Seed", "5.1")]
    public void The_shipped_config_group_brings_everything_that_it_decided_to_its_end_whatever_fails()
    {
        SortedDictionary<string, int> happened = RunClean(Plans(isControlled: true).Take(60));

        string[] kinds = ["Split", "Merge", "ReplaceReplica", "AddReplica", "TransferLeader", "GroupForgotten", "SpaceDeleted", "NodeAbsent", "Drain", "Redirection", "SharedSession"];
        foreach (string kind in kinds)
        {
            Assert.True(happened.GetValueOrDefault(kind) > 0, $"no {kind} happened in any of the runs");
        }
    }

    [Theory]
    [Trait("Seed", "5.1")]
    [InlineData(6)]
    [InlineData(115)]
    [InlineData(704)]
    public void What_the_config_group_once_left_undone_is_done(ulong seed) => RunClean([SpaceSwarm.Draw(seed)]);

    [Theory]
    [Trait("Design", "12")]
    [InlineData(false)]
    [InlineData(true)]
    public void The_same_seed_is_the_same_run(bool isControlled)
    {
        SpacePlan plan = Plans(isControlled).Skip(3).First();
        SpaceResult one = SpaceRun.Execute(plan);
        using var story = new StringWriter();
        SpaceResult other = SpaceRun.Execute(SpaceSwarm.Draw(plan.World.Seed), story);

        Assert.Equal(one.Outcome.TraceHash, other.Outcome.TraceHash);
        Assert.Equal(one.Outcome.Counts.Events, other.Outcome.Counts.Events);
        Assert.NotEmpty(story.ToString());
    }

    private static IEnumerable<SpacePlan> Plans(bool isControlled)
    {
        for (ulong seed = 1; ; seed++)
        {
            SpacePlan plan = SpaceSwarm.Draw(seed);
            if (plan.Control is not null == isControlled)
            {
                yield return plan;
            }
        }
    }

    /// <returns>How often each kind of thing happened.</returns>
    private static SortedDictionary<string, int> RunClean(IEnumerable<SpacePlan> plans)
    {
        var happened = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (SpacePlan plan in plans)
        {
            SimulationResult outcome = SpaceRun.Execute(plan).Outcome;
            Assert.True(outcome.IsClean, $"seed {plan.World.Seed}: {outcome.Diagnosis}");
            foreach ((string kind, int count) in outcome.Counts.FaultKinds)
            {
                happened[kind] = happened.GetValueOrDefault(kind) + count;
            }
        }

        return happened;
    }
}
