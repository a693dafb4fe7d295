namespace ActorPhysics.Simulation.Exploration;

/// <summary>
/// The outcomes known of one replica state, by action code. Read by all workers without a lock, written under the lock of its owner: a slot's
/// code is published after its outcome, and a larger table after it was filled.
/// </summary>
internal sealed class OutcomeTable
{
    private const int Free = -1;
    private readonly Lock _gate = new();
    private Slots _slots = new(8);
    private int _count;

    public Outcome? Find(int code) => Volatile.Read(ref _slots).Find(code);

    /// <returns>The outcome that is known from now on: another worker may have been faster, with an equal one.</returns>
    public Outcome Add(int code, Outcome outcome)
    {
        lock (_gate)
        {
            if (_slots.Find(code) is { } known)
            {
                return known;
            }

            if (++_count * 2 > _slots.Length)
            {
                var larger = new Slots(_slots.Length * 2);
                _slots.CopyTo(larger);
                Volatile.Write(ref _slots, larger);
            }

            _slots.Put(code, outcome);
            return outcome;
        }
    }

    private sealed class Slots
    {
        private readonly int[] _codes;
        private readonly Outcome[] _outcomes;

        public Slots(int length)
        {
            _codes = new int[length];
            _outcomes = new Outcome[length];
            Array.Fill(_codes, Free);
        }

        public int Length => _codes.Length;

        public Outcome? Find(int code)
        {
            int mask = _codes.Length - 1;
            for (int slot = Home(code) & mask; ; slot = (slot + 1) & mask)
            {
                int found = Volatile.Read(ref _codes[slot]);
                if (found == code)
                {
                    return _outcomes[slot];
                }

                if (found == Free)
                {
                    return null;
                }
            }
        }

        public void Put(int code, Outcome outcome)
        {
            int mask = _codes.Length - 1;
            int slot = Home(code) & mask;
            while (_codes[slot] != Free)
            {
                slot = (slot + 1) & mask;
            }

            _outcomes[slot] = outcome;
            Volatile.Write(ref _codes[slot], code);
        }

        public void CopyTo(Slots larger)
        {
            for (int slot = 0; slot < _codes.Length; slot++)
            {
                if (_codes[slot] != Free)
                {
                    larger.Put(_codes[slot], _outcomes[slot]);
                }
            }
        }

        private static int Home(int code) => (int)((uint)code * 0x9E3779B9 >> 8);
    }
}
