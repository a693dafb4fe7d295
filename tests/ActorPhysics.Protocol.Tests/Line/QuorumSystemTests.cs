using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Tests.Harness;

namespace ActorPhysics.Protocol.Tests.Line;

/// <summary>
/// The protocol asks the quorum system and nothing else: in every system, exactly its election quorums elect and exactly its commit quorums
/// commit (seed §4.1). Each test tries all sets of replicas that the leader may be left with.
/// </summary>
[Trait("Seed", "4.1")]
public sealed class QuorumSystemTests
{
    public static TheoryData<string> Systems =>
        ["majority of 3", "majority of 4", "majority of 5", "flexible 4: 3 elect, 2 commit", "flexible 5: 4 elect, 2 commit", "weighted 2 1 1 1", "3 domains of 6", "joint"];

    [Theory]
    [MemberData(nameof(Systems))]
    public void A_candidate_wins_exactly_with_an_election_quorum(string system)
    {
        GroupConfiguration configuration = ConfigurationOf(system);
        foreach (MemberSet present in SetsWithTheFirst(configuration))
        {
            Cluster cluster = Cluster.Started(configuration);
            cluster.Partition([.. configuration.Quorums.ReplicasOf(present)]);
            cluster.Campaign(cluster[1]);
            cluster.Settle();

            bool won = cluster[1].Line!.RoleKind == LineRole.Leader;
            Assert.True(won == configuration.Quorums.IsElectionQuorum(present), $"{configuration.Quorums.Describe(present)}: won is {won}");
        }
    }

    [Theory]
    [MemberData(nameof(Systems))]
    public void A_leader_commits_exactly_with_a_commit_quorum(string system)
    {
        GroupConfiguration configuration = ConfigurationOf(system);
        foreach (MemberSet present in SetsWithTheFirst(configuration))
        {
            Cluster cluster = Cluster.Started(configuration);
            cluster.Elect(1);
            cluster.Partition([.. configuration.Quorums.ReplicasOf(present)]);
            ClientRequest write = cluster.Write(1, "x");
            cluster.Settle();

            bool done = write.Outcome == Outcome.Done;
            Assert.True(done == configuration.Quorums.IsCommitQuorum(present), $"{configuration.Quorums.Describe(present)}: done is {done}");
        }
    }

    [Theory]
    [MemberData(nameof(Systems))]
    [Trait("Pitfall", "2")]
    public void Only_durable_copies_count(string system)
    {
        GroupConfiguration configuration = ConfigurationOf(system);
        foreach (MemberSet durable in SetsWithTheFirst(configuration))
        {
            Cluster cluster = Cluster.Started(configuration);
            cluster.Elect(1);
            foreach (ReplicaId volatileOne in configuration.Quorums.ReplicasOf(configuration.Quorums.All.Except(durable)))
            {
                cluster[volatileOne].HoldsDisk = true;
            }

            ClientRequest write = cluster.Write(1, "x");
            cluster.Settle();

            bool done = write.Outcome == Outcome.Done;
            Assert.True(done == configuration.Quorums.IsCommitQuorum(durable), $"durable on {configuration.Quorums.Describe(durable)}: done is {done}");
        }
    }

    [Theory]
    [MemberData(nameof(Systems))]
    [Trait("Seed", "5.4")]
    public void A_strong_read_needs_voters_that_no_other_leader_can_do_without(string system)
    {
        GroupConfiguration configuration = ConfigurationOf(system);
        foreach (MemberSet present in SetsWithTheFirst(configuration))
        {
            Cluster cluster = Cluster.Started(configuration);
            cluster.Elect(1);
            cluster.Partition([.. configuration.Quorums.ReplicasOf(present)]);
            ClientRequest read = cluster.Read(1, Protocol.Reads.ReadLevel.Strong, "r");
            cluster.Settle();

            bool done = read.Outcome == Outcome.Done;
            Assert.True(done == configuration.Quorums.MeetsEveryElectionQuorum(present), $"{configuration.Quorums.Describe(present)}: done is {done}");
        }
    }

    [Theory]
    [MemberData(nameof(Systems))]
    [Trait("Paper", "Raft 5.4")]
    public void What_any_commit_quorum_holds_survives_every_election_that_is_possible_without_the_rest(string system)
    {
        GroupConfiguration configuration = ConfigurationOf(system);
        foreach (MemberSet holders in SetsWithTheFirst(configuration).Where(configuration.Quorums.IsCommitQuorum))
        {
            Cluster cluster = Cluster.Started(configuration);
            cluster.Elect(1);
            cluster.Partition([.. configuration.Quorums.ReplicasOf(holders)]);
            cluster.Write(1, "x");
            cluster.Settle();

            // The leader dies; everybody else may try, and whoever can win must have the write.
            cluster[1].Crash();
            cluster.Network.TakeAll(_ => true);
            cluster.Heal();
            cluster.Run(TimeSpan.FromSeconds(5));
            bool possible = configuration.Quorums.IsElectionQuorum(configuration.Quorums.All.Without(0));
            Assert.Equal(possible, cluster.Leader is not null);
            Assert.All(cluster.Up.Where(_ => possible), replica => Assert.Equal(["x"], replica.State.Commands));
        }
    }

    private static GroupConfiguration ConfigurationOf(string system) => system switch
    {
        "majority of 3" => Groups.Majority(3),
        "majority of 4" => Groups.Majority(4),
        "majority of 5" => Groups.Majority(5),
        "flexible 4: 3 elect, 2 commit" => Groups.Flexible(4, election: 3, commit: 2),
        "flexible 5: 4 elect, 2 commit" => Groups.Flexible(5, election: 4, commit: 2),
        "weighted 2 1 1 1" => Groups.Weighted(),
        "3 domains of 6" => Groups.ByDomain(6, zones: 3),
        _ => Groups.Joint(),
    };

    private static IEnumerable<MemberSet> SetsWithTheFirst(GroupConfiguration configuration) =>
        Enumerable.Range(0, 1 << (configuration.Quorums.Members.Length - 1)).Select(others => new MemberSet(((ulong)others << 1) | 1));
}
