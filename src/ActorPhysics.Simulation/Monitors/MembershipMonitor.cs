using System.Collections.Immutable;
using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Effects;
using ActorPhysics.Protocol.Line.Log;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// MembershipSafety (Raft §6; seed §5.1.2): configurations follow each other one ConfigEpoch at a time and by steps whose quorums meet, none before
/// the former is trunk and the leader has committed in its own epoch; ids do not come back; each replica goes by the newest
/// configuration of its own log, and one that knows it was removed is out.
/// </summary>
internal sealed class MembershipMonitor(Observatory observatory) : Monitor(observatory)
{
    private readonly List<(Subject Leader, BookedConfiguration Booked)> _proposed = [];
    private readonly SortedDictionary<ReplicaId, (GroupConfiguration Shown, BookedConfiguration Booked)> _judged = [];

    private readonly SortedSet<ReplicaId> _leading = [];

    // Since which ConfigEpoch of the trunk an id has been in use.
    private readonly SortedDictionary<ReplicaId, ConfigEpoch> _usedSince = [];

    private ConfigurationBook Book => Observatory.Book;

    /// <summary>A leader has put a configuration into its log that nobody had before.</summary>
    public void Proposed(Subject leader, BookedConfiguration booked) => _proposed.Add((leader, booked));

    public override void TrunkExtended(LogEntry entry)
    {
        if (entry is not ConfigurationEntry)
        {
            return;
        }

        BookedConfiguration former = Book.OnTrunk[^2];
        BookedConfiguration booked = Book.NewestOnTrunk;
        Require(former, booked, "the trunk");
        foreach (Member member in former.Configuration.Members.AddRange(booked.Configuration.Members))
        {
            _usedSince.TryAdd(member.Replica, booked.Configuration.Epoch);
        }

        Mark(former, booked);
    }

    public override void RoleChanged(Subject subject, RoleChanged change)
    {
        if (change.Role == LineRole.Leader)
        {
            _leading.Add(subject.Id);
        }
        else if (_leading.Remove(subject.Id) && !Book.InForce(subject.Memory).Configuration.MayLead(subject.Id))
        {
            Observatory.Marks.Mark(CoverageMark.LedItselfOut);
        }

        bool stands = change.Role is LineRole.PreCandidate or LineRole.Candidate;
        if (stands && !subject.IsHidden && !Book.MayStand(subject, Book.InForce(subject.Memory)))
        {
            Report(Symptom.UnprovenAuthority, InvariantNames.MembershipSafety, $"{subject.Id} is {change.Role} in {change.Epoch} and no voter in {Book.InForce(subject.Memory)}");
        }
    }

    public override void TurnEnded(Subject subject)
    {
        if (!subject.IsHidden)
        {
            foreach ((_, BookedConfiguration proposed) in _proposed.Where(each => each.Leader == subject))
            {
                JudgeProposal(subject, proposed);
            }
        }

        // What nobody could see the reason of is judged when it is trunk.
        _proposed.RemoveAll(each => each.Leader == subject);
        if (subject.IsHidden || subject.Actor!.IsStopped)
        {
            return;
        }

        BookedConfiguration booked = Book.InForce(subject.Memory);
        RequireShown(subject, booked);
        RequireRetired(subject, Book.InForceBelow(subject.Memory, subject.Actor.Boundaries.Committed.Next).Configuration);
    }

    private void JudgeProposal(Subject leader, BookedConfiguration proposed)
    {
        BookedConfiguration former = Book.InForceBelow(leader.Memory, proposed.At.Index);
        Require(former, proposed, leader.Id.ToString());
        if (!Observatory.Trunk.IsTrunk(former.At))
        {
            Report(Symptom.ChangesOverlap, InvariantNames.MembershipSafety, $"{leader.Id} proposes {proposed} over {former}, which is wet");
        }
        else if (former.At != default && former.At.Epoch == proposed.At.Epoch && Holders.Of(former.At, former, Observatory) is { Commit: false } holders)
        {
            Report(Symptom.ChangesOverlap, InvariantNames.MembershipSafety, $"{leader.Id} proposes {proposed} over one that no quorum of its own committed: {holders}");
        }

        if (Observatory.Trunk.End.Epoch < proposed.At.Epoch)
        {
            Report(Symptom.ChangesOverlap, InvariantNames.MembershipSafety,
                $"{leader.Id} proposes {proposed} before anything was committed in {proposed.At.Epoch}; the trunk ends at {Observatory.Trunk.End}");
        }
    }

