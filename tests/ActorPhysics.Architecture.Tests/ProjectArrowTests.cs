using System.Xml.Linq;

namespace ActorPhysics.Architecture.Tests;

/// <summary>The arrows between projects go one way, and the pure half knows nothing but itself (design §2).</summary>
public sealed class ProjectArrowTests
{
    private static readonly SortedDictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Core"] = [],
        ["Protocol"] = ["Core"],
        ["Checking"] = ["Core"],
        ["Wire"] = ["Core", "Protocol"],
        ["Actors"] = ["Core", "Protocol", "Wire"],
        ["Hosting"] = ["Core", "Protocol", "Wire", "Actors"],
        ["Simulation"] = ["Core", "Protocol", "Wire", "Actors", "Checking"],
        ["Client"] = ["Core", "Wire"],
        ["Cli"] = ["Hosting", "Client", "Simulation", "Checking"],
    };

    private static readonly string[] Pure = ["Core", "Protocol", "Checking"];

    public static TheoryData<string> Projects => [.. Directory.GetDirectories(Repository.Folder("src"))
        .Select(folder => Path.GetFileName(folder)["ActorPhysics.".Length..])];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_those_below_it(string project)
    {
        Assert.True(Allowed.TryGetValue(project, out string[]? below), $"say in this test what {project} may refer to");
        Assert.Empty(References(project).Except(below));
    }

    [Theory]
    [InlineData("Core")]
    [InlineData("Protocol")]
    [InlineData("Checking")]
    public void A_pure_project_has_no_packages_of_its_own(string project) => Assert.Empty(Elements(project, "PackageReference"));

    [Fact]
    public void The_pure_projects_are_under_banned_symbols()
    {
        string shared = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Build.props"));
        Assert.All(Pure, project => Assert.Contains($"'ActorPhysics.{project}'", shared, StringComparison.Ordinal));
        string banned = File.ReadAllText(Path.Combine(Repository.Folder("src"), "BannedSymbols.txt"));
        Assert.All(
            (string[])["System.Threading", "System.IO", "System.Random", "System.DateTime", "System.HashCode", "System.Guid.NewGuid"],
            symbol => Assert.Contains(symbol, banned, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(typeof(Core.Coordinates.LogIndex))]
    [InlineData(typeof(Protocol.Line.LineReplica))]
    public void A_pure_assembly_needs_nothing_that_runs_waits_or_reaches_out(Type inside)
    {
        // What the compiler kept of references tells what is used, whatever the project file says.
        string[] worldly = ["System.Threading", "System.Net", "System.IO.Pipelines", "System.Console", "System.Diagnostics.Process", "Google.Protobuf", "Microsoft.Extensions"];
        IEnumerable<string> used = inside.Assembly.GetReferencedAssemblies().Select(name => name.Name!);
        Assert.DoesNotContain(used, name => worldly.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));
    }

    private static IEnumerable<string> References(string project) => Elements(project, "ProjectReference")
        .Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'))["ActorPhysics.".Length..]);

    private static IEnumerable<string> Elements(string project, string name) => XDocument
        .Load(Path.Combine(Repository.Folder("src"), $"ActorPhysics.{project}", $"ActorPhysics.{project}.csproj"))
        .Descendants(name)
        .Select(element => element.Attribute("Include")!.Value);
}
