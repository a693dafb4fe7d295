using System.Collections.Immutable;

namespace ActorPhysics.Cli.Mutants;

/// <summary>A copy of a built program in which a mutant's assemblies took the place of the real ones. It is deleted with this object.</summary>
internal sealed class TestBuild : IDisposable
{
    private TestBuild(Mutant mutant, DirectoryInfo folder) => (Mutant, Folder) = (mutant, folder);

    public Mutant Mutant { get; }

    public DirectoryInfo Folder { get; }

    /// <summary>The path of an assembly in the copy.</summary>
    public string PathOf(string assembly) => Path.Combine(Folder.FullName, assembly);

    /// <param name="program">The folder of the program to copy: this command's, or a test project's.</param>
    /// <exception cref="MutantException">The mutant does not apply, or does not compile.</exception>
    public static async Task<TestBuild> CreateAsync(Checkout checkout, Mutant mutant, string program, CancellationToken cancellation)
    {
        var build = new TestBuild(mutant, Directory.CreateTempSubdirectory($"actorphysics-{mutant.Name}-"));
        try
        {
            Copy(new DirectoryInfo(program), build.Folder);
            await CompileAsync(checkout, mutant, build.Folder.FullName, build.Folder, cancellation);
            return build;
        }
        catch
        {
            build.Dispose();
            throw;
        }
    }

    public void Dispose() => Folder.Delete(recursive: true);

    /// <summary>Only finds out whether a mutant compiles.</summary>
    /// <param name="program">The folder of a program that holds the assemblies to compile against.</param>
    /// <exception cref="MutantException">The mutant does not apply, or does not compile.</exception>
    public static async Task CompileOnlyAsync(Checkout checkout, Mutant mutant, string program, CancellationToken cancellation)
    {
        DirectoryInfo output = Directory.CreateTempSubdirectory($"actorphysics-{mutant.Name}-");
        try
        {
            await CompileAsync(checkout, mutant, program, output, cancellation);
        }
        finally
        {
            output.Delete(recursive: true);
        }
    }

    private static async Task CompileAsync(Checkout checkout, Mutant mutant, string binaries, DirectoryInfo output, CancellationToken cancellation)
    {
        ImmutableSortedDictionary<string, string> texts = checkout.Apply(mutant);
        var compiler = new AssemblyCompiler(checkout);

        // The one that others refer to comes first: fewer references stand below it.
        foreach (string project in texts.Keys.Select(Checkout.ProjectOf).Distinct(StringComparer.Ordinal).OrderBy(name => checkout.ReferencesOf(name).Count))
        {
            await compiler.CompileAsync(project, texts, binaries, Path.Combine(output.FullName, project + ".dll"), cancellation);
        }
    }

    private static void Copy(DirectoryInfo from, DirectoryInfo to)
    {
        foreach (FileInfo file in from.EnumerateFiles())
        {
            file.CopyTo(Path.Combine(to.FullName, file.Name));
        }

        foreach (DirectoryInfo folder in from.EnumerateDirectories())
        {
            Copy(folder, to.CreateSubdirectory(folder.Name));
        }
    }
}
