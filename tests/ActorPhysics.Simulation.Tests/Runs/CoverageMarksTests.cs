using ActorPhysics.Simulation.Monitors;

namespace ActorPhysics.Simulation.Tests.Runs;

public sealed class CoverageMarksTests
{
    [Fact]
    public void Every_mark_has_a_name_of_its_own()
    {
        var marks = new CoverageMarks();
        foreach (CoverageMark mark in Enum.GetValues<CoverageMark>())
        {
            marks.Mark(mark);
        }

        Assert.Equal(Enum.GetValues<CoverageMark>().Length, CoverageMarks.Total);
        Assert.Empty(marks.Missed);
    }
}
