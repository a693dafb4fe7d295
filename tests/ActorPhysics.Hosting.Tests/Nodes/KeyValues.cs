using System.Text;
using ActorPhysics.Client;
using ActorPhysics.Wire.Machines;

namespace ActorPhysics.Hosting.Tests.Nodes;

/// <summary>The <c>kv</c> machine in terms of text.</summary>
internal static class KeyValues
{
    public static async Task<Reply<KvResult>> PutAsync(this ActorPhysicsClient client, string key, string value, ulong group = 1) =>
        await new KvClient(client, new(group)).PutAsync(key, Encoding.UTF8.GetBytes(value));

    /// <returns>The value, or null where there is none.</returns>
    public static async Task<Reply<string?>> GetAsync(this ActorPhysicsClient client, string key, ReadLevel level = default, ulong group = 1)
    {
        Reply<KvResult> reply = await new KvClient(client, new(group)).GetAsync(key, level);
        return reply.With(reply.Result.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null);
    }
}
