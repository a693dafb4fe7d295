using ActorPhysics.Core.History;
using static ActorPhysics.Core.Tests.Given;
using static ActorPhysics.Core.Tests.History.HistoryTreeTests;

namespace ActorPhysics.Core.Tests.History;

[Trait("Seed", "2.3")]
public sealed class HistoryTreeDrawingTests
{
    [Fact]
    public void The_seeds_example_is_drawn_as_in_the_seed() => AssertDrawn(SeedExample(),
            """
                                     ┌─ [6a] ─ [7a] ─ [8]  (epoch 3, pruned)
                                     │
            [1] ─ [2] ─ [3] ─ [4] ─ [5]
                                     │
                                     └─ [6b] ─ [7b]  (epoch 4, wet cement)

            └─────────────────────────┘
             Committed Trunk (1–5)
            """);

    [Fact]
    public void A_lone_continuation_stays_on_the_trunks_line() =>
        AssertDrawn(Build([Appended(1, At(0, 0), At(1, 3)), Appended(1, At(1, 3), At(2, 5)), Committed(1, 1, 3)]),
            """
            [1] ─ [2] ─ [3] ─ [4] ─ [5]  (epoch 2, wet cement)

            └─────────────┘
             Committed Trunk (1–3)
            """);

    [Fact]
    public void Long_lines_are_shortened_to_their_ends_forks_and_changes_of_epoch() =>
        AssertDrawn(
            Build(
            [
                Appended(1, At(0, 0), At(1, 4_000)),
                Appended(1, At(1, 4_000), At(2, 9_000)),
                Appended(2, At(0, 0), At(1, 500)),
                Appended(2, At(1, 500), At(3, 502)),
                Committed(1, 2, 8_990),
            ]),
            """
                        ┌─ [501b] ─ [502b]  (epoch 3, pruned)
                        │
            [1] ─ … ─ [500] ─ … ─ [4000] ─ [4001] ─ … ─ [8990] ─ [8991] ─ … ─ [9000]  (epoch 2, wet cement)

            └────────────────────────────────────────────────┘
             Committed Trunk (1–8990)
            """);

    [Fact]
    public void Branches_of_branches_and_several_forks_do_not_cross() =>
        AssertDrawn(
            Build(
            [
                Appended(1, At(0, 0), At(1, 6)),
                Appended(2, At(0, 0), At(1, 2)),
                Appended(2, At(1, 2), At(2, 4)),
                Appended(3, At(0, 0), At(1, 2)),
                Appended(3, At(1, 2), At(2, 3)),
                Appended(3, At(2, 3), At(3, 5)),
                Appended(4, At(0, 0), At(1, 4)),
                Appended(4, At(1, 4), At(4, 5)),
                Appended(5, At(0, 0), At(1, 2)),
                Appended(5, At(1, 2), At(5, 3)),
                Committed(1, 1, 5),
                Appended(4, At(4, 5), At(6, 7)),
            ]),
            """
                   ┌─ [3c]  (epoch 5, pruned)
                   │
                   │    ┌─ [4c] ─ [5b]  (epoch 3, pruned)
                   │    │
                   ├─ [3b] ─ [4b]  (epoch 2, pruned)
                   │
                   │             ┌─ [5c] ─ [6b] ─ [7]  (epochs 4–6, pruned)
                   │             │
            [1] ─ [2] ─ [3a] ─ [4a] ─ [5a] ─ [6a]  (epoch 1, wet cement)

            └────────────────────────────┘
             Committed Trunk (1–5)
            """);

    [Fact]
    public void Trimmed_beginnings_and_contradictions_are_told() =>
        AssertDrawn(
            Build(
            [
                Appended(1, At(2, 7), At(2, 9)),
                new TrimSeen(R(1), At(2, 8)),
                Appended(1, At(2, 5), At(3, 6)),
            ]),
            """
            … ─ [7] ─ [8] ─ [9]  (epoch 2, wet cement)

            └───────────┘
             Committed Trunk (1–8, seen from 7)

            LogMatching is broken (r1): (3, 6) was appended after (2, 5), where the log ended in (2, 9)
            """);

    [Fact]
    public void Without_a_commit_every_first_entry_begins_a_line() =>
        AssertDrawn(Build([Appended(1, At(0, 0), At(1, 2)), Appended(2, At(0, 0), At(2, 1))]),
            """
            [1a] ─ [2]  (epoch 1, wet cement)

            [1b]  (epoch 2, wet cement)

            No commit is known.
            """);

    private static void AssertDrawn(HistoryTree tree, string expected) => Assert.Equal(expected, HistoryTreeDrawing.Draw(tree).TrimEnd());
}
