using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>Reads events into a graph, traces of the replicas and the highest proven frontier, setting contradictions aside.</summary>
internal sealed class HistoryTreeBuilder(GroupId group)
{
    private readonly SortedDictionary<ReplicaId, ReplicaTrace> _traces = [];

    public EpochGraph Graph { get; } = new();

    public IEnumerable<ReplicaTrace> Traces => _traces.Values;

    public List<HistoryContradiction> Contradictions { get; } = [];

    /// <summary>Entries that are on the trunk, with the replica that said so and, where there is one, the proof.</summary>
    public List<(LogPosition Position, ReplicaId Replica, CommitCertificate? Proof)> Trunk { get; } = [];

    public void Add(HistoryEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        if (!_traces.TryGetValue(happened.Replica, out ReplicaTrace? trace))
        {
            _traces[happened.Replica] = trace = new ReplicaTrace(happened.Replica);
        }

        switch (happened)
        {
            case BranchAppended appended:
                Append(trace, appended);
                break;
            case BranchPruned pruned:
                Prune(trace, pruned.NewTail);
                break;
            case HistoryTrimmed trimmed:
                Trim(trace, trimmed.Through);
                break;
            case SnapshotInstalled installed:
                Install(trace, installed.Position);
                break;
            case TrunkKnown known:
                Reach(trace, known.Through, proof: null);
                break;
            case FrontierCommitted committed:
                Commit(trace, committed.Certificate);
                break;
            default:
                throw new InvalidOperationException($"no way to read {happened.GetType().Name}");
        }
    }

    private void Append(ReplicaTrace trace, BranchAppended appended)
    {
        if (trace.Tail is { } tail && tail != appended.Parent)
        {
            Contradict(InvariantNames.LogMatching, trace, $"{appended.Last} was appended after {appended.Parent}, where the log ended in {tail}");
            return;
        }

        if (Graph.Append(appended.Parent, appended.Last) is { } complaint)
        {
            Contradict(InvariantNames.LogMatching, trace, complaint);
            return;
        }

        // A history that begins in the middle was trimmed up to there before it was read.
        trace.TrimmedThrough = trace.Tail is null ? appended.Parent : trace.TrimmedThrough;
        trace.Tail = appended.Last;
    }

    private void Prune(ReplicaTrace trace, LogPosition newTail)
    {
        bool held = trace.Tail is { } tail && newTail.Index <= tail.Index && Graph.PathTo(tail).Contains(newTail);
        if (!held)
        {
            Contradict(InvariantNames.LogMatching, trace, $"the log was pruned to {newTail}, which it did not hold");
            return;
        }

        trace.Tail = newTail;
    }

    private void Trim(ReplicaTrace trace, LogPosition through)
    {
        if (!Reach(trace, through, proof: null))
        {
            return;
        }

        trace.TrimmedThrough = through;
        trace.Tail ??= through;
    }

    private void Install(ReplicaTrace trace, LogPosition position)
    {
        if (!Reach(trace, position, proof: null))
        {
            return;
        }

        bool continues = trace.Tail is { } tail && tail.Index >= position.Index && Graph.PathTo(tail).Contains(position);
        trace.Tail = continues ? trace.Tail : position;
        trace.TrimmedThrough = position;
    }

    private void Commit(ReplicaTrace trace, CommitCertificate certificate)
    {
        if (certificate.Group != group)
        {
            Contradict(InvariantNames.CertificateValidity, trace, $"a commit of {certificate.Group} in the history of {group}");
            return;
        }

        Reach(trace, certificate.Frontier, certificate);
    }

    private bool Reach(ReplicaTrace trace, LogPosition position, CommitCertificate? proof)
    {
        if (Graph.Know(position) is { } complaint)
        {
            Contradict(InvariantNames.LogMatching, trace, complaint);
            return false;
        }

        Trunk.Add((position, trace.Replica, proof));
        return true;
    }

    private void Contradict(string invariant, ReplicaTrace trace, string detail) =>
        Contradictions.Add(new HistoryContradiction(invariant, trace.Replica, detail));
}
