using System.Globalization;
using ActorPhysics.Hosting.Configuration.Hocon;
using Microsoft.Extensions.Configuration;

namespace ActorPhysics.Hosting.Configuration.Binding;

/// <summary>
/// Rebuilds objects and lists from the flat keys of an <see cref="IConfiguration"/>. Keys become lower case, because .NET
/// configuration ignores case; a key without a value counts as not given.
/// </summary>
internal static class ConfigurationTree
{
    public static HoconObject Of(IConfiguration configuration, string section)
    {
        List<IConfigurationProvider> providers = configuration is IConfigurationRoot root ? [.. root.Providers.Reverse()] : [];
        return Build(configuration.GetSection(section), providers) as HoconObject ?? new HoconObject(default, []);
    }

    private static HoconValue? Build(IConfigurationSection section, IReadOnlyList<IConfigurationProvider> providers)
    {
        List<HoconField> fields = [];
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (Build(child, providers) is { } value)
            {
                fields.Add(new HoconField(child.Key.ToLowerInvariant(), value.Location, value));
            }
        }

        if (fields.Count == 0)
        {
            return section.Value is null ? null : new HoconScalar(Locate(section.Path, providers), section.Value);
        }

        // Lists count from 0; ids of nodes, the only other numbers among keys, count from 1.
        bool isList = fields.Exists(field => field.Key == "0") && fields.TrueForAll(field => TryIndex(field.Key, out _));
        return isList
            ? new HoconArray(fields[0].Location, [.. fields.OrderBy(IndexOf).Select(field => field.Value)])
            : new HoconObject(fields[0].Location, fields);
    }

    private static SourceLocation Locate(string path, IReadOnlyList<IConfigurationProvider> providers)
    {
        IConfigurationProvider? source = providers.FirstOrDefault(provider => provider.TryGet(path, out _));
        return (source as HoconConfigurationProvider)?.LocationOf(path) ?? new SourceLocation(source?.ToString() ?? "(configuration)", 0);
    }

    private static int IndexOf(HoconField field) => TryIndex(field.Key, out int index) ? index : 0;

    private static bool TryIndex(string key, out int index) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out index);
}
