using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace ActorPhysics.Wire.Machines;

/// <summary>
/// Payloads as JSON in UTF-8 (RFC 8259). The types decide what may be read: no type names travel, and a hierarchy takes part only through
/// the derived types that it declares itself with <c>JsonDerivedType</c>.
/// </summary>
public sealed class JsonCommandCodec<TValue> : ICommandCodec<TValue>
{
    private static readonly string NotOfType = $"The payload is no JSON of {typeof(TValue).Name}.";
    private readonly JsonSerializerOptions _options;

    /// <param name="options"><see cref="JsonPayload.Strict"/>, <see cref="JsonPayload.Lenient"/> or the user's own.</param>
    /// <exception cref="NotSupportedException">The type cannot be JSON, or holds a collection whose order is that of hashes.</exception>
    public JsonCommandCodec(JsonSerializerOptions options)
    {
        JsonPayload.RequireOrdered(typeof(TValue), options);
        _options = options;
    }

    public void Encode(TValue value, IBufferWriter<byte> output)
    {
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { MaxDepth = _options.MaxDepth });
        JsonSerializer.Serialize(writer, value, _options);
    }

    public bool TryDecode(ReadOnlySpan<byte> encoded, [MaybeNullWhen(false)] out TValue value, [NotNullWhen(false)] out string? refusal)
    {
        bool isRead;
        try
        {
            value = JsonSerializer.Deserialize<TValue>(encoded, _options);
            isRead = value is not null;
        }
        catch (Exception fault) when (SaysNoValue(fault))
        {
            // Said apart from the value: the default of a number is a number.
            value = default;
            isRead = false;
        }

        refusal = isRead ? null : NotOfType;
        return isRead;
    }

    /// <summary>
    /// The serializer throws <see cref="JsonException"/>; the others are what a type's own constructor or converter throws to refuse its
    /// arguments. Anything else (out of memory, say) may strike one replica alone and must not pass for a refusal.
    /// </summary>
    private static bool SaysNoValue(Exception fault) =>
        fault is JsonException or ArgumentException or FormatException or OverflowException or InvalidOperationException;
}
