namespace ActorPhysics.Checking.Tests;

/// <summary>Judgements that other projects made, in a folder <c>shared/vectors</c> beside the checkout or beside one of its parents, if there is one.</summary>
internal static class SharedVectors
{
    /// <summary>A file or folder there; null without it.</summary>
    public static string? Find(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "vectors", name);
            if (Path.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
