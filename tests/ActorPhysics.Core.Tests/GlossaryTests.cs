using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace ActorPhysics.Core.Tests;

/// <summary>The glossary speaks of every type of the core and of every invariant that anything in the product can report.</summary>
public sealed partial class GlossaryTests
{
    private static readonly string Root = FindRoot();
    private static readonly string Glossary = File.ReadAllText(Path.Combine(Root, "docs", "GLOSSARY.md"));

    [Fact]
    public void Every_invariant_of_the_protocol_is_explained()
    {
        var names = typeof(InvariantNames).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!).ToList();

        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains($"| `{name}` |", Glossary, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_invariant_that_the_sources_can_report_is_explained()
    {
        var reported = Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => ReportedInvariant().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .Distinct(StringComparer.Ordinal)
            .ToList();

        Assert.NotEmpty(reported);
        Assert.All(reported, name => Assert.Contains($"| `{name}` |", Glossary, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_public_type_of_the_core_is_explained()
    {
        var types = typeof(InvariantNames).Assembly.GetExportedTypes()
            .Where(type => !type.IsNested && type.GetCustomAttribute<CompilerGeneratedAttribute>() is null)
            .Select(type => type.Name.Split('`')[0]);

        Assert.All(types, name => Assert.Matches($@"`{name}`", Glossary));
    }

    /// <summary>The first string literal of a check, or of the exception thrown directly.</summary>
    [GeneratedRegex("""(?:Invariant\.Require\([^"]*|InvariantViolationException\(\s*)"([A-Z][A-Za-z]+)",""", RegexOptions.None, 5_000)]
    private static partial Regex ReportedInvariant();

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ActorPhysics.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run within a checkout.");
    }
}
