using System.Text.RegularExpressions;

namespace ActorPhysics.Architecture.Tests;

/// <summary>Rules about the text of the sources that no compiler checks.</summary>
public sealed partial class SourceRuleTests
{
    private const int LongestFile = 500;

    [Fact]
    public void No_source_file_is_longer_than_one_thing_can_be() => Assert.DoesNotContain(
        Repository.Sources("src"), path => File.ReadLines(path).Count() > LongestFile);

    [Fact]
    [Trait("Seed", "4.1")]
    public void Nobody_but_Quorums_knows_what_a_majority_is()
    {
        string quorums = Path.Combine("ActorPhysics.Core", "Quorums");

        // The simulator's judge counts by itself: it could not see a mistake that it shared with the product.
        string judge = Path.Combine("Monitors", "QuorumArithmetic.cs");
        Assert.DoesNotContain(
            Repository.Sources("src"),
            path => !path.Contains(quorums, StringComparison.Ordinal) && !path.EndsWith(judge, StringComparison.Ordinal) && Majority().IsMatch(File.ReadAllText(path)));
    }

    [Fact]
    public void No_exception_is_swallowed_and_no_test_sleeps()
    {
        Assert.Empty(Offenders(EmptyCatch(), "src", "tests", "samples"));
        Assert.Empty(Offenders(Sleep(), "src", "tests", "samples"));
    }

    [Fact]
    [Trait("Pitfall", "27")]
    public void The_disk_is_touched_in_its_places_only()
    {
        string[] places = [Path.Combine("ActorPhysics.Hosting", "Journal"), Path.Combine("ActorPhysics.Hosting", "Snapshots"), Path.Combine("ActorPhysics.Hosting", "Storage")];
        Assert.Empty(Repository.Sources("src")
            .Where(path => !places.Any(place => path.Contains(place, StringComparison.Ordinal)))
            .Where(path => DiskWrite().IsMatch(File.ReadAllText(path)))
            .Select(path => Path.GetRelativePath(Repository.Root, path))
            // A node's note that a replica has run, beside its journal.
            .Except([Path.Combine("src", "ActorPhysics.Hosting", "Nodes", "NodeStorage.cs")]));
    }

    private static IEnumerable<string> Offenders(Regex pattern, params string[] folders) => folders
        .SelectMany(Repository.Sources)
        .Where(path => Path.GetFileName(path) != $"{nameof(SourceRuleTests)}.cs" && pattern.IsMatch(File.ReadAllText(path)))
        .Select(path => Path.GetRelativePath(Repository.Root, path));

    [GeneratedRegex(@"/ 2\)? \+ 1", RegexOptions.NonBacktracking)]
    private static partial Regex Majority();

    [GeneratedRegex(@"catch\s*(\([^)]*\))?\s*\{\s*\}", RegexOptions.NonBacktracking)]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"Thread\.Sleep\(", RegexOptions.NonBacktracking)]
    private static partial Regex Sleep();

    [GeneratedRegex(@"new FileStream\(|RandomAccess\.|FlushToDisk|File\.OpenHandle", RegexOptions.NonBacktracking)]
    private static partial Regex DiskWrite();
}
