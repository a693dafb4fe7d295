namespace ActorPhysics.Architecture.Tests;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Folder(string name) => Path.Combine(Root, name);

    /// <summary>Every source file below a folder, without what builds leave behind.</summary>
    public static IEnumerable<string> Sources(string folder) => Directory
        .EnumerateFiles(Folder(folder), "*.cs", SearchOption.AllDirectories)
        .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ActorPhysics.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("these tests run inside a checkout");
    }
}
