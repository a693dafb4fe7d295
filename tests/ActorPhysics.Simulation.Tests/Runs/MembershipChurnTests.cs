using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Runs;
using ActorPhysics.Simulation.Workloads;

namespace ActorPhysics.Simulation.Tests.Runs;

/// <summary>Groups whose members change while everything else goes wrong.</summary>
[Trait("Seed", "5.1")]
public sealed class MembershipChurnTests
{
    [Fact]
    public void Runs_with_changing_members_are_clean_and_go_through_every_kind_of_step()
    {
        var marks = new SortedSet<string>(StringComparer.Ordinal);
        foreach (SimulationPlan plan in Enumerable.Range(1, 90).Select(seed => Swarm.Draw((ulong)seed)).Where(plan => plan.Group.Spares > 0))
        {
            SimulationResult result = SimulationRun.Execute(plan, KeyValueWorkload.Instance);

            Assert.True(result.IsClean, $"seed {plan.Seed}: {result.Diagnosis}");
            marks.UnionWith(result.Marks.Hit);
        }

        Assert.Superset(
            new SortedSet<string>(StringComparer.Ordinal)
            {
                "members are to change", "change given another target", "joint configuration entered", "joint configuration left by another leader",
                "change settled", "change of members refused", "configuration pruned", "replica told of its removal", "leader led itself out",
            },
            marks);
    }

    [Fact]
    public void Every_node_of_a_calm_group_can_be_replaced_one_after_the_other()
    {
        SimulationPlan plan = Calm.Plan(7, new GroupShape(3, Spares: 3)) with
        {
            Faults =
            [
                new ChangeMembers(TimeSpan.FromSeconds(1), 0b001110, TimeSpan.FromSeconds(1)),
                new ChangeMembers(TimeSpan.FromSeconds(2), 0b011100, TimeSpan.FromSeconds(1)),
                new ChangeMembers(TimeSpan.FromSeconds(3), 0b111000, TimeSpan.FromSeconds(1)),
            ],
        };

        SimulationResult result = SimulationRun.Execute(plan, KeyValueWorkload.Instance);

        Assert.True(result.IsClean, result.Diagnosis?.ToString());
        Assert.Equal(9, result.History.Trunk.OfType<Protocol.Line.Log.ConfigurationEntry>().Count());
        Assert.Equal<ulong>(
            [4, 5, 6], result.History.Trunk.OfType<Protocol.Line.Log.ConfigurationEntry>().Last().Configuration.Members.Select(member => member.Replica.Value));
    }

    [Fact]
    public void Seeds_without_spare_nodes_change_no_members()
    {
        IEnumerable<SimulationPlan> plans = Enumerable.Range(1, 200).Select(seed => Swarm.Draw((ulong)seed)).Where(plan => plan.Group.Spares == 0);

        Assert.All(plans, plan => Assert.DoesNotContain(plan.Faults, fault => fault is ChangeMembers));
    }
}
