using ActorPhysics.Core.Certificates;
using ActorPhysics.Core.Coordinates;
using FsCheck;
using FsCheck.Fluent;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Certificates;

public sealed class EpochRunsTests
{
    [Fact]
    public void Runs_name_the_epoch_of_every_entry_above_their_beginning()
    {
        EpochRuns runs = Runs((2, 4), (5, 9));

        Assert.Null(runs.EpochAt(I(3)));
        Assert.Equal(Le(2), runs.EpochAt(I(4)));
        Assert.Equal(Le(2), runs.EpochAt(I(8)));
        Assert.Equal(Le(5), runs.EpochAt(I(9)));
        Assert.Equal(Le(5), runs.EpochAt(I(1_000)));
        Assert.Equal(LeaderEpoch.None, runs.EpochAt(LogIndex.Zero));
        Assert.True(runs.Contains(At(2, 8)));
        Assert.False(runs.Contains(At(5, 8)));
        Assert.False(runs.Contains(At(2, 3)));
    }

    [Fact]
    public void Runs_that_do_not_ascend_are_refused()
    {
        Assert.Null(EpochRuns.TryCreate(default, out _));
        Assert.Null(EpochRuns.TryCreate([new EpochRun(Le(0), I(1))], out _));
        Assert.Null(EpochRuns.TryCreate([new EpochRun(Le(1), I(0))], out _));
        Assert.Null(EpochRuns.TryCreate([new EpochRun(Le(2), I(1)), new EpochRun(Le(2), I(3))], out _));
        Assert.Null(EpochRuns.TryCreate([new EpochRun(Le(2), I(3)), new EpochRun(Le(3), I(3))], out string? refusal));
        Assert.Contains("run 1", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Appending_in_the_same_epoch_keeps_the_very_same_runs()
    {
        EpochRuns runs = EpochRuns.Empty.With(At(1, 1));

        Assert.Same(runs, runs.With(At(1, 2)));
        Assert.Equal(Runs((1, 1), (3, 3)), runs.With(At(3, 3)));
    }

    [Fact]
    public void A_log_does_not_go_back_in_time()
    {
        EpochRuns runs = Runs((2, 4), (5, 9));

        Assert.Equal("LogMatching", Assert.Throws<InvariantViolationException>(() => runs.With(At(4, 12))).Invariant);
        Assert.Throws<InvariantViolationException>(() => runs.With(At(6, 9)));
        Assert.Throws<InvariantViolationException>(() => runs.With(At(5, 8)));
        Assert.Throws<InvariantViolationException>(() => EpochRuns.Empty.With(default));
    }

    [Fact]
    [Trait("Pitfall", "17")]
    public void The_epoch_at_the_trim_point_stays_known_and_what_lies_below_is_forgotten()
    {
        EpochRuns runs = Runs((1, 1), (2, 4), (5, 9)).TrimmedThrough(At(2, 6));

        Assert.Equal(Runs((2, 6), (5, 9)), runs);
        Assert.True(runs.Contains(At(2, 6)));
        Assert.Null(runs.EpochAt(I(5)));
        Assert.Same(runs, runs.TrimmedThrough(default));
        Assert.Throws<InvariantViolationException>(() => runs.TrimmedThrough(At(4, 8)));
    }

    [Fact]
    public void Pruning_drops_the_runs_that_begin_after_the_new_end()
    {
        EpochRuns runs = Runs((1, 1), (2, 4), (5, 9));

        Assert.Equal(Runs((1, 1), (2, 4)), runs.PrunedAfter(I(8)));
        Assert.Same(runs, runs.PrunedAfter(I(9)));
        Assert.Equal(EpochRuns.Empty, runs.PrunedAfter(LogIndex.Zero));
    }

    [Fact]
    public void Runs_of_a_random_log_agree_with_the_log() =>
        Prop.ForAll(Gen.ListOf(Gen.Choose(0, 2)).ToArbitrary(), steps =>
        {
            var log = new List<LogPosition>();
            EpochRuns runs = EpochRuns.Empty;
            ulong epoch = 1;
            foreach (int step in steps)
            {
                epoch += (ulong)step;
                log.Add(At(epoch, (ulong)log.Count + 1));
                runs = runs.With(log[^1]);
            }

            return log.TrueForAll(entry => runs.EpochAt(entry.Index) == entry.Epoch)
                && log.TrueForAll(entry => runs.PrunedAfter(entry.Index).LastEpoch == entry.Epoch)
                && log.TrueForAll(entry => log.TrueForAll(other =>
                    runs.TrimmedThrough(entry).Contains(other) == (other.Index >= entry.Index)));
        }).Check(Config.QuickThrowOnFailure);

    private static EpochRuns Runs(params (ulong Epoch, ulong First)[] runs) =>
        EpochRuns.TryCreate([.. runs.Select(run => new EpochRun(Le(run.Epoch), I(run.First)))], out _)!;
}
