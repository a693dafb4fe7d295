using System.Text;

namespace ActorPhysics.Hosting.Configuration.Hocon;

/// <summary>Reads files and the files they include, within the limits on size, number and cycles.</summary>
internal sealed class HoconFiles(HoconReaderOptions options)
{
    // Strict: a file that is not UTF-8 is refused rather than read with replacement characters in its keys.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Invariant: the full paths of the files being read, each included by the one before it.
    private readonly List<string> _open = [];
    private int _filesRead;

    /// <exception cref="ConfigurationException">The file does not exist, cannot be read, is too large or not UTF-8.</exception>
    public static HoconInput Open(string path, HoconReaderOptions options)
    {
        var file = new SourceLocation(path, 0);
        return TryOpen(path, file, options) ?? throw new ConfigurationException(file, "", "the file does not exist");
    }

    /// <summary>Turns a file's bytes into text.</summary>
    /// <exception cref="ConfigurationException">The bytes are not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string name)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException fault)
        {
            int line = 1 + bytes[..Math.Clamp(fault.Index, 0, bytes.Length)].Count((byte)'\n');
            throw new ConfigurationException(new SourceLocation(name, line), "", "the file is not UTF-8 text");
        }
    }

    public void ReadInto(ObjectNode root, HoconInput input) => Parse(input, root, KeyPath.Root, depth: 0);

    private static HoconInput? TryOpen(string path, SourceLocation blame, HoconReaderOptions options)
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            byte[]? content = TryReadBounded(path, options.MaxFileBytes);
            return content is null
                ? throw new ConfigurationException(blame, "", $"the file {Shown.Quote(path)} is larger than {options.MaxFileBytes} bytes")
                : new HoconInput(path, Decode(content, path), Path.GetDirectoryName(path) ?? "");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ConfigurationException(blame, "", $"the file {Shown.Quote(path)} cannot be read: {fault.Message}");
        }
    }

    // The length is not asked for beforehand: a pipe or a device reports none, and a file may grow meanwhile.
    private static byte[]? TryReadBounded(string path, int maxBytes)
    {
        using FileStream stream = File.OpenRead(path);
        using var content = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            if (content.Length + read > maxBytes)
            {
                return null;
            }

            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }

    private void Parse(HoconInput input, ObjectNode target, KeyPath at, int depth)
    {
        if (input.Text.Length > options.MaxFileBytes)
        {
            throw new ConfigurationException(new SourceLocation(input.Name, 0), "", $"the text is longer than {options.MaxFileBytes} characters");
        }

        _open.Add(Path.Combine(Environment.CurrentDirectory, input.Name));
        void Nested(IncludeStatement statement, ObjectNode into, KeyPath key, int nesting) => Include(statement, input.Directory, into, key, nesting);
        new HoconParser(input.Text, input.Name, at, options, Nested).ParseInto(target, depth);
        _open.RemoveAt(_open.Count - 1);
    }

    private void Include(IncludeStatement statement, string directory, ObjectNode target, KeyPath at, int depth)
    {
        ConfigurationException Error(string message) => new(statement.Location, at.ToString(), message);

        if (++_filesRead > options.MaxFiles)
        {
            throw Error($"more than {options.MaxFiles} files are included");
        }

        string path = Path.Combine(directory, statement.File);
        HoconInput? input = TryOpen(path, statement.Location, options)
            ?? (Path.HasExtension(path) ? null : TryOpen(path + ".conf", statement.Location, options));
        if (input is null)
        {
            if (statement.IsRequired)
            {
                throw Error($"the required file {Shown.Quote(path)} does not exist");
            }

            return;
        }

        string identity = Path.GetFullPath(input.Name);
        int first = _open.FindIndex(open => Path.GetFullPath(open) == identity);
        if (first >= 0)
        {
            IEnumerable<string?> cycle = _open.Skip(first).Append(identity).Select(Path.GetFileName);
            throw Error($"the include is circular: {string.Join(" → ", cycle)}");
        }

        Parse(input, target, at, depth);
    }
}
