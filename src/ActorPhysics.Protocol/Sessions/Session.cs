using ActorPhysics.Core;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Sessions;

/// <summary>
/// One client's exactly-once window: the first results of its sequences above <see cref="CompletedThrough"/>. A captured session is never
/// changed again: the table clones it before its next change.
/// <para>What a session counts for in the byte bounds depends on what it keeps, not on how its array grew: a replica that was restored from
/// a snapshot must evict and refuse exactly as the others do.</para>
/// </summary>
internal sealed class Session
{
    /// <summary>A flat share per kept result, so that empty results are not free in the byte bounds.</summary>
    public const int ShareBytes = 96;
    private const int SmallestCapacity = 4;
    private const int LargestIdleCapacity = 64;

    /// <summary>Invariant: ascending by sequence from <see cref="_start"/>, <see cref="Count"/> long, all above CompletedThrough.</summary>
    private FirstResult[] _kept = [];
    private int _start;

    public Session(SessionId id, SessionNonce nonce, CommandPlace openedAt, ulong generation)
    {
        Id = id;
        Nonce = nonce;
        OpenedAt = openedAt;
        Generation = generation;
    }

    public SessionId Id { get; }
    public SessionNonce Nonce { get; }
    public CommandPlace OpenedAt { get; }

    /// <summary>The table's generation in which this object was made; an older one belongs to a capture.</summary>
    public ulong Generation { get; }
    public LogTime LastActive { get; set; }
    public CommandSequence CompletedThrough { get; private set; }

    /// <summary>
    /// The version of the shard map whose handoff first took the session along, so that other groups may have a copy of it; <c>default</c> while it lives in
    /// this group alone. All copies carry the same.
    /// </summary>
    public ShardMapVersion SharedSince { get; set; }

    /// <summary>Whether a command took effect in this copy, or in one that it descends from, since there are copies: others may lack that result.</summary>
    public bool HasDiverged { get; set; }

    /// <summary>
    /// Whether a copy with results of its own was forgotten before it met this one. What is kept here is still answered; of any other sequence nobody can
    /// tell whether it took effect, so none takes effect any more.
    /// </summary>
    public bool IsSpent { get; set; }

    /// <summary>The kept results in order of their sequences; valid until the session changes.</summary>
    public ReadOnlySpan<FirstResult> Kept => _kept.AsSpan(_start, Count);
    public int Count { get; private set; }

    /// <summary>What the kept results count for in the byte bounds.</summary>
    public long RetainedBytes { get; private set; }

    public Session Clone(ulong generation) => new(Id, Nonce, OpenedAt, generation)
    {
        LastActive = LastActive,
        CompletedThrough = CompletedThrough,
        SharedSince = SharedSince,
        HasDiverged = HasDiverged,
        IsSpent = IsSpent,
        RetainedBytes = RetainedBytes,
        Count = Count,
        _kept = Kept.ToArray(),
    };

    /// <summary>Forgets the results that the client will never ask for again. A lower value than before changes nothing.</summary>
    public void Complete(CommandSequence through)
    {
        if (through <= CompletedThrough)
        {
            return;
        }

        CompletedThrough = through;
        while (Count > 0 && _kept[_start].Sequence <= through)
        {
            RetainedBytes -= _kept[_start].Length + ShareBytes;
            _kept[_start] = default;
            _start++;
            Count--;
        }

        if (Count == 0)
        {
            _start = 0;
            _kept = _kept.Length > LargestIdleCapacity ? [] : _kept;
        }
    }

    /// <summary>Finds the kept result of a sequence: its place in <see cref="Kept"/>, or the complement of the place where it belongs.</summary>
    public int Find(CommandSequence sequence)
    {
        ReadOnlySpan<FirstResult> kept = Kept;
        int low = 0;
        int high = kept.Length - 1;
        if (high >= 0 && kept[high].Sequence < sequence)
        {
            return ~kept.Length;
        }

        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int order = kept[middle].Sequence.CompareTo(sequence);
            if (order == 0)
            {
                return middle;
            }

            low = order < 0 ? middle + 1 : low;
            high = order < 0 ? high : middle - 1;
        }

        return ~low;
    }

    public void Keep(in FirstResult result)
    {
        int place = ~Find(result.Sequence);
        Invariant.Require(place >= 0, "ExactlyOnce", result.Sequence, static s => $"sequence {s} was applied twice");
        MakeRoomAtEnd();
        Span<FirstResult> room = _kept.AsSpan(_start, Count + 1);
        room[place..Count].CopyTo(room[(place + 1)..]);
        room[place] = result;
        Count++;
        RetainedBytes += result.Length + ShareBytes;
    }

    /// <summary>
    /// Takes over what another copy of this session knows. A sequence took effect in one copy at most; were it kept in two, that of the lower place counts,
    /// whichever side absorbs the other.
    /// </summary>
    public void Unite(Session other)
    {
        Complete(other.CompletedThrough);
        foreach (ref readonly FirstResult result in other.Kept)
        {
            int place = Find(result.Sequence);
            if (place < 0)
            {
                if (result.Sequence > CompletedThrough)
                {
                    Keep(result);
                }
            }
            else if (IsEarlier(result.AppliedAt, _kept[_start + place].AppliedAt))
            {
                RetainedBytes += result.Length - _kept[_start + place].Length;
                _kept[_start + place] = result;
            }
        }

        LastActive = LogTime.Max(LastActive, other.LastActive);
        SharedSince = SharedSince == default || (other.SharedSince != default && other.SharedSince < SharedSince) ? other.SharedSince : SharedSince;
        HasDiverged |= other.HasDiverged;
        IsSpent |= other.IsSpent;
    }

    private static bool IsEarlier(CommandPlace a, CommandPlace b)
    {
        int order = a.Coordinate.Group.CompareTo(b.Coordinate.Group);
        order = order != 0 ? order : a.Coordinate.Index.CompareTo(b.Coordinate.Index);
        return order != 0 ? order < 0 : a.Ordinal.Value < b.Ordinal.Value;
    }

    private void MakeRoomAtEnd()
    {
        if (_start + Count < _kept.Length)
        {
            return;
        }

        // Moving down is worth it only when at least half of the array is free; else the moves would cost more than the commands.
        FirstResult[] target = Count <= _kept.Length / 2 && _kept.Length > 0 ? _kept : new FirstResult[Math.Max(SmallestCapacity, 2 * Count)];
        Kept.CopyTo(target);
        if (ReferenceEquals(target, _kept))
        {
            Array.Clear(_kept, Count, _kept.Length - Count);
        }

        _kept = target;
        _start = 0;
    }
}
