using System.Collections.Concurrent;
using System.Reflection;
using System.Text;

namespace ActorPhysics.Hosting.Configuration.Binding;

/// <summary>A property that can be set from a file.</summary>
/// <param name="Key">Its key: the property's name with hyphens, <c>MaxFrameBytes</c> is <c>max-frame-bytes</c>.</param>
/// <param name="Property">Where the value goes.</param>
/// <param name="Type">The value's type; for an optional value the type inside.</param>
/// <param name="IsOptional">Whether <c>null</c> is a value.</param>
internal sealed record Setting(string Key, PropertyInfo Property, Type Type, bool IsOptional)
{
    public WithinAttribute? Range { get; } = Property.GetCustomAttribute<WithinAttribute>();

    public bool IsIdentifier { get; } = Property.GetCustomAttribute<IdentifierAttribute>() is not null;

    public string? ElementDefaults { get; } = Property.GetCustomAttribute<ElementDefaultsAttribute>()?.Key;

    /// <summary>By convention a number that counts bytes has the word in its name; it is written with a unit of size.</summary>
    public bool IsSize { get; } = Key.Split('-').Contains("bytes", StringComparer.Ordinal);
}

/// <summary>The settings of an options class: its public properties that have a setter.</summary>
internal static class SettingSchema
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<Setting>> Known = new();

    public static IReadOnlyList<Setting> Of(Type options) => Known.GetOrAdd(options, static type =>
    {
        var nullability = new NullabilityInfoContext();
        return
        [
            .. from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
               where property.CanWrite
               let inner = Nullable.GetUnderlyingType(property.PropertyType)
               let optional = inner is not null || nullability.Create(property).WriteState == NullabilityState.Nullable
               select new Setting(KeyOf(property.Name), property, inner ?? property.PropertyType, optional),
        ];
    });

    /// <summary>"WriteAhead" is written <c>write-ahead</c>.</summary>
    public static string KeyOf(string name)
    {
        var key = new StringBuilder(name.Length + 4);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c) && key.Length > 0)
            {
                key.Append('-');
            }

            key.Append(char.ToLowerInvariant(c));
        }

        return key.ToString();
    }
}
