using ActorPhysics.Simulation.Monitors;

namespace ActorPhysics.Simulation.Tests.Runs;

/// <summary>The marks of subtle branches, as they are counted and named.</summary>
public sealed class CoverageMarksTests
{
    [Fact]
    public void Every_mark_has_a_name_of_its_own()
    {
        CoverageMark[] all = Enum.GetValues<CoverageMark>();

        IEnumerable<string> names = all.Select(mark => Assert.Single(Marked(mark).Hit));

        Assert.Equal(all.Length, names.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void The_list_names_marks_only()
    {
        var every = new CoverageMarks();
        foreach (CoverageMark mark in Enum.GetValues<CoverageMark>())
        {
            every.Add(Marked(mark));
        }

        Assert.Equal(CoverageMarks.Total, every.Count);
        Assert.Empty(every.Missed);
    }

    // The names stand in a list of their own, so one that slipped would name another branch.
    [Theory]
    [InlineData("leader elected", 0)]
    [InlineData("read index forwarded", 7)]
    [InlineData("snapshot sent", 8)]
    [InlineData("log given up", 15)]
    [InlineData("torn tail", 21)]
    [InlineData("lease refused", 26)]
    [InlineData("learner or witness present", 30)]
    public void A_mark_goes_by_the_name_of_its_branch(string name, int mark) =>
        Assert.Equal(name, Assert.Single(Marked((CoverageMark)mark).Hit));

    private static CoverageMarks Marked(CoverageMark mark)
    {
        var marks = new CoverageMarks();
        marks.Mark(mark);
        return marks;
    }
}
