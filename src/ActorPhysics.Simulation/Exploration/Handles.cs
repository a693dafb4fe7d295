using System.Collections.Concurrent;
using ActorPhysics.Protocol.Fingerprints;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>The distinct things of one kind that a search met, by fingerprint and by number. Any worker may add; reading takes no lock.</summary>
internal sealed class Handles<T>
    where T : class
{
    private const int ChunkBits = 14;
    private const int ChunkSize = 1 << ChunkBits;
    private const int MaximumChunks = 1 << 14;
    private readonly ConcurrentDictionary<Fingerprint, T> _byFingerprint = new();
    private readonly T[][] _chunks = new T[MaximumChunks][];
    private readonly Lock _gate = new();

    public int Count { get; private set; }

    public T this[int number] => _chunks[number >> ChunkBits][number & (ChunkSize - 1)];

    public T? Find(Fingerprint fingerprint) => _byFingerprint.GetValueOrDefault(fingerprint);

    public T GetOrAdd<TContext>(Fingerprint fingerprint, TContext context, Func<int, TContext, T> create)
    {
        if (_byFingerprint.TryGetValue(fingerprint, out T? known))
        {
            return known;
        }

        lock (_gate)
        {
            if (_byFingerprint.TryGetValue(fingerprint, out known))
            {
                return known;
            }

            T added = create(Count, context);
            (_chunks[Count >> ChunkBits] ??= new T[ChunkSize])[Count & (ChunkSize - 1)] = added;
            Count++;
            _byFingerprint[fingerprint] = added;
            return added;
        }
    }
}
