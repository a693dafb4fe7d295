using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Hosting.Configuration.Hocon;

namespace ActorPhysics.Hosting.Configuration.Binding;

/// <summary>
/// Fills options classes from objects, strictly: an unknown key or a value that does not fit is a finding. In place of a value
/// that does not fit the default is used, so that one mistake does not hide the next.
/// </summary>
/// <param name="findings">Where mistakes go.</param>
/// <param name="emptyTextIsEmptyList">Whether the source cannot express an empty list otherwise, as is the case with IConfiguration.</param>
internal sealed class OptionsBinder(Findings findings, bool emptyTextIsEmptyList = false)
{
    /// <param name="type">The options class.</param>
    /// <param name="key">The full key of <paramref name="section"/>, for findings.</param>
    /// <param name="section">The values, already merged over the defaults.</param>
    /// <param name="defaults">The defaults alone; null for an element of a list, which has none of its own.</param>
    /// <param name="blame">Where a key that is missing should have been.</param>
    /// <returns>Null when a value is wrong and has no default.</returns>
    public object? Bind(Type type, string key, HoconObject section, HoconObject? defaults, SourceLocation blame)
    {
        IReadOnlyList<Setting> settings = SettingSchema.Of(type);
        IEnumerable<string> templates = settings.Select(setting => setting.ElementDefaults).OfType<string>();
        RefuseUnknown(key, section, settings.Select(setting => setting.Key).Concat(templates));

        object options = Activator.CreateInstance(type)!;
        bool complete = true;
        foreach (Setting setting in settings)
        {
            string path = $"{key}.{setting.Key}";
            if (!section.TryGet(setting.Key, out HoconField? field))
            {
                findings.Add(path, blame, "is required");
                complete = false;
                continue;
            }

            findings.Saw(path, field.Location);
            HoconField? fallback = null;
            defaults?.TryGet(setting.Key, out fallback);
            HoconObject? template = setting.ElementDefaults is { } name ? Template(setting, $"{key}.{name}", section, defaults, name) : null;
            if (TryBind(setting, path, field, fallback, template, out object? value)
                || (fallback is not null && new OptionsBinder(new Findings()).TryBind(setting, path, fallback, fallback, template, out value)))
            {
                setting.Property.SetValue(options, value);
            }
            else
            {
                complete = false;
            }
        }

        return complete ? options : null;
    }

    private void RefuseUnknown(string key, HoconObject section, IEnumerable<string> known)
    {
        string[] keys = [.. known];
        foreach (HoconField field in section.Fields.Where(field => !keys.Contains(field.Key, StringComparer.Ordinal)))
        {
            findings.Add($"{key}.{new KeyPath([field.Key])}", field.Location, $"unknown key{Spelling.Hint(field.Key, keys)}");
        }
    }

    private bool TryBind(Setting setting, string path, HoconField field, HoconField? fallback, HoconObject? template, out object? value)
    {
        value = null;
        if (field.Value is HoconNull)
        {
            return setting.IsOptional || Refuse(path, field, "must have a value");
        }

        Type type = setting.Type;
        if (IsGeneric(type, typeof(ImmutableArray<>), out Type[]? items))
        {
            return TryBindList(setting, items[0], path, field, template, out value);
        }

        if (IsGeneric(type, typeof(ImmutableSortedDictionary<,>), out Type[]? pair))
        {
            return TryBindMap(setting, pair[1], path, field, out value);
        }

        if (IsSection(type))
        {
            if (field.Value is not HoconObject section)
            {
                return Refuse(path, field, $"must be an object, not {field.Value.Kind}");
            }

            value = Bind(type, path, section, fallback?.Value as HoconObject, field.Location);
            return value is not null;
        }

        return TryConvert(setting, type, path, field, out value);
    }

    private bool TryConvert(Setting setting, Type type, string path, HoconField field, out object? value)
    {
        value = null;
        if (field.Value is not HoconScalar scalar)
        {
            return Refuse(path, field, $"must be a single value, not {field.Value.Kind}");
        }

        return SettingConverter.Convert(setting, type, scalar.Text, out value) is not { } problem || Refuse(path, field, problem);
    }

    private bool TryBindList(Setting setting, Type type, string path, HoconField field, HoconObject? template, out object? value)
    {
        value = null;
        bool isEmptyList = emptyTextIsEmptyList && field.Value is HoconScalar { Text: "" };
        if (field.Value is not HoconArray && !isEmptyList)
        {
            return Refuse(path, field, $"must be a list, not {field.Value.Kind}");
        }

        IReadOnlyList<HoconValue> written = isEmptyList ? [] : ((HoconArray)field.Value).Items;
        List<object> items = [];
        for (int i = 0; i < written.Count; i++)
        {
            if (BindItem(setting, type, $"{path}[{i}]", written[i], template) is { } item)
            {
                items.Add(item);
            }
        }

        value = Generic(nameof(ToArray), type).Invoke(null, [items]);
        return items.Count == written.Count;
    }

