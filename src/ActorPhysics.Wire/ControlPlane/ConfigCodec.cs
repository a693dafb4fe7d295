using System.Diagnostics.CodeAnalysis;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Wire.Protobuf;
using Google.Protobuf;

namespace ActorPhysics.Wire.ControlPlane;

/// <summary>
/// What the config group is asked, what it answers, and its snapshots, as config.proto. Equal values give equal bytes. No bytes make reading throw; what does
/// not fit is refused with a sentence for people.
/// </summary>
/// <remarks>
/// Commands, queries and snapshots are refused when they carry anything that this version does not know, even a single field: a replica that decided about
/// the half that it understands would part from those that understand the whole. Results and answers of a newer version are read without what is new in them.
/// </remarks>
public static class ConfigCodec
{
    /// <summary>Room for a space that is founded with some ten thousand keys between its shards.</summary>
    public const int MaxCommandBytes = 4 * 1024 * 1024;

    public const int MaxResultBytes = 1024 * 1024;

    public const int MaxQueryBytes = 64 * 1024;

    /// <summary>Room for a shard map of a million shards.</summary>
    public const int MaxAnswerBytes = 64 * 1024 * 1024;

    /// <summary>Room for some millions of groups.</summary>
    public const int MaxPartsBytes = 1024 * 1024 * 1024;

    public static byte[] Encode(ConfigCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return ConfigCommandMapping.ToMessage(command).ToByteArray();
    }

    public static byte[] Encode(ConfigResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return ConfigAnswerMapping.ToMessage(result).ToByteArray();
    }

    public static byte[] Encode(ConfigQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        return ConfigAnswerMapping.ToMessage(query).ToByteArray();
    }

    public static byte[] Encode(ConfigAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return ConfigAnswerMapping.ToMessage(answer).ToByteArray();
    }

    public static byte[] Encode(ConfigParts parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return ConfigRecordMapping.ToMessage(parts).ToByteArray();
    }

    /// <summary>Reads a command. Whether it makes sense now is for the config group to say.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ConfigCommand? command, [NotNullWhen(false)] out string? refusal) =>
        TryRead(bytes, MaxCommandBytes, Protos.Config.ConfigCommand.Parser, Newer.Refused, ConfigCommandMapping.FromMessage, out command, out refusal);

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ConfigResult? result, [NotNullWhen(false)] out string? refusal) =>
        TryRead(bytes, MaxResultBytes, Protos.Config.ConfigResult.Parser, Newer.Ignored, ConfigAnswerMapping.FromMessage, out result, out refusal);

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ConfigQuery? query, [NotNullWhen(false)] out string? refusal) =>
        TryRead(bytes, MaxQueryBytes, Protos.Config.ConfigQuery.Parser, Newer.Refused, ConfigAnswerMapping.FromMessage, out query, out refusal);

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ConfigAnswer? answer, [NotNullWhen(false)] out string? refusal) =>
        TryRead(bytes, MaxAnswerBytes, Protos.Config.ConfigAnswer.Parser, Newer.Ignored, ConfigAnswerMapping.FromMessage, out answer, out refusal);

    /// <summary>Reads a snapshot's parts, each for itself. Whether they are one state is for <see cref="ConfigState.TryRestore"/> to say.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out ConfigParts? parts, [NotNullWhen(false)] out string? refusal) =>
        TryRead(bytes, MaxPartsBytes, Protos.Config.ConfigParts.Parser, Newer.Refused, ConfigRecordMapping.FromMessage, out parts, out refusal);

    /// <summary>What becomes of fields that this version does not know.</summary>
    private enum Newer
    {
        Ignored,
        Refused,
    }

    private static bool TryRead<TMessage, T>(
        ReadOnlySpan<byte> bytes,
        int maxBytes,
        MessageParser<TMessage> parser,
        Newer newer,
        Func<TMessage, ConfigReading, T?> read,
        [NotNullWhen(true)] out T? value,
        [NotNullWhen(false)] out string? refusal)
        where TMessage : class, IMessage<TMessage>
        where T : class
    {
        value = null;
        if (bytes.Length > maxBytes)
        {
            refusal = $"{bytes.Length} bytes; {maxBytes} are allowed";
            return false;
        }

        if (!GeneratedMessages.TryParse(parser, bytes, out TMessage? message))
        {
            refusal = $"the bytes are no {typeof(T).Name}";
            return false;
        }

        var reading = new ConfigReading();
        T? whole = read(message, reading);
        refusal = reading.Refusal
            ?? (newer == Newer.Refused && GeneratedMessages.HasUnknownFields(parser, bytes, message) ? "it has a field unknown to this version" : null);
        if (refusal is null && whole is null)
        {
            refusal = "it cannot be read";
        }

        value = refusal is null ? whole : null;
        return refusal is null && value is not null;
    }
}
