using ActorPhysics.Protocol.Fingerprints;

namespace ActorPhysics.Simulation.Exploration;

/// <summary>One of the distinct sets of messages that may arrive, in the order of their fingerprints, with its share in a state's key.</summary>
internal sealed record MessagePool(int Number, SearchMessage[] Messages, ulong[] Keys)
{
    /// <summary>Sets add up, so that one message more or less is cheap.</summary>
    public static Fingerprint FingerprintOf(ReadOnlySpan<SearchMessage> messages)
    {
        ulong high = 0;
        ulong low = 0;
        foreach (SearchMessage message in messages)
        {
            high += message.Identity.High;
            low += message.Identity.Low;
        }

        return new Fingerprint(high, low);
    }

    public static MessagePool Create(int number, SearchMessage[] messages, int renamings)
    {
        var keys = new ulong[renamings];
        foreach (SearchMessage message in messages)
        {
            for (int i = 0; i < renamings; i++)
            {
                keys[i] += message.Keys[i];
            }
        }

        return new MessagePool(number, messages, keys);
    }
}
