using System.Collections.Immutable;
using ActorPhysics.Actors.Replicas;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Simulation.Plans;
using ActorPhysics.Simulation.Processes;
using ActorPhysics.Simulation.Randomness;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Runs;

/// <summary>
/// Changes who belongs to the group, as a config actor would: asks whoever leads, naming the ConfigEpoch seen there, and goes on asking until the
/// group is on its way or the wish is forgotten. It starts a replica where the trunk says that one belongs, or sooner.
/// </summary>
internal sealed class Operator(SimulationRun run, SimulatedProcess[] processes, Func<SimulatedProcess?> leader, Action<SimulatedProcess, ReplicaId> host)
{
    private static readonly TimeSpan LeastPatience = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan Rounds = TimeSpan.FromMilliseconds(50);
    private readonly SeededRandom _random = SeededRandom.For(run.Plan.Seed, 5);
    private ReplicaId _highest = run.Configuration.HighestReplica;
    private bool _makesRounds;
    private bool _mayAsk = true;

    private EventQueue Events => run.Events;

    private GroupConfiguration OnTrunk => run.Observatory.Book.NewestOnTrunk.Configuration;

    public void Begin(ChangeMembers wish)
    {
        if (!_makesRounds)
        {
            _makesRounds = true;
            MakeRound();
        }

        Ask(wish, Events.Now + wish.For);
    }

    /// <summary>No more changes from now on; what was begun is seen to its end.</summary>
    public void Rest() => _mayAsk = false;

    private void Ask(ChangeMembers wish, WorldTime until)
    {
        if (!_mayAsk)
        {
            return;
        }

        if (leader() is { Actor: { } actor } process)
        {
            GroupConfiguration current = actor.Configurations.Newest;
            MembershipTarget target = TargetOf(wish, current);
            if (target.Members.SequenceEqual(current.Target?.Members ?? current.Members))
            {
                return;
            }

            if (!IsSound(target))
            {
                Again(wish, until);
                return;
            }

            StartEarly(target, current);
            ConfigEpoch expected = wish.Outdated && current.Epoch > ConfigEpoch.Founding ? new ConfigEpoch(current.Epoch.Value - 1) : current.Epoch;
            var mail = new MembershipMail(run.NextOperatorRequest(), expected, target);
            process.Act(replica => replica.Offer(mail));
        }

        Again(wish, until);
    }

    /// <summary>
    /// No group is made to depend on a replica that does not know yet what it lost, which is more than repair from peers supposes; nor on a witness, which
    /// may come to hold more than anybody who can lead.
    /// </summary>
    private bool IsSound(MembershipTarget target)
    {
        if (QuorumSystem.TryCreate(target.Quorums, out _) is not { } quorums)
        {
            return true;
        }

        ReplicaId[] sound = [.. quorums.Members.Where(voter => target.Find(voter) is { Role: MemberRole.Voter } && !run.Observatory.Subjects.Any(subject => subject.Id == voter && (subject.OwesRepair || subject.IsLost)))];
        MemberSet set = quorums.SetOf(sound);
        return quorums.IsCommitQuorum(set) && quorums.IsElectionQuorum(set);
    }

    private void Again(ChangeMembers wish, WorldTime until)
    {
        WorldTime next = Events.Now + LeastPatience + _random.Exponential(run.Plan.Options.ElectionTimeoutMaximum / 3);
        if (!wish.Outdated && next < until)
        {
            Events.Plan(next, () => Ask(wish, until));
        }
    }

    private MembershipTarget TargetOf(ChangeMembers wish, GroupConfiguration current)
    {
        ImmutableArray<Member> end = current.Target?.Members ?? current.Members;
        var members = new List<Member>();
        foreach (SimulatedProcess process in processes)
        {
            int node = 1 << process.Index;
            MemberRole? role = (wish.Voters & node) != 0 ? MemberRole.Voter
                : (wish.Witnesses & node) != 0 ? MemberRole.Witness
                : (wish.Learners & node) != 0 ? MemberRole.Learner
                : null;
            if (role is { } wanted)
            {
                Member? present = end.Concat(current.Members).Where(member => member.Node == process.Node).Cast<Member?>().FirstOrDefault();
                members.Add(present is { } known
                    ? known with { Role = known.Role == MemberRole.Witness ? MemberRole.Witness : wanted }
                    : new Member(NameFor(process, current, wish.SameNames), process.Node, wanted));
            }
        }

        members.Sort((a, b) => a.Replica.CompareTo(b.Replica));
        ImmutableArray<ReplicaId> voters = [.. members.Where(member => member.Votes).Select(member => member.Replica)];
        return new MembershipTarget([.. members], voters.IsEmpty ? current.Quorums.Rule : run.Plan.Group.RuleOf(voters));
    }

    /// <summary>The id of the replica that is prepared there, or one that nobody ever had.</summary>
    private ReplicaId NameFor(SimulatedProcess process, GroupConfiguration current, bool sameNames)
    {
        if (process.Subject is { } there && (sameNames || there.Id.CompareTo(current.HighestReplica) > 0))
        {
            return there.Id;
        }

        _highest = new ReplicaId(Math.Max(_highest.Value, current.HighestReplica.Value) + 1);
        return _highest;
    }

    private void StartEarly(MembershipTarget target, GroupConfiguration current)
    {
        foreach (Member member in target.Members)
        {
            SimulatedProcess process = ProcessOn(member);
            if (current.Find(member.Replica) is null && process.Subject is null && _random.OneIn(2))
            {
                host(process, member.Replica);
            }
        }
    }

    /// <summary>Whoever belongs to the group and does not live yet is started, in the place of the removed one that may be there.</summary>
    private void MakeRound()
    {
        foreach (Member member in OnTrunk.Members)
        {
            SimulatedProcess process = ProcessOn(member);
            bool isFree = process.Subject is null || process.IsUp;
            if (isFree && process.Subject?.Id != member.Replica)
            {
                host(process, member.Replica);
            }
        }

        Events.Plan(Events.Now + Rounds, MakeRound);
    }

    private SimulatedProcess ProcessOn(Member member) => processes[(int)member.Node.Value - 1];
}
