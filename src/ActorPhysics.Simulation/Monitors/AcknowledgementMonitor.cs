using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
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
    // Where "in memory" is what counts, the word leaves within the turn that also writes the entry.
    private readonly List<AppendAccepted> _thisTurn = [];

    public override void Sent(Subject subject, LineMessage message)
    {
        if (message is not AppendAccepted accepted)
        {
            return;
        }

        if (Configuration.FailureModel.Acknowledgement == AcknowledgementMeaning.Appended)
        {
            _thisTurn.Add(accepted);
        }
        else
        {
            Examine(subject, accepted);
        }
    }

    public override void TurnEnded(Subject subject)
    {
        foreach (AppendAccepted accepted in _thisTurn)
        {
            Examine(subject, accepted);
        }

        _thisTurn.Clear();
    }

    private void Examine(Subject subject, AppendAccepted accepted)
    {
        Subject? leader = Observatory.Subjects.FirstOrDefault(other => other.Id == accepted.Envelope.To);
        if (leader is not { IsUp: true, Role: LineRole.Leader, IsHidden: false } || leader.Actor!.Epoch != accepted.Envelope.Epoch)
        {
            return;
        }

        if (leader.Memory.At(accepted.Matched) is not { } meant || accepted.Matched <= leader.Memory.Base.Index || subject.Vouches(meant) || Observatory.IsUnseen(subject))
        {
            return;
        }

        bool inMemory = subject.Memory.Contains(meant);
        Report(inMemory ? Symptom.AcknowledgedBeforeDurable : Symptom.FalseAcknowledgement, InvariantNames.CertificateValidity,
            $"{subject.Id} vouches for {meant}; its log ends at {subject.Memory.Tail}, on its disk at {subject.Durable.Tail}");
    }
}
