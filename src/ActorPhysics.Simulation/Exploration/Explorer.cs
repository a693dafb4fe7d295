namespace ActorPhysics.Simulation.Exploration;

/// <summary>
/// Breadth-first search over everything that can happen to a group of the shipped steppers within a scope (as TLC and Stateright search models).
/// States are expanded level by level in batches: workers first expand slices of the frontier, then each takes in what belongs to some shards of
/// the visited table. Slices and shards are the same for any number of workers, and so are counts, order and traces.
/// </summary>
public sealed class Explorer
{
    private const int SliceStates = 1024;
    private const int SlicesPerBatch = 64;
    private const int Shards = 64;

    private readonly ExplorationScope _scope;
    private readonly ExplorationLimits _limits;
    private readonly StateLayout _layout;
    private readonly LocalSearch _search;
    private readonly StateStore _store;
    private readonly GroupInvariants _invariants;
    private readonly VisitedTable[] _visited;
    private readonly Expander[] _expanders;
    private readonly ExpansionBuffer[] _buffers;
    private readonly List<int>[] _found;
    private readonly Finding?[] _findings = new Finding?[Shards];
    private long _transitions;
    private int _depth;

    /// <exception cref="ArgumentException">The scope contradicts itself.</exception>
    public Explorer(ExplorationScope scope, ExplorationLimits? limits = null)
        : this(scope, limits ?? new ExplorationLimits(), factory: null)
    {
    }

    internal Explorer(ExplorationScope scope, ExplorationLimits limits, StepperFactory? factory)
    {
        ArgumentNullException.ThrowIfNull(scope);
        if (scope.Validate() is { } wrong)
        {
            throw new ArgumentException(wrong, nameof(scope));
        }

        _scope = scope;
        _limits = limits;
        _layout = new StateLayout(scope);
        _search = new LocalSearch(scope, factory);
        _store = new StateStore(_layout.Words);
        _invariants = new GroupInvariants(_layout, _search);
        _visited = [.. Enumerable.Range(0, Shards).Select(_ => new VisitedTable())];
        _expanders = [.. Enumerable.Range(0, Math.Max(1, limits.Workers)).Select(_ => new Expander(scope, _layout, _search))];
        _buffers = [.. Enumerable.Range(0, SlicesPerBatch).Select(_ => new ExpansionBuffer(_layout, _visited))];
        _found = [.. Enumerable.Range(0, Shards).Select(_ => new List<int>())];
    }

    /// <summary>Searches until the scope is exhausted, an invariant is broken or a limit is reached. Once.</summary>
    /// <param name="report">Is told after each batch, between two of them.</param>
    public ExplorationReport Run(Action<ExplorationProgress>? report = null)
    {
        (int[] words, ulong key) = _expanders[0].Begin();
        _visited[ShardOf(key)].Add(key);
        _store.Add(words);
        int levelEnd = 1;
        int expanded = 0;
        while (expanded < _store.Count)
        {
            int end = Math.Min(levelEnd, expanded + (SliceStates * SlicesPerBatch));
            Expand(expanded, end);
            Finding? finding = _buffers.Select(buffer => buffer.Finding).Concat(_findings).Where(found => found is not null).Min();
            if (finding is not null)
            {
                return Report(ExplorationVerdict.Violated, expanded, finding: finding);
            }

            foreach (List<int> found in _found)
            {
                for (int at = 0; at < found.Count; at += _layout.Words)
                {
                    _store.Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(found).Slice(at, _layout.Words));
                }
            }

            expanded = end;
            if (expanded == levelEnd)
            {
                levelEnd = _store.Count;
                _depth++;
            }

            report?.Invoke(Progress(expanded));
            if (LimitReached() is { } bound && expanded < _store.Count)
            {
                return Report(ExplorationVerdict.BoundReached, expanded, bound);
            }
        }

