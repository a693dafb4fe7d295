using ActorPhysics.Hosting.Configuration.Hocon;
using Microsoft.Extensions.Configuration;

namespace ActorPhysics.Hosting.Configuration;

public static class HoconConfigurationExtensions
{
    /// <summary>
    /// Adds the keys of a HOCON file. Objects and lists are flattened as .NET does it (<c>a:b:0</c>); values keep their text, so
    /// durations and sizes keep their units. The file is read once, when the configuration is built.
    /// </summary>
    /// <param name="builder">The builder to add to.</param>
    /// <param name="path">The file, relative to the current directory.</param>
    /// <param name="optional">Whether the file may be missing.</param>
    public static IConfigurationBuilder AddHocon(this IConfigurationBuilder builder, string path, bool optional = false) =>
        builder.Add(new HoconConfigurationSource { Path = path, IsOptional = optional });
}

/// <summary>A HOCON file as a source of .NET configuration.</summary>
public sealed class HoconConfigurationSource : IConfigurationSource
{
    public required string Path { get; init; }

    public bool IsOptional { get; init; }

    public HoconReaderOptions Reader { get; init; } = new();

    public IConfigurationProvider Build(IConfigurationBuilder builder) => new HoconConfigurationProvider(this);
}

/// <summary>Holds a HOCON file's values under <c>:</c>-separated keys and remembers the line of each.</summary>
public sealed class HoconConfigurationProvider(HoconConfigurationSource source) : ConfigurationProvider
{
    private readonly Dictionary<string, SourceLocation> _locations = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where the value of a key was written; null when the file has no such value.</summary>
    public SourceLocation? LocationOf(string key) => _locations.TryGetValue(key, out SourceLocation location) ? location : null;

    /// <exception cref="ConfigurationException">The file is missing without being optional, or has mistakes.</exception>
    public override void Load()
    {
        Data.Clear();
        _locations.Clear();
        if (source.IsOptional && !File.Exists(source.Path))
        {
            return;
        }

        foreach (HoconField field in HoconReader.ReadFile(source.Path, source.Reader).Fields)
        {
            Add(field.Key, field.Value);
        }
    }

    public override string ToString() => source.Path;

    private void Add(string key, HoconValue value)
    {
        switch (value)
        {
            case HoconObject { Fields.Count: > 0 } section:
                foreach (HoconField field in section.Fields)
                {
                    Add(ConfigurationPath.Combine(key, field.Key), field.Value);
                }

                break;
            case HoconArray { Items.Count: > 0 } list:
                for (int i = 0; i < list.Items.Count; i++)
                {
                    Add(ConfigurationPath.Combine(key, i.ToString(System.Globalization.CultureInfo.InvariantCulture)), list.Items[i]);
                }

                break;
            default:
                // As with JSON files: an empty list is empty text, an empty object has no value.
                Set(key, value.Location, value is HoconScalar scalar ? scalar.Text : value is HoconArray ? "" : null);
                break;
        }
    }

    private void Set(string key, SourceLocation location, string? text)
    {
        if (!_locations.TryAdd(key, location))
        {
            string problem = $"the same key stands at {_locations[key]}: .NET configuration does not tell upper from lower case";
            throw new ConfigurationException(location, key, problem);
        }

        Data[key] = text;
    }
}
