using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Fingerprints;
using ActorPhysics.Protocol.Line.Log;

namespace ActorPhysics.Protocol.Line.Replication;

/// <summary>The leader's commands that are not committed yet, by their cost: what bounds its memory while followers are slow.</summary>
internal sealed class WetCommands
{
    private readonly Queue<(LogIndex Index, int Bytes)> _entries = new();

    public long Bytes { get; private set; }

    public void Add(LogEntry entry)
    {
        _entries.Enqueue((entry.Position.Index, entry.SizeBytes));
        Bytes += entry.SizeBytes;
    }

    public void CommitThrough(LogIndex frontier)
    {
        while (_entries.TryPeek(out (LogIndex Index, int Bytes) oldest) && oldest.Index <= frontier)
        {
            Bytes -= _entries.Dequeue().Bytes;
        }
    }

    public WetCommands Fork()
    {
        var fork = new WetCommands { Bytes = Bytes };
        foreach ((LogIndex Index, int Bytes) entry in _entries)
        {
            fork._entries.Enqueue(entry);
        }

        return fork;
    }

    public void DigestTo(StateDigest digest)
    {
        digest.Add(_entries.Count);
        foreach ((LogIndex index, int bytes) in _entries)
        {
            digest.Add(index);
            digest.Add(bytes);
        }
    }
}
