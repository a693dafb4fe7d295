namespace ActorPhysics.Hosting.Configuration.Binding;

/// <summary>What was found while a configuration was read: where each key was written, and what is wrong.</summary>
internal sealed class Findings
{
    private readonly Dictionary<string, SourceLocation> _locations = new(StringComparer.Ordinal);
    private readonly List<ConfigurationError> _errors = [];
    private readonly List<string> _wrong = [];

    public IReadOnlyList<ConfigurationError> Errors => _errors;

    public void Saw(string key, SourceLocation location) => _locations[key] = location;

    public void Add(string key, SourceLocation location, string message)
    {
        _wrong.Add(key);
        _errors.Add(new ConfigurationError(location, key, message));
    }

    /// <summary>
    /// Reports that several keys do not fit together, at the first of them that the user wrote: nobody can repair a default.
    /// Says nothing when one of them is wrong by itself, because its value is then not what the user meant.
    /// </summary>
    public void Conflict(string message, params ReadOnlySpan<string> keys)
    {
        string? blamed = null;
        foreach (string key in keys)
        {
            if (_wrong.Exists(wrong => IsWithin(wrong, key) || IsWithin(key, wrong)))
            {
                return;
            }

            bool isUsers = _locations.TryGetValue(key, out SourceLocation location) && location.File != OptionsReader.ReferenceName;
            blamed ??= isUsers ? key : null;
        }

        blamed ??= keys[0];
        _errors.Add(new ConfigurationError(_locations.GetValueOrDefault(blamed), blamed, message));
    }

    private static bool IsWithin(string key, string section) =>
        key.StartsWith(section, StringComparison.Ordinal) && (key.Length == section.Length || key[section.Length] is '.' or '[');
}
