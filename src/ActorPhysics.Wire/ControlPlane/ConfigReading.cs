using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Core.Space;
using ActorPhysics.Core.Time;
using ActorPhysics.Protocol.ControlPlane;
using ActorPhysics.Protocol.Ownership;
using ActorPhysics.Wire.Certificates;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Wire.ControlPlane;

/// <summary>
/// One reading of a message of config.proto. Its parts are read through here, and the first that does not fit is kept as the refusal; what was read is
/// of use only where there is none.
/// </summary>
internal sealed class ConfigReading
{
    /// <summary>Of names, addresses and reasons. The config group itself allows less; this only bounds what it has to look at.</summary>
    public const int MostTextCharacters = 4096;

    /// <summary>Why the message is refused, for people; null while everything fits.</summary>
    public string? Refusal { get; private set; }

    public void Refuse(string reason) => Refusal ??= reason;

    public NodeId Node(ulong value) => new(Named(value, "node"));

    public GroupId Group(ulong value) => new(Named(value, "group"));

    public SpaceId Space(ulong value) => new(Named(value, "space"));

    public ShardId Shard(ulong value) => new(Named(value, "shard"));

    public ChangeId Change(ulong value) => new(Named(value, "change"));

    public HandoffId Handoff(ulong value) => new(Named(value, "handoff"));

    public ShardMapVersion Version(ulong value) => new(Named(value, "version of a shard map"));

    public string Text(string text)
    {
        if (text.Length > MostTextCharacters)
        {
            Refuse($"a text has {text.Length} characters; {MostTextCharacters} are allowed");
        }

        return text;
    }

    /// <summary>A number that its type holds; whether it makes sense is for the config group to say.</summary>
    public int Number(uint value)
    {
        if (value > int.MaxValue)
        {
            Refuse($"{value} is out of range");
        }

        return (int)(value & int.MaxValue);
    }

    public long LengthBytes(ulong value)
    {
        if (value > long.MaxValue)
        {
            Refuse($"{value} bytes are out of range");
        }

        return (long)(value & long.MaxValue);
    }

    /// <summary>A member of an enumeration whose numbers are those of the schema.</summary>
    public T Known<T>(T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            Refuse($"the {typeof(T).Name} {value} is unknown to this version");
        }

        return value;
    }

    public LogTime? Time(bool isPresent, ulong milliseconds) => isPresent ? new LogTime(milliseconds) : null;

    /// <summary>Null where the message has no point; one that cannot be read is refused.</summary>
    public KeyPoint? Point(Protos.KeyPoint? message)
    {
        if (message is null)
        {
            return null;
        }

        if (!SpaceMapping.TryFromMessage(message, out KeyPoint point))
        {
            Refuse("a point of a keyspace is unknown to this version");
        }

        return point;
    }

    public KeyRange Range(Protos.KeyRange? message)
    {
        if (!SpaceMapping.TryFromMessage(message, out KeyRange range))
        {
            Refuse("a range of keys is missing, empty or unknown to this version");
        }

        return range;
    }

    public GroupConfiguration? Configuration(Protos.GroupConfiguration? message) =>
        Kept(ConfigurationMapping.TryFromMessage(message, out GroupConfiguration? configuration, out string? refusal), configuration, refusal);

    public SpaceDescription? Description(Protos.SpaceSettings? message) =>
        Kept(SpaceMapping.TryFromMessage(message, out SpaceDescription? description, out string? refusal), description, refusal);

    public ShardMap? Map(Protos.ShardMap? message) =>
        Kept(SpaceMapping.TryFromMessage(message, out ShardMap? map, out string? refusal), map, refusal);

    public GroupCharter? Charter(Protos.GroupCharter? message) =>
        Kept(CharterCodec.TryFromMessage(message, out GroupCharter? charter, out string? refusal), charter, refusal);

    private ulong Named(ulong value, string what)
    {
        if (value == 0)
        {
            Refuse($"{what} 0 names no {what}");
        }

        return value;
    }

    private T? Kept<T>(bool isRead, T? part, string? refusal)
        where T : class
    {
        if (!isRead)
        {
            Refuse(refusal ?? "a part cannot be read");
        }

        return part;
    }
}
