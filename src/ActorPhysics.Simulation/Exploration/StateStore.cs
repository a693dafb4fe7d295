namespace ActorPhysics.Simulation.Exploration;

/// <summary>All states of a search in the order in which they were found, each in a few words: the frontier, and the way back from a violation.</summary>
internal sealed class StateStore(int wordsPerState)
{
    private const int ChunkBits = 18;
    private const int ChunkStates = 1 << ChunkBits;
    private readonly List<int[]> _chunks = [];

    public int Count { get; private set; }

    public long Bytes => (long)_chunks.Count * ChunkStates * wordsPerState * sizeof(int);

    public ReadOnlySpan<int> this[int index] => _chunks[index >> ChunkBits].AsSpan((index & (ChunkStates - 1)) * wordsPerState, wordsPerState);

    public void Add(ReadOnlySpan<int> words)
    {
        if (Count >> ChunkBits == _chunks.Count)
        {
            _chunks.Add(new int[ChunkStates * wordsPerState]);
        }

        words.CopyTo(_chunks[Count >> ChunkBits].AsSpan((Count & (ChunkStates - 1)) * wordsPerState, wordsPerState));
        Count++;
    }
}
