using System.Text;

namespace ActorPhysics.Checking.Histories;

/// <summary>
/// Turns bytes of UTF-8 into text, and the same bytes into the same string as long as the slot is not taken by others: a history has few
/// names, each a million times.
/// </summary>
internal sealed class TextCache
{
    private const int Slots = 1024;
    private const int MaxBytes = 32;

    private readonly (byte[] Utf8, string Text)[] _slots = new (byte[], string)[Slots];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return "";
        }

        if (utf8.Length > MaxBytes)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        uint hash = 0x811C_9DC5;
        foreach (byte b in utf8)
        {
            hash = (hash ^ b) * 0x0100_0193;
        }

        ref (byte[] Utf8, string Text) slot = ref _slots[(hash ^ (hash >> 16)) % Slots];
        if (slot.Utf8 is null || !utf8.SequenceEqual(slot.Utf8))
        {
            slot = (utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        }

        return slot.Text;
    }
}
