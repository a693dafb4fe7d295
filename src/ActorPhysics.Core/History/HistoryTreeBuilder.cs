using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>Reads sightings into a graph, traces of the replicas and the highest proven frontier, setting contradictions aside.</summary>
internal sealed class HistoryTreeBuilder(GroupId group)
{
    private readonly SortedDictionary<ReplicaId, ReplicaTrace> _traces = [];

    public EpochGraph Graph { get; } = new();

    public IEnumerable<ReplicaTrace> Traces => _traces.Values;

    public List<HistoryContradiction> Contradictions { get; } = [];

    /// <summary>Entries that are on the trunk, with the replica that said so and, where there is one, the proof.</summary>
    public List<(LogPosition Position, ReplicaId Replica, CommitCertificate? Proof)> Trunk { get; } = [];

    public void Add(Sighting seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        if (!_traces.TryGetValue(seen.Replica, out ReplicaTrace? trace))
        {
            _traces[seen.Replica] = trace = new ReplicaTrace(seen.Replica);
        }

        switch (seen)
        {
            case LogBeginningSeen beginning:
                Begin(trace, beginning.First);
                break;
            case EntriesSeen appended:
                Append(trace, appended);
                break;
            case PruningSeen pruning:
                Prune(trace, pruning.NewEnd);
                break;
            case TrimSeen trim:
                Trim(trace, trim.Through);
                break;
            case InstalledSnapshotSeen installed:
                Install(trace, installed.Position);
                break;
            case TrunkSeen trunk:
                Reach(trace, trunk.Position, proof: null);
                break;
            case OwnTrunkSeen own:
                ReachOwn(trace, own.Through);
                break;
            case CommitSeen commit:
                Commit(trace, commit.Certificate);
                break;
            default:
                throw new InvalidOperationException($"no way to read {seen.GetType().Name}");
        }
    }

    private void Begin(ReplicaTrace trace, LogPosition first)
    {
        if (trace.Tail is { } tail)
        {
            Contradict(InvariantNames.LogMatching, trace, $"the log begins with {first}, where it was already seen to end in {tail}");
            return;
        }

        if (Graph.Know(first) is { } complaint)
        {
            Contradict(InvariantNames.LogMatching, trace, complaint);
            return;
        }

        trace.TrimmedThrough = first.Index.Previous;
        trace.Tail = first;
    }

    private void Append(ReplicaTrace trace, EntriesSeen appended)
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
        trace.TrimmedThrough = trace.Tail is null ? appended.Parent.Index : trace.TrimmedThrough;
        trace.Tail = appended.Last;
    }

    private void Prune(ReplicaTrace trace, LogIndex newEnd)
    {
        if (trace.Tail is not { } tail || newEnd > tail.Index || newEnd < trace.TrimmedThrough)
        {
            Contradict(InvariantNames.LogMatching, trace, $"the log was pruned to {newEnd}, where it did not reach");
            return;
        }

        // Cut back to where it begins, the log is empty again, and what comes next says after which entry.
        trace.Tail = Graph.PathTo(tail).EpochAt(newEnd) is { } epoch ? new LogPosition(epoch, newEnd) : null;
    }

    private void Trim(ReplicaTrace trace, LogPosition through)
    {
        if (!Reach(trace, through, proof: null))
        {
            return;
        }

        trace.TrimmedThrough = through.Index;
        trace.Tail = trace.Tail is { } tail && tail.Index >= through.Index ? tail : through;
    }

    private void Install(ReplicaTrace trace, LogPosition position)
    {
        if (!Reach(trace, position, proof: null))
        {
            return;
        }

        bool continues = trace.Tail is { } tail && tail.Index >= position.Index && Graph.PathTo(tail).Contains(position);
        trace.Tail = continues ? trace.Tail : position;
        trace.TrimmedThrough = position.Index;
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

    private void ReachOwn(ReplicaTrace trace, LogIndex through)
    {
        if (trace.Tail is not { } tail || through > tail.Index || Graph.PathTo(tail).EpochAt(through) is not { } epoch)
        {
            Contradict(InvariantNames.TrunkMonotonicity, trace, $"the log was taken for trunk through {through}, where it did not reach");
            return;
        }

        Reach(trace, new LogPosition(epoch, through), proof: null);
    }

    private bool Reach(ReplicaTrace trace, LogPosition position, CommitCertificate? proof)
    {
        if (Graph.Know(position) is { } complaint)
        {
            Contradict(InvariantNames.LogMatching, trace, complaint);
            return false;
        }

        if (position != default)
        {
            Trunk.Add((position, trace.Replica, proof));
        }

        return true;
    }

    private void Contradict(string invariant, ReplicaTrace trace, string detail) =>
        Contradictions.Add(new HistoryContradiction(invariant, trace.Replica, detail));
}
