using ActorPhysics.Core.Coordinates;

namespace ActorPhysics.Core.History;

/// <summary>
/// All entries of one LeaderEpoch that anybody was seen to hold. One leader appended them, one after the other, so they are one
/// unbroken piece of the history tree: this is what keeps a tree of millions of entries small.
/// </summary>
/// <param name="First">The lowest index seen; the epoch's true beginning when <paramref name="Parent"/> is known.</param>
/// <param name="Last">The highest index seen.</param>
/// <param name="Parent">The entry of an older epoch that the first one follows; null when that part of history was trimmed before it was seen.</param>
internal sealed record EpochBranch(LeaderEpoch Epoch, LogIndex First, LogIndex Last, LogPosition? Parent)
{
    public bool Contains(LogIndex index) => First <= index && index <= Last;
}
