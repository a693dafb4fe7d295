namespace ActorPhysics.Hosting.Configuration.Hocon;

/// <summary>One text of a configuration. Later inputs win over earlier ones, as if all were one file.</summary>
/// <param name="Name">What errors call it, usually a path.</param>
/// <param name="Text">HOCON text.</param>
/// <param name="Directory">Where its includes are looked up; empty means the current directory.</param>
public sealed record HoconInput(string Name, string Text, string Directory = "");

/// <summary>
/// Reads HOCON, the superset of JSON described in lightbend/config's HOCON.md: comments, dotted keys, includes of files,
/// substitution from the configuration and from environment variables, concatenation, merging and <c>+=</c>.
/// Left out on purpose: includes from URLs and class paths, and <c>.properties</c> files.
/// </summary>
public static class HoconReader
{
    /// <exception cref="ConfigurationException">
    /// The file or one it includes cannot be read, breaks the syntax or a limit, or refers to an undefined key.
    /// </exception>
    public static HoconObject ReadFile(string path, HoconReaderOptions? options = null)
    {
        options ??= new HoconReaderOptions();
        return Read([HoconFiles.Open(path, options)], options);
    }

    /// <param name="text">HOCON text; includes in it are relative to the current directory.</param>
    /// <param name="name">What errors call the text.</param>
    /// <param name="options">Limits and the environment; null for the defaults.</param>
    /// <exception cref="ConfigurationException">As <see cref="ReadFile"/>.</exception>
    public static HoconObject ReadText(string text, string name = "(text)", HoconReaderOptions? options = null) =>
        Read([new HoconInput(name, text)], options);

    /// <summary>Reads the inputs one over the other and resolves substitutions over the whole, so that each may refer to any other.</summary>
    /// <exception cref="ConfigurationException">As <see cref="ReadFile"/>.</exception>
    public static HoconObject Read(IReadOnlyList<HoconInput> inputs, HoconReaderOptions? options = null)
    {
        options ??= new HoconReaderOptions();
        var root = new ObjectNode(new SourceLocation(inputs.Count > 0 ? inputs[^1].Name : "(nothing)", 1));
        var files = new HoconFiles(options);
        foreach (HoconInput input in inputs)
        {
            files.ReadInto(root, input);
        }

        return new HoconResolver(root, options).Resolve();
    }
}
