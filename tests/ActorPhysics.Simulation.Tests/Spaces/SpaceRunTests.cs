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
        var happened = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (ulong seed = 1; seed <= 24; seed++)
        {
            SimulationResult outcome = SpaceRun.Execute(SpaceSwarm.Draw(seed)).Outcome;
            Assert.True(outcome.IsClean, $"seed {seed}: {outcome.Diagnosis}");
            foreach ((string kind, int count) in outcome.Counts.FaultKinds)
            {
                happened[kind] = happened.GetValueOrDefault(kind) + count;
            }
        }

        foreach (ShardWish wish in Enum.GetValues<ShardWish>())
        {
            Assert.True(happened.GetValueOrDefault(wish.ToString()) > 0, $"no {wish} came to its end in any of the runs");
        }

        Assert.True(happened["Redirection"] > 0, "no client was ever sent to another group");
        Assert.True(happened["SharedSession"] > 0, "no client ever went on in a session that its key brought along");
    }

    [Fact]
    [Trait("Design", "12")]
    public void The_same_seed_is_the_same_run()
    {
        SpaceResult one = SpaceRun.Execute(SpaceSwarm.Draw(7));
        using var story = new StringWriter();
        SpaceResult other = SpaceRun.Execute(SpaceSwarm.Draw(7), story);

        Assert.Equal(one.Outcome.TraceHash, other.Outcome.TraceHash);
        Assert.Equal(one.Outcome.Counts.Events, other.Outcome.Counts.Events);
        Assert.NotEmpty(story.ToString());
    }
}
