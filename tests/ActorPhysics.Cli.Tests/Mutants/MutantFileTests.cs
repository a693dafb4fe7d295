using ActorPhysics.Checking.Diagnosis;
using ActorPhysics.Cli.Mutants;

namespace ActorPhysics.Cli.Tests.Mutants;

public sealed class MutantFileTests
{
    private const string Sound =
        """
        # a comment
        mutant: vote-forgotten
        origin: Raft §5.2
        class: SplitBrain
        or-class: PhantomCommit
        budget: 20
        about: A voter
          forgets.

        file: src/A/B.cs
        find: if (x > 0)
        with: if (true)

        find:
            one();
            two();
        with:
            three();
        end

        file: src/A/C.cs
        find: && y
        with:
        """;

    [Fact]
    public void A_mutant_has_properties_and_hunks_within_a_line_and_of_whole_lines()
    {
        Mutant mutant = MutantFile.Parse("x.mutant", Sound);
        Assert.Equal("vote-forgotten", mutant.Name);
        Assert.Equal("A voter forgets.", mutant.About);
        Assert.Equal(20, mutant.BudgetSeeds);
        Assert.True(mutant.Admits(FailureClass.SplitBrain) && mutant.Admits(FailureClass.PhantomCommit) && !mutant.Admits(FailureClass.TrimCliff));
        Assert.Equal(
        [
            new Hunk("src/A/B.cs", "if (x > 0)", "if (true)", 11),
            new Hunk("src/A/B.cs", "    one();\n    two();\n", "    three();\n", 14),
            new Hunk("src/A/C.cs", "&& y", "", 22),
        ], mutant.Hunks);
    }

    [Theory]
    [InlineData("mutant: a\norigin: b\nclass: Misfortune\nabout: c\nfile: f\nfind: x\nwith: y", "'Misfortune' is no failure class")]
    [InlineData("mutant: a\norigin: b\nclass: 3\nabout: c\nfile: f\nfind: x\nwith: y", "'3' is no failure class")]
    [InlineData("mutant: a\norigin: b\nclass: SplitBrain\nfile: f\nfind: x\nwith: y", "property 'about' is missing")]
    [InlineData("mutant: a\ncolour: b", "x.mutant(2): there is no property 'colour'")]
    [InlineData("mutant: a\nmutant: b", "x.mutant(2): property 'mutant' is there twice")]
    [InlineData("mutant:\n", "x.mutant(1): property 'mutant' is empty")]
    [InlineData("mutant: a\nwhat is this", "x.mutant(2): expected 'name: value'")]
    [InlineData("mutant: a\nfile: f\n\nmutant: b", "x.mutant(2): nothing is to be found in f")]
    [InlineData("file: f\nfind: x\norigin: b", "x.mutant(3): expected 'with:' below 'find:'")]
    [InlineData("file: f\nfind:\nx\nwith:\ny", "x.mutant(2): the hunk has no 'end'")]
    [InlineData("file: f\nfind:\nwith:\ny\nend", "x.mutant(2): 'find:' is empty")]
    [InlineData("file: f\nfind: x\nwith: y\norigin: b", "x.mutant(4): property 'origin' after the first hunk")]
    [InlineData("mutant: a\norigin: b\nclass: SplitBrain\nbudget: none\nabout: c\nfile: f\nfind: x\nwith: y", "the budget 'none' is no number of seeds")]
    [InlineData("mutant: a\norigin: b\nclass: SplitBrain\nkilled-by: tests\nabout: c\nfile: f\nfind: x\nwith: y", "'tests' is not a test project and a filter")]
    [InlineData("mutant: a\norigin: b\nclass: SplitBrain\nabout: c", "there is no hunk")]
    public void What_is_wrong_is_said_with_its_line(string text, string complaint) =>
        Assert.Contains(complaint, Assert.Throws<MutantException>(() => MutantFile.Parse("x.mutant", text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_hunk_that_does_not_occur_exactly_once_does_not_apply()
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("actorphysics-hunks-");
        try
        {
            var checkout = new Checkout(root.FullName);
            Directory.CreateDirectory(checkout.PathOf("src/A"));
            File.WriteAllText(checkout.PathOf("src/A/B.cs"), "one two two\r\nthree\r\n");
            Assert.Equal("one two two\nfour\n", Apply("three", "four"));
            Assert.Equal("one\nthree\n", Apply(" two two", ""));
            Assert.Contains("occurs more than once", Assert.Throws<MutantException>(() => Apply("two", "")).Message, StringComparison.Ordinal);
            Assert.Contains("does not occur", Assert.Throws<MutantException>(() => Apply("zero", "")).Message, StringComparison.Ordinal);

            string Apply(string find, string with) => checkout.Apply(Some(new Hunk("src/A/B.cs", find, with, 1)))["src/A/B.cs"];
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static Mutant Some(Hunk hunk) => new("m", "o", FailureClass.SplitBrain, null, 1, "", null, "a", [hunk]);
}
