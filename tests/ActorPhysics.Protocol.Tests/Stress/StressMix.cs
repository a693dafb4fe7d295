using ActorPhysics.Protocol.Tests.Harness;

namespace ActorPhysics.Protocol.Tests.Stress;

/// <summary>How hostile one run's world is. Drawn anew for each seed: a world in which everything fails all the time tests little.</summary>
internal sealed record StressMix(int DropsPerMille, int DuplicatesPerMille, bool Reorders, bool Restarts, bool Partitions, bool Damages, bool Churns, int MostAdvanceMs)
{
    public static StressMix Draw(TestRandom random) => new(
        DropsPerMille: random.Pick([0, 10, 50, 200]),
        DuplicatesPerMille: random.Pick([0, 10, 100]),
        Reorders: random.OneIn(2),
        Restarts: !random.OneIn(4),
        Partitions: random.OneIn(2),
        Damages: random.OneIn(4),
        Churns: random.OneIn(3),
        MostAdvanceMs: random.Pick([3, 10, 40]));
}