        return Report(ExplorationVerdict.Exhausted, expanded);
    }

    /// <summary>All that the replicas were together in the states visited, without messages and what only later steps will show.</summary>
    internal SortedSet<string> Situations()
    {
        var situations = new SortedSet<string>(StringComparer.Ordinal);
        for (int index = 0; index < _store.Count; index++)
        {
            ReadOnlySpan<int> words = _store[index];
            var replicas = new List<string>();
            for (int place = 0; place < _layout.Replicas; place++)
            {
                replicas.Add(TraceFinder.Describe(_search.Replicas[words[place]]));
            }

            situations.Add(string.Join(" | ", replicas));
        }

        return situations;
    }

    private void Expand(int from, int end)
    {
        int slices = (end - from + SliceStates - 1) / SliceStates;
        foreach (ExpansionBuffer buffer in _buffers)
        {
            buffer.Clear();
        }

        Share(slices, (worker, slice) =>
        {
            ExpansionBuffer buffer = _buffers[slice];
            int last = Math.Min(end, from + ((slice + 1) * SliceStates));
            for (int index = from + (slice * SliceStates); index < last; index++)
            {
                buffer.BeginParent(index);
                _expanders[worker].Expand(_store[index], index, buffer);
            }
        });
        Share(Shards, (_, shard) => TakeIn(shard, slices));
        for (int slice = 0; slice < slices; slice++)
        {
            _transitions += _buffers[slice].Transitions;
        }
    }

    /// <summary>Takes the new ones of what was found for a shard, in the order of the frontier.</summary>
    private void TakeIn(int shard, int slices)
    {
        List<int> found = _found[shard];
        found.Clear();
        _findings[shard] = null;
        VisitedTable visited = _visited[shard];
        for (int slice = 0; slice < slices; slice++)
        {
            ExpansionBuffer.Shard candidates = _buffers[slice][shard];
            for (int candidate = 0; candidate < candidates.Count; candidate++)
            {
                if (!visited.Add(candidates.KeyOf(candidate)))
                {
                    continue;
                }

                ReadOnlySpan<int> words = candidates.WordsOf(candidate);
                found.AddRange(words);
                if (_findings[shard] is null && _invariants.Check(words) is { } violation)
                {
                    _findings[shard] = new Finding(words[_layout.Parent], candidates.OrdinalOf(candidate), violation);
                }
            }
        }
    }

    /// <summary>Shares numbered pieces of work among the workers; which worker does which makes no difference.</summary>
    private void Share(int pieces, Action<int, int> work)
    {
        if (_expanders.Length == 1 || pieces == 1)
        {
            for (int piece = 0; piece < pieces; piece++)
            {
                work(0, piece);
            }

            return;
        }

        int next = -1;
        Parallel.For(0, _expanders.Length, new ParallelOptions { MaxDegreeOfParallelism = _expanders.Length }, worker =>
        {
            for (int piece = Interlocked.Increment(ref next); piece < pieces; piece = Interlocked.Increment(ref next))
            {
                work(worker, piece);
            }
        });
    }

    private string? LimitReached()
    {
        if (_store.Count >= _limits.MaximumStates)
        {
            return $"{_limits.MaximumStates} states";
        }

        if (_store.Count >= int.MaxValue - (SliceStates * SlicesPerBatch * 64))
        {
            return "the numbers that states can have";
        }

        return Bytes > _limits.MemoryBytes ? $"{_limits.MemoryBytes >> 20} MiB of memory" : null;
    }

    private long Bytes => _store.Bytes + _visited.Sum(table => table.Bytes);

    private ExplorationProgress Progress(int expanded) => new(
        _depth, _store.Count - expanded, _store.Count, _transitions, _transitions - (_store.Count - 1), _search.Replicas.Count, _search.Messages.Count, Bytes);

    private ExplorationReport Report(ExplorationVerdict verdict, int expanded, string? bound = null, Finding? finding = null) => new(
        _scope,
        verdict,
        Progress(expanded),
        bound,
        finding?.Violation,
        finding is null ? [] : new TraceFinder(_layout, _search, _store, _expanders[0]).Find(finding));

    private static int ShardOf(ulong key) => (int)(key >> (64 - System.Numerics.BitOperations.Log2(Shards)));
}
