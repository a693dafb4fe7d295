using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Quorums;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Protocol.Fingerprints;

/// <summary>
/// Takes in a state word by word and gives its <see cref="Fingerprint"/>. It sees a state as a search must: under other names of the replicas,
/// with times only as far as they lie from the moment at which the next input can come.
/// </summary>
/// <param name="renaming">The names under which the state is seen.</param>
/// <param name="asOf">The earliest time of the next input: an age or a deadline counts only relative to it.</param>
/// <param name="moot">What the search knows will not be asked for any more.</param>
public sealed class StateDigest(ReplicaRenaming renaming, MonotonicTime asOf, MootPoints moot = MootPoints.None)
{
    private const ulong FirstSeed = 0x243F6A8885A308D3;
    private const ulong SecondSeed = 0x13198A2E03707344;
    private const ulong FirstFactor = 0xD6E8FEB86659FD93;
    private const ulong SecondFactor = 0xA0761D6478BD642F;

    private ulong _first = FirstSeed;
    private ulong _second = SecondSeed;

    /// <summary>Whether what only serves this is left out.</summary>
    public bool IsMoot(MootPoints point) => (moot & point) != 0;

    public Fingerprint Result => new(Avalanche(_first ^ (_second >> 32)), Avalanche(_second ^ (_first << 32)));

    public void Add(ulong word)
    {
        _first = (_first ^ word) * FirstFactor;
        _first ^= _first >> 31;
        _second = (_second + word) * SecondFactor;
        _second ^= _second >> 29;
    }

    public void Add(long word) => Add(unchecked((ulong)word));
    public void Add(bool word) => Add(word ? 1UL : 2UL);
    public void Add(LogIndex index) => Add(index.Value);
    public void Add(LeaderEpoch epoch) => Add(epoch.Value);
    public void Add(ReplicaRun run) => Add(run.Value);

    /// <summary>The replica's new name.</summary>
    public void Add(ReplicaId replica) => Add(renaming.Of(replica).Value);

    public void Add(LogPosition position)
    {
        Add(position.Epoch);
        Add(position.Index);
    }

    /// <summary>A position that may be missing.</summary>
    public void Add(LogPosition? position)
    {
        Add(position is not null);
        Add(position.GetValueOrDefault());
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Add(bytes.Length);
        foreach (byte value in bytes)
        {
            Add((ulong)value);
        }
    }

    /// <summary>The members of a set, whatever their positions are called.</summary>
    public void Add(MemberSet set, QuorumSystem quorums)
    {
        ArgumentNullException.ThrowIfNull(quorums);
        AddUnordered(quorums.ReplicasOf(set), static (digest, replica) => digest.Add(replica));
    }

    /// <summary>
    /// Things whose order means nothing. What is kept by replica must come this way, because a renaming changes the order of names.
    /// </summary>
    public void AddUnordered<TItem>(IEnumerable<TItem> items, Action<StateDigest, TItem> add)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(add);
        (ulong first, ulong second) = (_first, _second);
        ulong count = 0;
        ulong firstSum = 0;
        ulong secondSum = 0;
        foreach (TItem item in items)
        {
            (_first, _second) = (FirstSeed, SecondSeed);
            add(this, item);
            Fingerprint one = Result;
            firstSum += one.High;
            secondSum += one.Low;
            count++;
        }

        (_first, _second) = (first, second);
        Add(count);
        Add(firstSum);
        Add(secondSum);
    }

    /// <summary>How long ago something was. From <paramref name="limit"/> on, longer makes no difference any more.</summary>
    public void AddAge(MonotonicTime? since, TimeSpan limit)
    {
        Add(since is not null);
        Add(since is { } time ? Math.Min(asOf.Since(time).Ticks, limit.Ticks) : 0);
    }

    /// <summary>How long a deadline lies ahead; nothing once it is past.</summary>
    public void AddRemaining(MonotonicTime until) => Add(until.Since(asOf).Ticks);

    // Murmur3's finalizer (Appleby): every bit of the word moves every bit of the result.
    private static ulong Avalanche(ulong word)
    {
        word = (word ^ (word >> 33)) * 0xFF51AFD7ED558CCD;
        word = (word ^ (word >> 33)) * 0xC4CEB9FE1A85EC53;
        return word ^ (word >> 33);
    }
}
