namespace ActorPhysics.Checking.Isolation;

/// <summary>One state for each key that a transaction touches, forgotten at once when the next begins: a sparse set over all keys.</summary>
internal sealed class KeyStates<TState>(int keys)
    where TState : class
{
    private readonly int[] _place = new int[keys];
    private readonly List<(int Key, TState State)> _states = [];

    public void Clear() => _states.Clear();

    public TState? Find(int key) =>
        _place[key] is var place && place < _states.Count && _states[place].Key == key ? _states[place].State : null;

    public void Add(int key, TState state)
    {
        _place[key] = _states.Count;
        _states.Add((key, state));
    }
}
