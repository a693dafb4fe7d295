using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// CertificateValidity, of the single witness (seed §3.1): who says that it holds the leader's log through an index holds it, in the sense of the
/// failure model, at the moment of saying so.
/// </summary>
internal sealed class AcknowledgementMonitor(Observatory observatory) : Monitor(observatory)
{
    // The word may leave before the same turn hands the entry to the disk: what is in memory is known at the turn's end.
    private readonly List<(AppendAccepted Word, LogPosition Meant, bool HeldWhenSaid)> _thisTurn = [];

    public override void Sent(Subject subject, LineMessage message)
    {
        // A word that waited for the disk may leave in a later epoch than it was given in, and after what it is about was pruned there. It was
        // true when it was given, and is no more than a message that was long under way.
        if (message is AppendAccepted accepted && accepted.Envelope.Epoch == subject.Actor?.Epoch && LeaderOf(accepted) is { } leader)
        {
            if (accepted.Matched > leader.Memory.End)
            {
                Report(Symptom.FalseAcknowledgement, InvariantNames.CertificateValidity,
                    $"{subject.Id} vouches for {accepted.Matched} to {leader.Id}, whose log ends at {leader.Memory.Tail}");
            }
            else if (accepted.Matched > leader.Memory.Base.Index && leader.Memory.At(accepted.Matched) is { } meant)
            {
                _thisTurn.Add((accepted, meant, subject.Vouches(meant)));
            }
        }
    }

    public override void TurnEnded(Subject subject)
    {
        foreach ((AppendAccepted word, LogPosition meant, bool heldWhenSaid) in _thisTurn)
        {
            bool counts = heldWhenSaid || (Configuration.FailureModel.Acknowledgement == AcknowledgementMeaning.Appended && subject.Vouches(meant));
            if (!counts && !Observatory.IsUnseen(subject))
            {
                Report(subject.Memory.Contains(meant) ? Symptom.AcknowledgedBeforeDurable : Symptom.FalseAcknowledgement, InvariantNames.CertificateValidity,
                    $"{subject.Id} vouches for {meant} to {word.Envelope.To}; its log ends at {subject.Memory.Tail}, on its disk at {subject.Durable.Tail}");
            }
        }

        _thisTurn.Clear();
    }

    /// <summary>Whose log the word is about; null when that cannot be seen.</summary>
    private Subject? LeaderOf(AppendAccepted accepted)
    {
        Subject? leader = Observatory.Subjects.FirstOrDefault(other => other.Id == accepted.Envelope.To);
        return leader is { IsUp: true, Role: LineRole.Leader, IsHidden: false } && leader.Actor!.Epoch == accepted.Envelope.Epoch ? leader : null;
    }
}
