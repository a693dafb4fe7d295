using System.Buffers.Binary;
using System.Text;
using ActorPhysics.Core;
using ActorPhysics.Core.Boundaries;
using ActorPhysics.Core.Coordinates;
using ActorPhysics.Protocol.Line.Log;

namespace ActorPhysics.Protocol.Tests.Harness;

/// <summary>The simplest state machine that forgets nothing: the list of what it applied. Barriers have no text.</summary>
internal sealed class AppliedState
{
    private readonly List<(LogPosition Position, string Text)> _applied = [];

    public LogIndex Through => new((ulong)_applied.Count);
    public IReadOnlyList<(LogPosition Position, string Text)> Applied => _applied;

    /// <summary>The commands, without barriers.</summary>
    public IEnumerable<string> Commands => _applied.Where(entry => entry.Text.Length > 0).Select(entry => entry.Text);

    public static string TextOf(LogEntry entry) => entry is CommandEntry command ? Encoding.UTF8.GetString(command.Commands.Span) : "";

    public void Apply(LogEntry entry)
    {
        Invariant.Require(entry.Position.Index == Through.Next, InvariantNames.StateMachineSafety, $"{entry.Position} applied to a state at {Through}");
        _applied.Add((entry.Position, TextOf(entry)));
    }

    public byte[] Capture()
    {
        using var bytes = new MemoryStream();
        Span<byte> header = stackalloc byte[20];
        foreach ((LogPosition position, string text) in _applied)
        {
            byte[] encoded = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteUInt64LittleEndian(header, position.Epoch.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(header[8..], position.Index.Value);
            BinaryPrimitives.WriteInt32LittleEndian(header[16..], encoded.Length);
            bytes.Write(header);
            bytes.Write(encoded);
        }

        return bytes.ToArray();
    }

    public static AppliedState Restore(ReadOnlySpan<byte> bytes)
    {
        var state = new AppliedState();
        while (!bytes.IsEmpty)
        {
            var position = new LogPosition(
                new LeaderEpoch(BinaryPrimitives.ReadUInt64LittleEndian(bytes)), new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])));
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
            state._applied.Add((position, Encoding.UTF8.GetString(bytes.Slice(20, length))));
            bytes = bytes[(20 + length)..];
        }

        return state;
    }

    /// <summary>FNV-1a: tests need a checksum that notices changes, not a good one.</summary>
    public static SnapshotChecksum ChecksumOf(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in bytes)
        {
            hash = (hash ^ value) * 1099511628211;
        }

        return new SnapshotChecksum(0, hash);
    }
}
