using ActorPhysics.Client.Requests;
using ActorPhysics.Core.Time;

namespace ActorPhysics.Client.Spaces;

/// <summary>
/// What this client knows of the way into one space, and the requests that wait to know more. However many wait, one reader at a time asks for the
/// map: clients that learn of a split together do not storm the config group. Guarded by the gate.
/// </summary>
internal sealed class SpaceRoute(string name)
{
    public string Name { get; } = name;

    public ShardMapCache Cache { get; } = new();

    /// <summary>Requests for which what is known does not suffice.</summary>
    public RequestList Waiting { get; } = new();

    /// <summary>Callers who want the map itself, each with the version that does not suffice; null where any does.</summary>
    public List<MapWish> Wishes { get; } = [];

    /// <summary>Whether the reader is at work.</summary>
    public bool IsReading { get; set; }

    /// <summary>Whether the reader has asked a follower and was not satisfied.</summary>
    public bool NeedsStrongRead { get; set; }

    /// <summary>When the map is read again although nobody waits for it: hints alone are no map.</summary>
    public MonotonicTime RenewAt { get; set; } = MonotonicTime.Never;

    /// <summary>What the last reading ran into, for whoever gives up waiting.</summary>
    public string LastTrouble { get; set; } = string.Empty;

    /// <summary>Whether anybody waits for the reader.</summary>
    public bool IsAwaited => Waiting.Count > 0 || Wishes.Count > 0;
}
