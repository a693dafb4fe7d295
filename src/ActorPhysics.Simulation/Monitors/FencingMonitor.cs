using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Protocol.Line;
using ActorPhysics.Protocol.Line.Messages;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// EpochFencing (seed §4.2): a message of an epoch below the receiver's changes no log, moves no frontier and is not acknowledged, whoever it is from.
/// </summary>
internal sealed class FencingMonitor(Observatory observatory) : Monitor(observatory)
{
    public override void TurnEnded(Subject subject)
    {
        if (Fenced(subject) is not { } heard)
        {
            return;
        }

        bool moved = subject.Actor!.Boundaries.Committed > subject.Before.Committed;
        bool obeyed = subject.LogChanged && subject.Actor.Role != LineRole.Leader;
        if (moved || obeyed)
        {
            Report(subject, heard, "obeys");
        }
    }

    /// <summary>It is told that it is fenced, and no more.</summary>
    public override void Sent(Subject subject, LineMessage message)
    {
        if (message is AppendAccepted or AppendConflict && Fenced(subject) is { } heard && heard.Envelope.From == message.Envelope.To)
        {
            Report(subject, heard, "answers");
        }
    }

    /// <summary>What has no effect stops nobody.</summary>
    public override void Stopped(Subject subject)
    {
        if (Fenced(subject) is { } heard)
        {
            Report(subject, heard, "stops over");
        }
    }

    private static LineMessage? Fenced(Subject subject) =>
        subject.Heard is { } heard && heard.Envelope.Epoch < subject.EpochBefore && heard is not (PreVoteRequest or PreVoteAnswer or ReadIndexRequest) ? heard : null;

    private void Report(Subject subject, LineMessage heard, string what) => Report(
        Symptom.FencedWordObeyed, InvariantNames.EpochFencing,
        $"{subject.Id} in {subject.EpochBefore} {what} {heard.GetType().Name} of {heard.Envelope.Epoch} from {heard.Envelope.From}");
}
