using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Core;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Simulation.Monitors;

/// <summary>
/// LogMatching (Raft, Figure 3): a position names one entry, and what stands just before it is the same in every log that holds it; by induction
/// two logs that share a position agree on everything below.
/// </summary>
internal sealed class LogMatchingMonitor(Observatory observatory) : Monitor(observatory)
{
    private readonly Dictionary<LogPosition, (LogEntry Entry, LogPosition Previous)> _known = [];

    public override void Written(Subject subject, HistoryEvent record)
    {
        if (subject.Memory.Contradiction is { } contradiction)
        {
            Report(Symptom.LogsDisagree, InvariantNames.LogMatching, $"{subject.Id}: {contradiction}");
            return;
        }

        if (record is not EntriesAppended appended)
        {
            return;
        }

        foreach (LogEntry entry in appended.Entries)
        {
            LogPosition? previous = subject.Memory.At(entry.Position.Index.Previous);
            if (previous is null)
            {
                // The log was trimmed past it within the same batch of records.
                continue;
            }

            if (!_known.TryGetValue(entry.Position, out (LogEntry Entry, LogPosition Previous) first))
            {
                _known.Add(entry.Position, (entry, previous.Value));
            }
            else if (!IsSame(first.Entry, entry) || first.Previous != previous)
            {
                Report(Symptom.LogsDisagree, InvariantNames.LogMatching,
                    $"{subject.Id} holds {entry.Position} after {previous}; another replica held it after {first.Previous}{(IsSame(first.Entry, entry) ? "" : ", with another content")}");
            }
        }
    }

    private static bool IsSame(LogEntry a, LogEntry b) => ReferenceEquals(a, b)
        || (a is BarrierEntry && b is BarrierEntry)
        || (a is CommandEntry x && b is CommandEntry y && x.Time == y.Time && x.Commands.Span.SequenceEqual(y.Commands.Span))
        || (a is ConfigurationEntry p && b is ConfigurationEntry q && IsSame(p.Configuration, q.Configuration));

    private static bool IsSame(GroupConfiguration a, GroupConfiguration b) =>
        a.Epoch == b.Epoch && a.Members.SequenceEqual(b.Members) && a.Quorums.Rule == b.Quorums.Rule && a.Target == b.Target;
}
