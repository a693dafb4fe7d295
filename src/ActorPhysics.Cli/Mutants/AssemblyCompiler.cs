using System.Collections.Immutable;

namespace ActorPhysics.Cli.Mutants;

/// <summary>
/// Compiles one project's sources, some of them replaced, with the SDK's own compiler. A whole build would take many times as long and would
/// write where the real one lives; what the build generated (global usings, versions, encoders) is taken from it as it is.
/// </summary>
internal sealed class AssemblyCompiler(Checkout checkout)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <param name="replaced">Texts of source files, by their path from the root.</param>
    /// <param name="binaries">Holds the assemblies that the project refers to.</param>
    /// <param name="output">The assembly to write.</param>
    /// <exception cref="MutantException">It does not compile; the message is the compiler's.</exception>
    public async Task CompileAsync(
        string project, ImmutableSortedDictionary<string, string> replaced, string binaries, string output, CancellationToken cancellation)
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("actorphysics-mutant-");
        try
        {
            List<string> options =
            [
                "-nologo", "-target:library", "-nullable:enable", "-langversion:latest", "-optimize+", "-deterministic+", "-debug:embedded",
                "-unsafe+", "-nostdlib+", "-warn:0", $"-out:\"{output}\"",
            ];
            options.AddRange(Sdk.PlatformAssemblies().Select(path => $"-r:\"{path}\""));
            options.AddRange(checkout.ReferencesOf(project).Select(name => $"-r:\"{Path.Combine(binaries, name + ".dll")}\""));
            options.AddRange(Sdk.GeneratorsOf(checkout.PathOf($"src/{project}")).Select(path => $"-analyzer:\"{path}\""));
            options.AddRange(checkout.ResourcesOf(project).Select(resource => $"-resource:\"{resource.File}\",{resource.Name}"));
            options.AddRange(Sources(project, replaced, scratch).Select(path => $"\"{path}\""));
            string response = Path.Combine(scratch.FullName, "options.rsp");
            await File.WriteAllLinesAsync(response, options, cancellation);
            ChildOutcome compiler = await ChildProcess.RunAsync(Sdk.Compiler, ["-noconfig", "@" + response], Patience, cancellation);
            if (compiler.ExitCode != 0)
            {
                throw new MutantException($"{project} does not compile: {compiler.Output.Trim()} {compiler.Errors.Trim()}");
            }
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private IEnumerable<string> Sources(string project, ImmutableSortedDictionary<string, string> replaced, DirectoryInfo scratch)
    {
        string folder = checkout.PathOf($"src/{project}");
        foreach (string path in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string relative = Path.GetRelativePath(checkout.Root, path).Replace('\\', '/');
            if (relative.Split('/') is [_, _, "bin" or "obj", ..])
            {
                continue;
            }

            if (!replaced.TryGetValue(relative, out string? text))
            {
                yield return path;
                continue;
            }

            string copy = Path.Combine(scratch.FullName, relative.Replace('/', '.'));
            File.WriteAllText(copy, text);
            yield return copy;
        }

        foreach (string path in Directory.EnumerateFiles(GeneratedIn(folder), "*.cs"))
        {
            yield return path;
        }
    }

    /// <summary>Of several configurations that were built, the latest.</summary>
    private static string GeneratedIn(string projectFolder) => Directory
        .EnumerateFiles(Path.Combine(projectFolder, "obj"), "*.AssemblyInfo.cs", SearchOption.AllDirectories)
        .OrderByDescending(File.GetLastWriteTimeUtc)
        .Select(path => Path.GetDirectoryName(path)!)
        .FirstOrDefault() ?? throw new MutantException($"{projectFolder} was never built");
}
