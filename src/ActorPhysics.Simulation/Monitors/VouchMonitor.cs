using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// CertificateValidity, of what becomes of a witness's word (seed §3.1): in the epoch of the leader to whom it was given, the witness keeps what it vouched
/// for, and the leader takes it for no more than was said. Else a commit is none, or a member is never brought what it lacks.
/// </summary>
internal sealed class VouchMonitor(Observatory observatory) : Monitor(observatory)
{
    private readonly SortedDictionary<ReplicaId, Word> _words = [];

    /// <summary>A disk may have lost what it held; the words that the former process gave may be under way still.</summary>
    public override void Started(Subject subject) => _words[subject.Id] = WordOf(subject.Id) with { Kept = LogIndex.Zero };

    public override void Sent(Subject subject, LineMessage message)
    {
        Word before = WordOf(subject.Id);
        if (message is AppendAccepted { Matched: var matched, Envelope.Epoch: var epoch } && epoch >= before.Epoch)
        {
            _words[subject.Id] = epoch > before.Epoch
                ? new Word(epoch, matched, matched)
                : new Word(epoch, LogIndex.Max(before.Kept, matched), LogIndex.Max(before.Said, matched));
        }
    }

    public override void TurnEnded(Subject subject)
    {
        LeaderEpoch epoch = subject.Actor!.Epoch;
        if (subject.IsHidden)
        {
            return;
        }

        Word own = WordOf(subject.Id);
        if (subject.LogChanged && own.Epoch == epoch && subject.Memory.End < own.Kept)
        {
            Report(Symptom.FalseAcknowledgement, InvariantNames.CertificateValidity,
                $"{subject.Id} has cut its log down to {subject.Memory.Tail}; it vouched for {own.Kept} in {epoch}");
        }

        if (subject.Role == LineRole.Leader && subject.Heard is AppendAccepted or HeartbeatAnswer)
        {
            RequireSaid(subject, subject.Heard.Envelope.From, epoch);
        }
    }

    private void RequireSaid(Subject leader, ReplicaId peer, LeaderEpoch epoch)
    {
        LogIndex believed = leader.Actor!.Status.Peers.FirstOrDefault(each => each.Replica == peer)?.Match ?? LogIndex.Zero;
        Word word = WordOf(peer);
        LogIndex said = word.Epoch == epoch ? word.Said : LogIndex.Zero;
        if (word.Epoch <= epoch && believed > said)
        {
            Report(Symptom.FalseAcknowledgement, InvariantNames.CertificateValidity,
                $"{leader.Id} takes {peer} to hold its log through {believed}; all that {peer} vouched for in {epoch} is {said}");
        }
    }

    private Word WordOf(ReplicaId replica) => _words.GetValueOrDefault(replica);

    /// <summary>The highest index that a replica vouched for in an epoch.</summary>
    /// <param name="Kept">Since its process began.</param>
    /// <param name="Said">By any of its processes.</param>
    private readonly record struct Word(LeaderEpoch Epoch, LogIndex Kept, LogIndex Said);
}
