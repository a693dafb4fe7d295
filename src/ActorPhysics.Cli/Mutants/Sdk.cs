using System.Runtime.InteropServices;
using System.Text.Json;

namespace ActorPhysics.Cli.Mutants;

/// <summary>Where the compiler, the runtime and the generators of sources are: beside the runtime that runs this process.</summary>
internal static class Sdk
{
    // Of all analyzers that packages bring, only those that generate sources which do not compile without them.
    private const string LoggingPackage = "Microsoft.Extensions.Logging.Abstractions/";

    private static readonly Lazy<string> LatestCompiler = new(FindCompiler);

    /// <summary>The folder of the .NET installation: runtimes lie in <c>shared/name/version</c>.</summary>
    private static string Root { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    public static string Host { get; } = Path.Combine(Root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");

    public static string Compiler => LatestCompiler.Value;

    /// <summary>The assemblies of the framework and of packages; none of this repository.</summary>
    public static IEnumerable<string> PlatformAssemblies() => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Where(path => !Path.GetFileName(path).StartsWith("ActorPhysics.", StringComparison.OrdinalIgnoreCase)
            && !Path.GetFileName(path).Equals("actorphysics.dll", StringComparison.OrdinalIgnoreCase));

    /// <summary>The generators that a project's sources need: none, unless it writes logs; then those of the framework too.</summary>
    public static IEnumerable<string> GeneratorsOf(string projectFolder)
    {
        using var assets = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(projectFolder, "obj", "project.assets.json")));
        string packages = assets.RootElement.GetProperty("packageFolders").EnumerateObject().First().Name;
        foreach (JsonProperty library in assets.RootElement.GetProperty("libraries").EnumerateObject())
        {
            if (!library.Name.StartsWith(LoggingPackage, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            string? newest = library.Value.GetProperty("files").EnumerateArray()
                .Select(file => file.GetString()!)
                .Where(file => file.Split('/') is ["analyzers", "dotnet", _, "cs", var name] && name.EndsWith(".dll", StringComparison.Ordinal))
                .Max(StringComparer.Ordinal);
            string folder = library.Value.GetProperty("path").GetString()!;
            return newest is null ? [] : [Path.Combine(packages, folder, newest), .. FrameworkGenerators()];
        }

        return [];
    }

    private static IEnumerable<string> FrameworkGenerators()
    {
        string? pack = Latest(Path.Combine(Root, "packs", "Microsoft.NETCore.App.Ref"), "analyzers/dotnet/cs");
        return pack is null ? [] : Directory.EnumerateFiles(pack, "*.dll");
    }

    private static string FindCompiler() => Latest(Path.Combine(Root, "sdk"), "Roslyn/bincore/csc.dll")
        ?? throw new MutantException($"there is no SDK with a compiler under {Root}");

    /// <summary>The given part of the highest version in a folder of versions.</summary>
    private static string? Latest(string folder, string part)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        return Directory.EnumerateDirectories(folder)
            .Select(version => (Version: Version.TryParse(Path.GetFileName(version), out Version? known) ? known : null, Path: Path.Combine(version, part)))
            .Where(candidate => candidate.Version is not null && (File.Exists(candidate.Path) || Directory.Exists(candidate.Path)))
            .OrderByDescending(candidate => candidate.Version)
            .Select(candidate => candidate.Path)
            .FirstOrDefault();
    }
}
