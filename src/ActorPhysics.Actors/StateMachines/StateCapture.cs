using System.Text.Json;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Actors.StateMachines;

/// <summary>Ready ways to capture a state.</summary>
public static class StateCapture
{
    /// <summary>
    /// Keeps <paramref name="picture"/> and writes it as JSON later, on another thread. Only for values that nobody changes any more:
    /// immutable collections, records of such.
    /// </summary>
    /// <exception cref="NotSupportedException">The type holds a collection whose order is that of hashes; see <see cref="JsonPayload"/>.</exception>
    public static IStateCapture Json<T>(T picture)
    {
        JsonPayload.RequireOrdered<T>();
        return new LaterJson<T>(picture);
    }

    /// <summary>Writes <paramref name="state"/> as JSON at once, while the replica waits: safe for mutable states, dear for large ones.</summary>
    /// <exception cref="NotSupportedException">As for <see cref="Json{T}"/>.</exception>
    public static IStateCapture JsonNow<T>(T state)
    {
        JsonPayload.RequireOrdered<T>();
        return new Bytes(JsonSerializer.SerializeToUtf8Bytes(state, JsonPayload.Lenient));
    }

    /// <summary>Keeps bytes that nobody changes any more.</summary>
    public static IStateCapture OfBytes(ReadOnlyMemory<byte> bytes) => new Bytes(bytes);

    /// <summary>Reads what a JSON capture wrote.</summary>
    /// <exception cref="InvalidDataException">It is not JSON of that type.</exception>
    public static T ReadJson<T>(Stream snapshot)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(snapshot, JsonPayload.Lenient) ?? throw new InvalidDataException($"The snapshot is no {typeof(T).Name} but null.");
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"The snapshot is no {typeof(T).Name}: {fault.Message}", fault);
        }
    }

    private sealed class LaterJson<T>(T picture) : IStateCapture
    {
        public void WriteTo(Stream output) => JsonSerializer.Serialize(output, picture, JsonPayload.Lenient);

        public void Dispose()
        {
        }
    }

    private sealed class Bytes(ReadOnlyMemory<byte> bytes) : IStateCapture
    {
        public void WriteTo(Stream output) => output.Write(bytes.Span);

        public void Dispose()
        {
        }
    }
}
