using ActorPhysics.Actors.Ports;

namespace ActorPhysics.Hosting.Snapshots;

/// <summary>The age of one replica's snapshots.</summary>
internal static class SnapshotOrder
{
    /// <summary>Positive when the first is newer. The index decides: it is group-wide, and a snapshot holds only what is committed.</summary>
    public static int Compare(SnapshotName a, SnapshotName b)
    {
        int byIndex = a.Position.Index.CompareTo(b.Position.Index);
        return byIndex != 0 ? byIndex : a.Position.Epoch.CompareTo(b.Position.Epoch);
    }
}
