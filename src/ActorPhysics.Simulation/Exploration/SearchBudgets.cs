namespace ActorPhysics.Simulation.Exploration;

/// <summary>What a state has used of the scope's allowances, packed into one word.</summary>
internal readonly record struct SearchBudgets(int Packed)
{
    private const int Bits = 5;
    private const int Mask = (1 << Bits) - 1;

    public int Commands => Packed & Mask;

    public int Crashes => (Packed >> Bits) & Mask;

    public int Duplicates => (Packed >> (2 * Bits)) & Mask;

    public int Drops => (Packed >> (3 * Bits)) & Mask;

    public int Heartbeats => (Packed >> (4 * Bits)) & Mask;

    public int Changes => (Packed >> (5 * Bits)) & Mask;

    public SearchBudgets WithCommand => new(Packed + 1);

    public SearchBudgets WithCrash => new(Packed + (1 << Bits));

    public SearchBudgets WithDuplicate => new(Packed + (1 << (2 * Bits)));

    public SearchBudgets WithDrop => new(Packed + (1 << (3 * Bits)));

    public SearchBudgets WithHeartbeat => new(Packed + (1 << (4 * Bits)));

    public SearchBudgets WithChange => new(Packed + (1 << (5 * Bits)));
}