    private void RequireShown(Subject subject, BookedConfiguration booked)
    {
        GroupConfiguration shown = subject.Actor!.Configurations.Newest;
        if (_judged.TryGetValue(subject.Id, out (GroupConfiguration Shown, BookedConfiguration Booked) judged) && judged == (shown, booked))
        {
            return;
        }

        _judged[subject.Id] = (shown, booked);
        if (!IsSame(shown, booked.Configuration))
        {
            Report(Symptom.WrongConfiguration, InvariantNames.MembershipSafety, $"{subject.Id} goes by {shown}; its log says {booked}");
        }
    }

    private void RequireRetired(Subject subject, GroupConfiguration configuration)
    {
        // A leader that is left out leads until somebody can succeed it.
        bool goesOn = subject.Role is not (LineRole.Retired or LineRole.Starting or LineRole.Leader);
        if (goesOn && IsRemovedFrom(configuration, subject.Id))
        {
            Report(Symptom.RemovedReplicaActs, InvariantNames.MembershipSafety, $"{subject.Id} is {subject.Role}, and knows that it was removed in {configuration}");
        }
    }

    /// <summary>Whether the replica was a member of the trunk's configurations once and is none now.</summary>
    private bool IsRemovedFrom(GroupConfiguration configuration, ReplicaId replica) =>
        configuration.Members.All(member => member.Replica != replica)
        && Book.OnTrunk.Any(booked => booked.Configuration.Epoch < configuration.Epoch && booked.Configuration.Find(replica) is not null);

    private void Require(BookedConfiguration former, BookedConfiguration next, string where)
    {
        if (ComplaintAbout(former.Configuration, next.Configuration) is { } complaint)
        {
            Report(Symptom.QuorumsApart, InvariantNames.MembershipSafety, $"{where} goes from {former} to {next}: {complaint}");
        }
    }

    private string? ComplaintAbout(GroupConfiguration former, GroupConfiguration next)
    {
        if (next.Epoch != former.Epoch.Next)
        {
            return "a ConfigEpoch is left out or comes again";
        }

        foreach (Member member in next.Members)
        {
            Member? before = former.Find(member.Replica);
            if (before is null && _usedSince.TryGetValue(member.Replica, out ConfigEpoch since) && since < next.Epoch)
            {
                return $"{member.Replica} was used before";
            }

            if (member.Votes && before is not { Votes: true } && (before is null || former.Target is null))
            {
                return $"{member.Replica} votes without having learned";
            }
        }

        ImmutableArray<ReplicaId> voters = [.. next.Members.Where(member => member.Votes).Select(member => member.Replica)];
        return !voters.SequenceEqual(next.Quorums.Members) ? "quorums are made of others than those who vote" : ComplaintAboutQuorums(former, next);
    }

    private static string? ComplaintAboutQuorums(GroupConfiguration former, GroupConfiguration next)
    {
        QuorumRule old = former.Quorums.Rule;
        QuorumRule now = next.Quorums.Rule;
        if (former is { Target: { } end } && old is JointRule)
        {
            return now == end.Quorums && next.Target is null && next.Members.SequenceEqual(end.Members.OrderBy(member => member.Replica))
                ? null
                : "a joint configuration ends with its target";
        }

        if (now == old)
        {
            return null;
        }

        return now is JointRule joint && joint.Old == old && next.Target is { } target && joint.New == target.Quorums
            ? null
            : "a quorum of the one need not meet every quorum of the other";
    }

    private static bool IsSame(GroupConfiguration a, GroupConfiguration b) => ReferenceEquals(a, b)
        || (a.Epoch == b.Epoch && a.Members.SequenceEqual(b.Members) && a.Quorums.Rule == b.Quorums.Rule && a.Target == b.Target && a.HighestReplica == b.HighestReplica);

    private void Mark(BookedConfiguration former, BookedConfiguration booked)
    {
        GroupConfiguration now = booked.Configuration;
        switch (now.Stage)
        {
            case MembershipStage.Learning:
                Observatory.Marks.Mark(former.Configuration.Stage == MembershipStage.Learning ? CoverageMark.ChangeRedirected : CoverageMark.ChangeBegun);
                break;
            case MembershipStage.Joint:
                Observatory.Marks.Mark(CoverageMark.JointEntered);
                break;
            default:
                bool left = former.Configuration.Stage == MembershipStage.Joint;
                Observatory.Marks.Mark(left && former.At.Epoch != booked.At.Epoch ? CoverageMark.JointLeftByAnother : CoverageMark.ChangeSettled);
                break;
        }
    }
}
