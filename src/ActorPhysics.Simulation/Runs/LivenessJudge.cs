using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Simulation.Clients;
using ActorPhysics.Simulation.Monitors;
using ActorPhysics.Simulation.World;

namespace ActorPhysics.Simulation.Runs;

/// <summary>
/// Liveness (seed §6): after a core of a quorum is healed it has a leader, C advances, every client is served, and every replica of the core
/// catches up. What is missing at the end of the stated time is what this judge names.
/// </summary>
internal sealed class LivenessJudge(
    Observatory observatory, IReadOnlyList<Subject> core, IReadOnlyList<SimulatedClient> clients, ClientHistory history, WorldTime healedAt, LogIndex trunkBefore)
{
    private bool HasMoved => observatory.Trunk.End.Index > trunkBefore;

    /// <summary>Somebody asked for what needs a commit, and C has not moved.</summary>
    private bool LacksCommits
    {
        get
        {
            for (int index = history.Operations.Count - 1; !HasMoved && index >= 0 && history.Operations[index].Invoked >= healedAt; index--)
            {
                if (!history.Operations[index].Drawn.IsQuery)
                {
                    return true;
                }
            }

            return false;
        }
    }
    private Subject? Leader => core.FirstOrDefault(subject => subject is { IsUp: true, Role: LineRole.Leader });

    /// <summary>
    /// There is a leader, C has moved, and every client has had an answer to something that it asked for since. Who has nothing left to ask for
    /// need not be served, and where nobody has, nothing moves.
    /// </summary>
    public bool IsServed => Leader is not null && !LacksCommits && ServedSince().All(served => served);

    /// <summary>Nothing is under way any more, and every replica of the core has applied the whole trunk.</summary>
    public bool IsSettled => clients.All(client => client.Current is null) && IsConfigured && core.All(IsCurrent);

    private GroupConfiguration Configuration => observatory.Book.NewestOnTrunk.Configuration;

    /// <summary>No change of the members is under way, unless it waits for a newcomer that is not up: it goes on without end then, and could be taken back.</summary>
    private bool IsConfigured => Leader is { } leader && observatory.Book.InForce(leader.Memory) == observatory.Book.NewestOnTrunk
        && (Configuration.Target is null || (Configuration.Stage == MembershipStage.Learning && AwaitsSomebodyWhoIsAway));

    private bool AwaitsSomebodyWhoIsAway =>
        Configuration.Target!.Members.Any(member => member.Votes && !core.Any(subject => subject.Id == member.Replica && subject.IsUp));

    public void Accuse()
    {
        string waited = $"{(observatory.Now - healedAt).TotalSeconds:0.0} s after the healing";
        if (Leader is null)
        {
            Report(Symptom.NoLeader, $"{waited} no replica leads: {Describe()}");
        }
        else if (LacksCommits)
        {
            Report(Symptom.NoCommits, $"{waited} {Leader.Id} leads and commits nothing above {trunkBefore}: {Describe()}");
        }
        else if (!IsConfigured)
        {
            Report(Symptom.ChangeUnfinished, $"{waited} {Leader.Id} goes by {observatory.Book.InForce(Leader.Memory)}, the trunk by {observatory.Book.NewestOnTrunk}: {Describe()}");
        }
        else if (core.FirstOrDefault(subject => IsRemoved(subject) && !IsCurrent(subject)) is { } unaware)
        {
            Report(Symptom.LeftBehind, $"{waited} {unaware.Id} does not know that it was removed by {Configuration}: {Describe()}");
        }
        else if (core.FirstOrDefault(subject => !IsCurrent(subject)) is { } behind)
        {
            // Who is sent nothing at all, or has a broken disk to be repaired, is left behind for another reason than the cliff.
            bool stranded = behind.Memory.End < Leader.Memory.Base.Index && behind.FedAt > healedAt && !behind.OwesRepair;
            Report(stranded ? Symptom.StrandedBelowCliff : Symptom.LeftBehind, $"{waited} {behind.Id} is behind the trunk, which ends at {observatory.Trunk.End}: {Describe()}");
        }
        else
        {
            int unserved = ServedSince().ToList().IndexOf(false);
            SimulatedClient forgotten = unserved >= 0 ? clients[unserved] : clients.First(client => client.Current is not null);
            Report(Symptom.Unanswered, $"{waited} client {forgotten.Index} waits: {forgotten.Current?.ToString() ?? "for a session"}: {Describe()}");
        }
    }

    public void RequireEqualStates() => EqualStates.Require(
        observatory,
        core.Where(subject => subject.IsUp && subject.Actor!.Role != LineRole.Retired && Configuration.Find(subject.Id) is not null && IsCurrent(subject)));

    private bool IsCurrent(Subject subject)
    {
        if (Configuration.Find(subject.Id) is null)
        {
            return !IsRemoved(subject) || subject.Role == LineRole.Retired || !CanBeTold(subject);
        }

        if (subject.IsLost || (subject.HasCrashed && Configuration.FailureModel is CrashStop))
        {
            return true;
        }

        BoundariesView? now = subject.Actor?.Boundaries;
        return now is not null && now.Value.Applied == observatory.Trunk.End.Index && !subject.OwesRepair && subject.Role != LineRole.Retired;
    }

    /// <summary>It was a member once and is none any more; one that was prepared and never came in is another thing.</summary>
    private bool IsRemoved(Subject subject) =>
        Configuration.Find(subject.Id) is null && observatory.Book.OnTrunk.Any(booked => booked.Configuration.Find(subject.Id) is not null);

    /// <summary>It knows somebody who still belongs to the group: otherwise only an operator could tell it.</summary>
    private bool CanBeTold(Subject subject) => core.Any(other => other.IsUp
        && Configuration.Find(other.Id) is not null && observatory.Book.InForce(subject.Memory).Configuration.Find(other.Id) is not null);

    private IEnumerable<bool> ServedSince()
    {
        bool[] served = [.. clients.Select(client => client.IsDone)];
        for (int index = history.Operations.Count - 1; index >= 0 && history.Operations[index].Invoked >= healedAt; index--)
        {
            OperationRecord operation = history.Operations[index];
            served[operation.Client] |= operation.Outcome == OperationOutcome.Ok;
        }

        return served;
    }

    private string Describe() => string.Join("; ", core.Select(subject => subject.IsUp
        ? $"{subject.Id} {subject.Actor!.Role} {subject.Actor.Epoch} {subject.Actor.Boundaries}{(subject.OwesRepair ? " owes repair" : "")}"
        : $"{subject.Id} down"));

    private void Report(Symptom symptom, string detail) => observatory.Report(symptom, InvariantNames.Liveness, detail);
}
