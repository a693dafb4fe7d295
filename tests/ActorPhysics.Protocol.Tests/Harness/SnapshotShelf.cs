using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Core.Membership;
using ActorPhysics.Protocol.Line.Records;

namespace ActorPhysics.Protocol.Tests.Harness;

/// <summary>One replica's durable snapshots, and the one that it is receiving, which a crash loses.</summary>
internal sealed class SnapshotShelf
{
    private readonly SortedDictionary<LogIndex, (SnapshotDescription Snapshot, byte[] Body)> _durable = [];
    private SnapshotDescription? _receiving;
    private MemoryStream _aside = new();

    public IEnumerable<SnapshotDescription> Durable => _durable.Values.Select(entry => entry.Snapshot);

    public static SnapshotDescription Describe(LogPosition position, GroupConfiguration configuration, byte[] body) =>
        new(new StateSnapshotHeader(configuration.Group, configuration.Incarnation, configuration.Epoch, position, (ulong)body.Length, AppliedState.ChecksumOf(body)), configuration);

    public void Save(SnapshotDescription snapshot, byte[] body) => _durable[snapshot.Position.Index] = (snapshot, body);

    public byte[]? Open(SnapshotDescription snapshot) =>
        _durable.TryGetValue(snapshot.Position.Index, out (SnapshotDescription Snapshot, byte[] Body) found) && found.Snapshot.IsSameAs(snapshot) ? found.Body : null;

    public static VerifiedStateSnapshot? Verify(SnapshotDescription snapshot, byte[] body) =>
        VerifiedStateSnapshot.TryProve(snapshot.Header, (ulong)body.Length, AppliedState.ChecksumOf(body), out _);

    public ReadOnlyMemory<byte> Read(SnapshotDescription snapshot, ulong offset, int maximum)
    {
        byte[]? body = Open(snapshot);
        return body is null || offset >= (ulong)body.Length ? default : body.AsMemory((int)offset, Math.Min(maximum, body.Length - (int)offset));
    }

    /// <returns>The whole body once the last chunk is there; null before.</returns>
    public byte[]? Store(SnapshotDescription snapshot, ulong offset, ReadOnlySpan<byte> bytes, out ulong next)
    {
        if (offset == 0 || !snapshot.IsSameAs(_receiving))
        {
            _receiving = snapshot;
            _aside = new MemoryStream();
        }

        if (offset != (ulong)_aside.Length)
        {
            next = (ulong)_aside.Length;
            return null;
        }

        _aside.Write(bytes);
        next = (ulong)_aside.Length;
        return next == snapshot.Header.LengthBytes ? _aside.ToArray() : null;
    }

    public void DiscardBelow(LogPosition keep)
    {
        foreach (LogIndex index in _durable.Keys.Where(index => index < keep.Index).ToList())
        {
            _durable.Remove(index);
        }
    }

    public void Lose(LogIndex at) => _durable.Remove(at);

    public void Crash() => _receiving = null;
}
