using ActorPhysics.Core.Boundaries;
using FsCheck;
using FsCheck.Fluent;
using static ActorPhysics.Core.Tests.Given;

namespace ActorPhysics.Core.Tests.Boundaries;

/// <summary>
/// Random walks through all moves, legal and illegal, beside a model that knows the rules as inequalities and nothing of the
/// implementation: a move is accepted exactly when the model allows it, and a refused one changes nothing.
/// </summary>
[Trait("Seed", "2.5")]
public sealed class BoundariesPropertyTests
{
    private const int MostIndex = 12;

    private enum Kind
    {
        Append,
        MakeDurable,
        Prune,
        Commit,
        Apply,
        Stabilize,
        SaveSnapshot,
        Trim,
        InstallOnSameBranch,
        InstallOnOtherBranch,
    }

    private sealed record Step(Kind Kind, ulong A, ulong B);

    private static readonly Gen<List<Step>> Walks =
        Gen.ListOf(
            from kind in Gen.Elements(Enum.GetValues<Kind>())
            from a in Gen.Choose(0, MostIndex)
            from b in Gen.Choose(0, MostIndex)
            select new Step(kind, (ulong)a, (ulong)b)).Select(steps => steps.ToList());

    [Fact]
    public void The_lattice_survives_every_walk_and_exactly_the_illegal_moves_are_refused() =>
        Prop.ForAll(Walks.ToArbitrary(), walk =>
        {
            var boundaries = new ReplicaBoundaries(Group, Incarnation);
            foreach (Step step in walk)
            {
                BoundariesView before = boundaries.View;
                bool legal = IsLegal(before, step);
                if (Accepts(boundaries, step) != legal)
                {
                    return false;
                }

                if (!legal && boundaries.View != before)
                {
                    return false;
                }

                if (boundaries.View.LatticeViolation() is not null || !OnlyRose(before, boundaries.View, step))
                {
                    return false;
                }
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000).WithEndSize(60));

    [Fact]
    public void A_view_breaks_the_lattice_exactly_when_one_of_its_inequalities_fails() =>
        Prop.ForAll(Gen.ArrayOf(Gen.Choose(0, 3), 7).ToArbitrary(), raw =>
        {
            ulong[] at = [.. raw.Select(value => (ulong)value)];
            var view = new BoundariesView(I(at[0]), I(at[1]), I(at[2]), I(at[3]), At(1, at[4]), I(at[5]), I(at[6]));
            bool holds = at[4] <= at[2] && at[2] <= at[3] && at[3] <= at[0] && at[1] <= at[0] && at[5] <= at[2] && at[6] <= at[2]
                && at[4] <= Math.Max(at[1], at[6]);
            return view.LatticeViolation() is null == holds;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    private static bool Accepts(ReplicaBoundaries boundaries, Step step)
    {
        try
        {
            Make(boundaries, step);
            return true;
        }
        catch (InvariantViolationException)
        {
            return false;
        }
    }

    private static void Make(ReplicaBoundaries boundaries, Step step)
    {
        switch (step.Kind)
        {
            case Kind.Append:
                boundaries.AppendTo(I(step.A));
                break;
            case Kind.MakeDurable:
                boundaries.MakeDurable(I(step.A));
                break;
            case Kind.Prune:
                boundaries.PruneBranch(I(step.A));
                break;
            case Kind.Commit:
                boundaries.Commit(Commit(1, step.A + 1), Match(1, step.B));
                break;
            case Kind.Apply:
                boundaries.ApplyTo(I(step.A));
                break;
            case Kind.Stabilize:
                boundaries.StabilizeRead(I(step.A));
                break;
            case Kind.SaveSnapshot:
                boundaries.SaveSnapshot(Snapshot(1, step.A + 1));
                break;
            case Kind.Trim:
                boundaries.Trim(Trim(1, step.A + 1));
                break;
            default:
                ulong localEpoch = step.Kind == Kind.InstallOnSameBranch ? 1UL : 2;
                boundaries.InstallSnapshot(Snapshot(1, step.A + 1), At(localEpoch, step.A + 1));
                break;
        }
    }

    private static bool IsLegal(BoundariesView at, Step step)
    {
        (ulong a, ulong e, ulong d) = (step.A, at.Appended.Value, at.Durable.Value);
        (ulong applied, ulong committed, ulong snapshot) = (at.Applied.Value, at.Committed.Value, at.SnapshotThrough.Value);
        return step.Kind switch
        {
            Kind.Append => a >= e,
            Kind.MakeDurable => a >= d && a <= e,
            Kind.Prune => a >= committed && a <= e,
            Kind.Commit => Math.Min(a + 1, step.B) <= Math.Max(committed, e),
            Kind.Apply => a >= applied && a <= committed,
            Kind.Stabilize => a >= at.StableRead.Value && a <= applied,
            Kind.SaveSnapshot => a + 1 <= applied,
            Kind.Trim => a + 1 >= at.TrimmedThrough.Index.Value && a + 1 <= applied && a + 1 <= Math.Max(d, snapshot),
            Kind.InstallOnSameBranch => a + 1 > applied && (a + 1 <= e || a + 1 > committed),
            Kind.InstallOnOtherBranch => a + 1 > applied && a + 1 > committed,
            _ => throw new InvalidOperationException(step.Kind.ToString()),
        };
    }

    /// <summary>Everything rises, but for what pruning and a reset log may lower.</summary>
    private static bool OnlyRose(BoundariesView before, BoundariesView after, Step step)
    {
        bool mayFall = step.Kind is Kind.Prune or Kind.InstallOnOtherBranch or Kind.InstallOnSameBranch;
        return (mayFall || (after.Appended >= before.Appended && after.Durable >= before.Durable))
            && after.Applied >= before.Applied
            && after.Committed >= before.Committed
            && after.TrimmedThrough.Index >= before.TrimmedThrough.Index
            && after.StableRead >= before.StableRead
            && after.SnapshotThrough >= before.SnapshotThrough;
    }
}
