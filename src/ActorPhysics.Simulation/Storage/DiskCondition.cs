namespace ActorPhysics.Simulation.Storage;

/// <summary>What a node's medium is like at the moment, for every stream of records on it.</summary>
internal sealed class DiskCondition
{
    public bool IsFull { get; set; }

    /// <summary>How many times slower than usual.</summary>
    public int Slowness { get; set; } = 1;

    public bool FailsNextSync { get; set; }

    /// <summary>Acknowledges syncs that it did not carry out: outside of every failure model, to be declared.</summary>
    public bool LiesAboutSync { get; set; }

    /// <summary>As good as new; a disk that lied has lost what it lost.</summary>
    public void Mend()
    {
        IsFull = false;
        Slowness = 1;
        FailsNextSync = false;
        LiesAboutSync = false;
    }
}
