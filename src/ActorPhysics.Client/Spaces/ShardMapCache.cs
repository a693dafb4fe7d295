using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Space;
using ActorPhysics.Wire.Space;

namespace ActorPhysics.Client.Spaces;

/// <summary>
/// What this client knows of one space: the newest shard map that it has read, and what groups have said since of keys that they gave away.
/// Versions never go back. It may be behind and is never trusted with more than where to ask first: the groups themselves refuse what is not theirs.
/// Guarded by the gate.
/// </summary>
internal sealed class ShardMapCache
{
    /// <summary>More hints than this are not kept: a map that so much is missing from is read again.</summary>
    public const int MostHints = 256;

    /// <summary>Invariant: newer than the map, the newest first.</summary>
    private readonly List<KeyWent> _hints = [];

    /// <summary>Null until one was read.</summary>
    public ShardMap? Map { get; private set; }

    /// <summary>The newest version that anybody has told of.</summary>
    public ShardMapVersion Newest { get; private set; }

    public int HintCount => _hints.Count;

    /// <summary>Whether something newer than the map is known to exist.</summary>
    public bool IsBehind => Map is null || Newest > Map.Version;

    /// <summary>There is no such space any more.</summary>
    public void Forget()
    {
        Map = null;
        Newest = default;
        _hints.Clear();
    }

    /// <summary>Takes a map that was read; false when it is older than what is known, or the same.</summary>
    public bool TryTake(ShardMap map)
    {
        // A space that was deleted and created again under its name has another, higher id.
        bool isSame = Map is { } present && present.Space == map.Space;
        if (isSame ? map.Version <= Map!.Version : Map is not null && map.Space.CompareTo(Map.Space) < 0)
        {
            return false;
        }

        if (!isSame && Map is not null)
        {
            _hints.Clear();
            Newest = default;
        }

        Map = map;
        Newest = map.Version > Newest ? map.Version : Newest;
        _hints.RemoveAll(hint => hint.Version <= map.Version);
        return true;
    }

    /// <summary>Takes what a refusal said; false when the map is as new, or the same is known already.</summary>
    public bool TryTake(KeyWent hint)
    {
        if (Map is null || hint.Version <= Map.Version || !hint.Range.Fits(Map.Kind) || hint.To == default || _hints.Contains(hint))
        {
            return false;
        }

        Newest = hint.Version > Newest ? hint.Version : Newest;
        int place = _hints.FindIndex(other => other.Version <= hint.Version);
        _hints.Insert(place < 0 ? _hints.Count : place, hint);
        if (_hints.Count > MostHints)
        {
            _hints.RemoveAt(MostHints);
        }

        return true;
    }

    /// <summary>The group to ask about a key, or null while there is no map.</summary>
    public GroupId? Find(ReadOnlySpan<byte> key) => FindOwner(key)?.Group;

    /// <summary>The group that owns a key, and the version that says so; null while there is no map.</summary>
    public (GroupId Group, ShardMapVersion Version)? FindOwner(ReadOnlySpan<byte> key)
    {
        if (Map is null)
        {
            return null;
        }

        if (_hints.Count > 0)
        {
            KeyPoint point = KeyPoint.Of(Map.Kind, new SpaceKey([.. key]));
            foreach (KeyWent hint in _hints)
            {
                if (hint.Range.Contains(point))
                {
                    return (hint.To, hint.Version);
                }
            }
        }

        return (Map.Find(key).Group, Map.Version);
    }
}
