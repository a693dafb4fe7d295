using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Inputs;
using ActorPhysics.Protocol.Tests.Harness;
using ActorPhysics.Protocol.Tests.Stress;

namespace ActorPhysics.Protocol.Tests.Fingerprints;

/// <summary>
/// A search goes both ways on from a fork, so forks must be whole and apart. They are tried at every step of runs in which everything happens
/// that can happen: elections, snapshots, reads, transfers, repairs.
/// </summary>
public sealed class ForkTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [Trait("Design", "2")]
    public void A_fork_does_what_its_original_does_and_leaves_it_untouched(ulong seed)
    {
        var run = new StressRun(seed);
        List<string> expected = [];
        Fingerprint expectedAfter = default;
        int compared = 0;
        run.Cluster.BeforeStep = (replica, input) =>
        {
            LineReplica line = replica.Line!;
            Fingerprint before = Digests.Of(line);
            LineReplica fork = line.Fork();
            Assert.Equal(before, Digests.Of(fork));

            var effects = new List<LineEffect>();
            fork.Step(input, effects);
            Assert.Equal(before, Digests.Of(line));
            expected = [.. effects.Select(Describe.Of)];
            expectedAfter = Digests.Of(fork);
        };
        run.Cluster.AfterStep = (replica, effects) =>
        {
            Assert.Equal(expected, effects.Select(Describe.Of));
            Assert.Equal(expectedAfter, Digests.Of(replica.Line!));
            compared++;
        };

        run.Execute(steps: 5_000);

        Assert.True(compared > 500, $"only {compared} steps");
    }

    [Fact]
    public void An_input_that_changes_nothing_leaves_the_fingerprint()
    {
        Cluster cluster = Cluster.Started(Groups.Majority(3));
        cluster.Elect(1);
        LineReplica line = cluster[2].Line!;
        Fingerprint before = Digests.Of(line);

        line.Step(new ReadRequested(default, Reads.ReadLevel.Follower, []), []);

        Assert.Equal(before, Digests.Of(line));
    }

    [Fact]
    public void A_later_time_counts_only_by_what_has_expired()
    {
        Cluster cluster = Cluster.Started(Groups.Majority(3));
        cluster.Elect(1);
        LineReplica line = cluster[2].Line!;
        MonotonicTime hour = cluster.Now + TimeSpan.FromHours(1);

        Assert.NotEqual(Digests.Of(line, cluster.Now), Digests.Of(line, hour));
        Assert.Equal(Digests.Of(line, hour + TimeSpan.FromHours(1)), Digests.Of(line, hour));
    }

    [Fact]
    public void A_renaming_gives_the_fingerprint_of_the_renamed_group()
    {
        Cluster first = Cluster.Started(Groups.Majority(3));
        Cluster second = Cluster.Started(Groups.Majority(3));
        first.Elect(1);
        second.Elect(2);
        ReplicaRenaming swap = ReplicaRenaming.All(3).Single(renaming => renaming.ToString() == "r2 r1 r3");

        // Long after, so that no random deadline tells them apart; renamed, the leaders' positions of their peers are the same.
        MonotonicTime later = first.Now + TimeSpan.FromHours(1);
        Assert.Equal(Digests.Of(second[2].Line!, later), Digests.Of(first[1].Line!, later, swap));
        Assert.Equal(Digests.Of(second[3].Line!, later), Digests.Of(first[3].Line!, later, swap));
        Assert.NotEqual(Digests.Of(second[2].Line!, later), Digests.Of(first[1].Line!, later));
    }
}

internal static class Digests
{
    public static Fingerprint Of(LineReplica line, MonotonicTime asOf = default, ReplicaRenaming? renaming = null)
    {
        var digest = new StateDigest(renaming ?? ReplicaRenaming.Identity, asOf);
        line.DigestTo(digest);
        return digest.Result;
    }
}