    private object? BindItem(Setting setting, Type type, string path, HoconValue value, HoconObject? template)
    {
        findings.Saw(path, value.Location);
        if (!IsSection(type))
        {
            return TryConvert(setting, type, path, new HoconField("", value.Location, value), out object? item) ? item : null;
        }

        if (value is HoconObject element)
        {
            return Bind(type, path, template is null ? element : element.MergedOver(template), defaults: null, element.Location);
        }

        findings.Add(path, value.Location, $"must be an object, not {value.Kind}");
        return null;
    }

    private bool TryBindMap(Setting setting, Type type, string path, HoconField field, out object? value)
    {
        value = null;
        if (field.Value is not HoconObject map)
        {
            return Refuse(path, field, $"must be an object, not {field.Value.Kind}");
        }

        List<KeyValuePair<NodeId, object>> entries = [];
        foreach (HoconField entry in map.Fields)
        {
            string entryPath = $"{path}.{new KeyPath([entry.Key])}";
            findings.Saw(entryPath, entry.Location);
            if (!ulong.TryParse(entry.Key, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out ulong id))
            {
                findings.Add(entryPath, entry.Location, $"{Shown.Quote(entry.Key)} is not the id of a node");
            }
            else if (TryConvert(setting, type, entryPath, entry, out object? converted))
            {
                entries.Add(KeyValuePair.Create(new NodeId(id), converted!));
            }
        }

        value = Generic(nameof(ToMap), type).Invoke(null, [entries]);
        return entries.Count == map.Fields.Count;
    }

    /// <summary>
    /// The defaults of a list's elements. They are checked here, once and under their own key; a wrong one gives way to the
    /// reference's, so that it is not reported again for every element.
    /// </summary>
    private HoconObject Template(Setting list, string path, HoconObject section, HoconObject? defaults, string key)
    {
        var reference = (HoconObject)Required(defaults, key).Value;
        section.TryGet(key, out HoconField? field);
        if (field?.Value is not HoconObject template)
        {
            findings.Add(path, field!.Location, $"must be an object, not {field.Value.Kind}");
            return reference;
        }

        RefuseUnknown(path, template, reference.Fields.Select(known => known.Key));
        Type element = list.Type.GetGenericArguments()[0];
        List<HoconField> sound = [];
        foreach (Setting setting in SettingSchema.Of(element))
        {
            if (reference.TryGet(setting.Key, out HoconField? fallback) && template.TryGet(setting.Key, out HoconField? given))
            {
                string settingPath = $"{path}.{setting.Key}";
                findings.Saw(settingPath, given.Location);
                int errorsBefore = findings.Errors.Count;
                TryBind(setting, settingPath, given, fallback, null, out _);
                sound.Add(findings.Errors.Count == errorsBefore ? given : fallback);
            }
        }

        return new HoconObject(template.Location, sound);
    }

    private static HoconField Required(HoconObject? section, string key) =>
        section is not null && section.TryGet(key, out HoconField? field)
            ? field
            : throw new InvalidOperationException($"the reference lacks `{key}`");

    private bool Refuse(string path, HoconField field, string problem)
    {
        findings.Add(path, field.Value.Location, problem);
        return false;
    }

    private static bool IsSection(Type type) => type.IsClass && type != typeof(string);

    private static bool IsGeneric(Type type, Type definition, [NotNullWhen(true)] out Type[]? arguments)
    {
        bool matches = type.IsGenericType && type.GetGenericTypeDefinition() == definition;
        arguments = matches ? type.GetGenericArguments() : null;
        return matches;
    }

    private static MethodInfo Generic(string method, Type type) =>
        typeof(OptionsBinder).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type);

    private static ImmutableArray<T> ToArray<T>(List<object> items) => [.. items.Cast<T>()];

    private static ImmutableSortedDictionary<NodeId, T> ToMap<T>(List<KeyValuePair<NodeId, object>> entries)
    {
        ImmutableSortedDictionary<NodeId, T>.Builder map = ImmutableSortedDictionary.CreateBuilder<NodeId, T>();
        foreach ((NodeId id, object value) in entries)
        {
            map[id] = (T)value;
        }

        return map.ToImmutable();
    }
}
