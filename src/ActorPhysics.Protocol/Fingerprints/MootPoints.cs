namespace ActorPhysics.Protocol.Fingerprints;

/// <summary>What a search can know will not be asked of a replica any more, so that states which differ only in it are one.</summary>
[Flags]
public enum MootPoints
{
    None = 0,

    /// <summary>The process will not die: nothing is read back from its journal.</summary>
    Restart = 1,

    /// <summary>The leader will hear no peer again in its epoch, and none heeds it: what it knows of them is over.</summary>
    Office = 2,
}
