namespace ActorPhysics.Hosting.Configuration;

/// <summary>Where a value was written. <see cref="Line"/> counts from 1; 0 means "the file as a whole". <c>default</c> is "nowhere".</summary>
public readonly record struct SourceLocation(string File, int Line)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}" : File ?? "(unknown)";
}

/// <summary>One mistake in a configuration, in the words its author needs to repair it.</summary>
/// <param name="Location">The file and line to open.</param>
/// <param name="Key">The full key, for instance <c>actorphysics.groups[0].members</c>; empty when the mistake belongs to no key.</param>
/// <param name="Message">What is wrong and, where it helps, what would be right.</param>
public sealed record ConfigurationError(SourceLocation Location, string Key, string Message)
{
    /// <summary><c>file:line: key: message</c>, the form that editors turn into links.</summary>
    public override string ToString() => Key.Length == 0 ? $"{Location}: {Message}" : $"{Location}: {Key}: {Message}";
}

/// <summary>
/// A configuration could not be used. It carries every mistake found, so that a file is repaired in one round instead of one
/// round per mistake.
/// </summary>
public sealed class ConfigurationException : Exception
{
    // A file of a million unknown keys must not become a message of a hundred megabytes.
    private const int ErrorsShown = 100;

    public ConfigurationException(IEnumerable<ConfigurationError> errors)
        : this([.. errors])
    {
    }

    public ConfigurationException(SourceLocation location, string key, string message)
        : this([new ConfigurationError(location, key, message)])
    {
    }

    private ConfigurationException(ConfigurationError[] errors)
        : base(Describe(errors)) => Errors = errors;

    /// <summary>All mistakes, at least one, in the order in which they were found.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; }

    private static string Describe(ConfigurationError[] errors)
    {
        IEnumerable<string> lines = errors.Take(ErrorsShown).Select(error => error.ToString());
        return errors.Length <= ErrorsShown
            ? string.Join('\n', lines)
            : string.Join('\n', lines.Append($"… and {errors.Length - ErrorsShown} more errors"));
    }
}
