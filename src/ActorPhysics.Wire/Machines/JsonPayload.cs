using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ActorPhysics.Wire.Machines;

/// <summary>
/// How JSON is used for payloads and captured states. Two rules go beyond the serializer's own: nesting is bounded, and a type may hold no
/// collection whose order is that of hashes. Such an order differs from process to process and from a restored replica to one that was
/// never restarted; equal states would have unequal bytes, and a machine that walks the collection would part its replica from the others.
/// </summary>
public static class JsonPayload
{
    private const int StrictDepth = 32;
    private const int LenientDepth = 64;

    private static readonly Type[] HashOrdered =
    [
        typeof(Dictionary<,>), typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>), typeof(ConcurrentDictionary<,>),
        typeof(ImmutableDictionary<,>), typeof(IImmutableDictionary<,>), typeof(FrozenDictionary<,>),
        typeof(HashSet<>), typeof(ISet<>), typeof(IReadOnlySet<>), typeof(ImmutableHashSet<>), typeof(IImmutableSet<>), typeof(FrozenSet<>),
    ];

    /// <summary>
    /// For commands and queries: members that the type lacks, duplicate members, missing required ones and nulls where none may be are
    /// refused, so a misspelt member never passes for an absent one.
    /// </summary>
    public static JsonSerializerOptions Strict { get; } = Seal(new JsonSerializerOptions(JsonSerializerOptions.Strict), StrictDepth);

    /// <summary>For results, answers and states: members that the reading build does not know are passed over.</summary>
    public static JsonSerializerOptions Lenient { get; } = Seal(new JsonSerializerOptions(), LenientDepth);

    /// <summary>As <see cref="RequireOrdered(Type, JsonSerializerOptions)"/> for a state, once per type.</summary>
    public static void RequireOrdered<T>() => Checked<T>.Run();

    /// <summary>Walks everything that a value of the type may hold.</summary>
    /// <exception cref="NotSupportedException">Names the first hash-ordered collection and what to use instead.</exception>
    public static void RequireOrdered(Type type, JsonSerializerOptions options) => Walk(type, type.Name, options, []);

    private static void Walk(Type type, string path, JsonSerializerOptions options, HashSet<Type> seen)
    {
        if (!seen.Add(type))
        {
            return;
        }

        if (IsHashOrdered(type))
        {
            throw new NotSupportedException($"{path} is a {type.Name}, whose order differs between replicas. Use a sorted collection, a list or an array.");
        }

        JsonTypeInfo info = options.GetTypeInfo(type);
        foreach (JsonPropertyInfo property in info.Properties)
        {
            Walk(property.PropertyType, $"{path}.{property.Name}", options, seen);
        }

        foreach (Type? part in (ReadOnlySpan<Type?>)[info.KeyType, info.ElementType])
        {
            if (part is not null)
            {
                Walk(part, $"{path}[]", options, seen);
            }
        }

        foreach (JsonDerivedType derived in info.PolymorphismOptions?.DerivedTypes ?? [])
        {
            Walk(derived.DerivedType, derived.DerivedType.Name, options, seen);
        }
    }

    private static bool IsHashOrdered(Type type)
    {
        for (Type? current = type; current is not null; current = current.BaseType)
        {
            if (current.IsGenericType && HashOrdered.Contains(current.GetGenericTypeDefinition()))
            {
                return true;
            }
        }

        return false;
    }

    private static JsonSerializerOptions Seal(JsonSerializerOptions options, int maxDepth)
    {
        options.MaxDepth = maxDepth;
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver();
        options.MakeReadOnly();
        return options;
    }

    private static class Checked<T>
    {
        private static bool _done;

        public static void Run()
        {
            if (!_done)
            {
                RequireOrdered(typeof(T), Lenient);
                _done = true;
            }
        }
    }
}
