using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.FailureModels;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Log;
using ActorPhysics.Protocol.Line.Messages;
using ActorPhysics.Protocol.Line.State;

namespace ActorPhysics.Protocol.Line.Replication;

/// <summary>A follower's side of replication in one epoch (Raft §5.3): makes its log match the leader's and learns the trunk.</summary>
internal sealed class LogReceiver(ReplicaState state, LeaderEpoch epoch)
{
    /// <summary>The epoch whose one leader the log is compared with.</summary>
    public LeaderEpoch Epoch { get; } = epoch;

    private LogMatch? _match;
    private CommitCertificate? _newest;

    // Evidence under a configuration that this log does not hold yet, or does not hold on the leader's branch.
    private CommitEvidence? _unproven;

    /// <summary>The highest index at which this log is known to agree with the leader's; nothing above it may be taken for trunk.</summary>
    public LogIndex Matched => _match?.Through ?? LogIndex.Zero;

    public void OnAppend(AppendEntries append)
    {
        if (!IsWellFormed(append))
        {
            return;
        }

        Learn(append.Commit);

        LogIndex last = append.Previous.Index.Plus((ulong)append.Entries.Count);
        int known = (int)Math.Min(state.Log.Base.Index.DistanceFrom(append.Previous.Index), (ulong)append.Entries.Count);
        LogPosition previous = known == 0 ? append.Previous : append.Entries[known - 1].Position;
        if (previous.Index >= state.Log.Base.Index && !Agrees(previous, append))
        {
            return;
        }

        // What lies at or below the base is trunk, so the leader has it too: it matches without a look (M8).
        Adopt(append, known);
        Match(append, previous, last);
        Learn(evidence: null);
        Acknowledge(append.Envelope.From, last);
    }

    public void Learn(CommitEvidence? evidence)
    {
        if (evidence is not null && evidence.Frontier.Epoch <= Epoch && evidence.Frontier.Index > (_unproven?.Frontier.Index ?? LogIndex.Zero))
        {
            _unproven = evidence;
        }

        if (_unproven is { } open && state.Configurations.Find(open.ConfigEpoch, LogIndex.Max(Matched, state.Boundaries.Committed)) is { } configuration)
        {
            _unproven = null;
            if (open.Frontier.Index > (_newest?.Frontier.Index ?? LogIndex.Zero))
            {
                _newest = CommitCertificate.TryProve(open, configuration) ?? _newest;
            }
        }

        if (_newest is not null && _match is not null && LogIndex.Min(_newest.Frontier.Index, _match.Through) > state.Boundaries.Committed)
        {
            state.Commit(_newest, _match);
        }
    }

    /// <summary>A snapshot of the trunk was installed: the log matches any leader's through its position.</summary>
    public void OnInstalled(LogPosition position)
    {
        if (position.Index > Matched)
        {
            _match = LogMatch.TryProve(position, position, Epoch, position.Index);
        }
    }

    private static bool IsWellFormed(AppendEntries append)
    {
        LogPosition previous = append.Previous;
        foreach (LogEntry entry in append.Entries)
        {
            if (entry.Position.Index != previous.Index.Next || entry.Position.Epoch < previous.Epoch || entry.Position.Epoch > append.Envelope.Epoch)
            {
                return false;
            }

            previous = entry.Position;
        }

        return append.Previous.Epoch <= append.Envelope.Epoch;
    }

    private bool Agrees(LogPosition previous, AppendEntries append)
    {
        if (state.Log.EpochAt(previous.Index) == previous.Epoch)
        {
            return true;
        }

        Invariant.Require(previous.Index > state.Boundaries.Committed, "LeaderCompleteness", (previous, state, append),
            static x => $"{x.append.Envelope.From} leads {x.append.Envelope.Epoch} with {x.previous}, which contradicts the trunk through {x.state.Boundaries.Committed}");
        state.SendWhenDurable(new AppendConflict(state.EnvelopeTo(append.Envelope.From), append.Previous, state.Log.GreatestAtMost(append.Previous)));
        return false;
    }

    /// <summary>Prunes only on a real conflict: a delayed, shorter append must not cut what a later one brought (Pitfall 12, M7).</summary>
    private void Adopt(AppendEntries append, int known)
    {
        int first = known;
        while (first < append.Entries.Count && state.Log.EpochAt(append.Entries[first].Position.Index) == append.Entries[first].Position.Epoch)
        {
            first++;
        }

        if (first == append.Entries.Count)
        {
            return;
        }

        LogIndex keep = append.Entries[first].Position.Index.Previous;
        if (keep < state.Log.End)
        {
            state.PruneBranch(keep);
        }

        state.Append(first == 0 ? append.Entries : [.. append.Entries.Skip(first)]);
    }

    private void Match(AppendEntries append, LogPosition previous, LogIndex last)
    {
        if (last > Matched)
        {
            _match = LogMatch.TryProve(previous, previous, append.Envelope.Epoch, last);
        }
    }

    private void Acknowledge(ReplicaId leader, LogIndex matched)
    {
        var accepted = new AppendAccepted(state.EnvelopeTo(leader), matched);
        if (state.Configuration.FailureModel.Acknowledgement == AcknowledgementMeaning.Durable)
        {
            state.SendWhenDurable(accepted);
        }
        else
        {
            state.SendNow(accepted);
        }
    }

    public LogReceiver Fork(ReplicaState forked) => new(forked, Epoch) { _match = _match, _newest = _newest, _unproven = _unproven };

    public void DigestTo(StateDigest digest)
    {
        digest.Add(Epoch);
        digest.Add(_match?.LeaderEpoch ?? LeaderEpoch.None);
        digest.Add(Matched);
        digest.Add(_newest);
        digest.Add(_unproven);
    }
}
