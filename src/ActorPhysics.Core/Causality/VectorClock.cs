using System.Collections.Immutable;
using System.Text;

namespace ActorPhysics.Core.Causality;

/// <summary>How two events, or the clocks that stamp them, lie to one another.</summary>
public enum CausalOrder
{
    /// <summary>The same.</summary>
    Equal,

    /// <summary>The first may have influenced the second.</summary>
    Before,

    /// <summary>The second may have influenced the first.</summary>
    After,

    /// <summary>Neither can have influenced the other.</summary>
    Concurrent,
}

/// <summary>
/// How many events of each process are known: an event's clock counts its causal past, itself included (Fidge 1988; Mattern, "Virtual
/// Time and Global States of Distributed Systems", 1989). A process of which nothing is known counts as zero and is not stored.
/// </summary>
public sealed class VectorClock : IEquatable<VectorClock>
{
    private readonly ImmutableSortedDictionary<ProcessName, EventNumber> _known;

    private VectorClock(ImmutableSortedDictionary<ProcessName, EventNumber> known) => _known = known;

    /// <summary>Nothing is known of anybody.</summary>
    public static VectorClock Zero { get; } = new(ImmutableSortedDictionary<ProcessName, EventNumber>.Empty);

    /// <summary>What is known of a process; <c>default</c> when nothing is.</summary>
    public EventNumber this[ProcessName process] => _known.GetValueOrDefault(process);

    /// <summary>The processes of which something is known, in order of their names.</summary>
    public IEnumerable<ProcessName> Processes => _known.Keys;

    /// <summary>One more event of this process.</summary>
    public VectorClock Tick(ProcessName process) => With(process, this[process].Next);

    public VectorClock With(ProcessName process, EventNumber known) =>
        new(known == default ? _known.Remove(process) : _known.SetItem(process, known));

    /// <summary>Knows what either knows: the least upper bound.</summary>
    public VectorClock Merge(VectorClock other)
    {
        ArgumentNullException.ThrowIfNull(other);
        ImmutableSortedDictionary<ProcessName, EventNumber>.Builder merged = _known.ToBuilder();
        foreach ((ProcessName process, EventNumber known) in other._known)
        {
            if (known > this[process])
            {
                merged[process] = known;
            }
        }

        return new VectorClock(merged.ToImmutable());
    }

    /// <summary>Whether everything known here is known there.</summary>
    public bool IsWithin(VectorClock other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach ((ProcessName process, EventNumber known) in _known)
        {
            if (known > other[process])
            {
                return false;
            }
        }

        return true;
    }

    public CausalOrder Order(VectorClock other) => (IsWithin(other), other.IsWithin(this)) switch
    {
        (true, true) => CausalOrder.Equal,
        (true, false) => CausalOrder.Before,
        (false, true) => CausalOrder.After,
        _ => CausalOrder.Concurrent,
    };

    public bool Equals(VectorClock? other) => other is not null && Order(other) == CausalOrder.Equal;

    public override bool Equals(object? obj) => Equals(obj as VectorClock);

    public override int GetHashCode()
    {
        // The sum of all counts, which needs no hash of a name.
        ulong sum = 0;
        foreach (EventNumber known in _known.Values)
        {
            sum += known.Value;
        }

        return Sequences.Hash(sum, (ulong)_known.Count);
    }

    /// <summary>A JSON object of counts, by process in order.</summary>
    public override string ToString()
    {
        var json = new StringBuilder("{");
        foreach ((ProcessName process, EventNumber known) in _known)
        {
            json.Append(json.Length > 1 ? "," : "").Append('"').Append(process.Value).Append("\":").Append(known.Value);
        }

        return json.Append('}').ToString();
    }
}
