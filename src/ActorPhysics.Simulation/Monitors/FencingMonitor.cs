using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// EpochFencing (seed §4.2): a message of an epoch below the receiver's changes no log and moves no frontier, whoever it is from.
/// </summary>
internal sealed class FencingMonitor(Observatory observatory) : Monitor(observatory)
{
    public override void TurnEnded(Subject subject)
    {
        if (subject.Heard is not { } heard || heard.Envelope.Epoch >= subject.EpochBefore || heard is PreVoteRequest or PreVoteAnswer or ReadIndexRequest)
        {
            return;
        }

        bool moved = subject.Actor!.Boundaries.Committed > subject.Before.Committed;
        bool obeyed = subject.LogChanged && subject.Actor.Role != LineRole.Leader;
        if (moved || obeyed)
        {
            Report(Symptom.FencedWordObeyed, InvariantNames.EpochFencing,
                $"{subject.Id} in {subject.EpochBefore} obeys {heard.GetType().Name} of {heard.Envelope.Epoch} from {heard.Envelope.From}");
        }
    }
}
