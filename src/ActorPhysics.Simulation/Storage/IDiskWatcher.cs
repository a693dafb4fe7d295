using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Simulation.Storage;

/// <summary>Sees what truly happens on a disk, which the process that uses it cannot.</summary>
internal interface IDiskWatcher
{
    /// <summary>A record was handed over, whether the disk has room for it or not; what was refused is offered again.</summary>
    void Offered(JournalSequence sequence, JournalRecord record);

    /// <summary>The records through this one would survive a power cut.</summary>
    void Durable(JournalSequence through);

    /// <summary>The process died; the records after this one are gone.</summary>
    void Crashed(JournalSequence survivingThrough);

    /// <summary>The medium lost records that were durable, from this one on; <paramref name="promiseLost"/> when the second copy of the promise went too.</summary>
    void Damaged(JournalSequence lostFrom, bool promiseLost);
}
