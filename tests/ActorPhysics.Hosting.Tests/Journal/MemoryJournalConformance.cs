using ActorPhysics.Actors.Ports;
using ActorPhysics.Hosting.Journal;

namespace ActorPhysics.Hosting.Tests.Journal;

public sealed class MemoryJournalHarness : JournalHarness
{
    public override IJournal Open() => new MemoryJournal();
}

public sealed class MemoryJournalConformance : JournalConformance<MemoryJournalHarness>;
